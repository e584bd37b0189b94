/** Merges capture files into one, in the order of time. */

import { VERSION } from '../core/version.js';
import type { FileBatch } from '../source/format-reader.js';
import { CopyInput } from './copy-input.js';
import type { CopyOptions, CopyResult } from './copy-options.js';
import { CopyRun } from './copy-run.js';
import { newSectionHeader } from './description-copy.js';

/** Where there are many inputs, each gets a smaller part of this memory to be read into. */
const MEMORY_BYTES = 32 * 1024 * 1024;
const MAX_CHUNK_BYTES = 512 * 1024;
const MIN_CHUNK_BYTES = 16 * 1024;

/**
 * Merges files: of the frames that are next in each input, the earliest comes first.
 *
 * Inputs are taken to be in order of time each; one that isn't keeps its own order. Every interface of
 * every input stays an interface of its own in the one section of the output: what is recorded before
 * a frame was lost after the frame before it *of its interface*, and the two would be others if
 * interfaces became one. Frames without a time stay behind the frame before them. Otherwise as
 * `copyCaptures`; all inputs are open at a time.
 *
 * @throws as `copyCaptures`
 */
export async function mergeCaptures(
  paths: readonly string[],
  options: CopyOptions,
): Promise<CopyResult> {
  const run = new CopyRun(paths, options);
  const inputs: CopyInput[] = [];
  try {
    const chunkBytes = chunkFor(paths.length);
    for (const path of paths) {
      const { maxCompressionRatio } = options;
      const settings = { waits: true, chunkBytes, maxCompressionRatio };
      inputs.push(new CopyInput(path, run.sink, () => {}, settings));
    }
    await merge(inputs, options, run);
  } catch (error) {
    await run.fail(error);
    throw error;
  } finally {
    for (const input of inputs) input[Symbol.dispose]();
  }
  return run.close();
}

function chunkFor(inputCount: number): number {
  const share = Math.floor(MEMORY_BYTES / Math.max(inputCount, 1) / 64) * 64;
  return Math.min(Math.max(share, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES);
}

async function merge(
  inputs: readonly CopyInput[],
  options: CopyOptions,
  run: CopyRun,
): Promise<void> {
  const lanes = inputs.map((input) => new Lane(input));
  for (const lane of lanes) lane.step();
  run.sink.section(mergedHeader(inputs, options.anonymise !== undefined), false);
  for (const input of inputs) input.start();
  try {
    const waiting = lanes.filter((lane) => lane.batch !== undefined);
    waiting.sort(byTime);
    while (waiting.length > 0) {
      const lane = waiting[0]!;
      const due = run.count(lane.input.take(lane.batch!, run.selection));
      if (lane.step()) settle(waiting);
      else waiting.shift();
      if (!due) continue;
      await run.breathe(inputs);
      if (run.aborted) break;
    }
  } finally {
    for (const input of inputs) run.end(input);
  }
}

/** Moves the first lane back to where its next frame belongs. */
function settle(waiting: Lane[]): void {
  const lane = waiting[0]!;
  let at = 0;
  while (at + 1 < waiting.length && byTime(waiting[at + 1]!, lane) < 0) {
    waiting[at] = waiting[at + 1]!;
    at++;
  }
  waiting[at] = lane;
}

/** One input with its next frame. */
class Lane {
  readonly input: CopyInput;
  batch: FileBatch | undefined = undefined;
  seconds = 0;
  nanoseconds = 0;

  constructor(input: CopyInput) {
    this.input = input;
  }

  /** Steps to the next frame; false where there is none. */
  step(): boolean {
    const batch = this.input.next();
    this.batch = batch;
    if (batch === undefined) return false;
    if (batch.hasTimestamp) {
      this.seconds = batch.seconds;
      this.nanoseconds = batch.nanoseconds;
    }
    return true;
  }
}

function byTime(first: Lane, second: Lane): number {
  return first.seconds - second.seconds || first.nanoseconds - second.nanoseconds;
}

// Not "gapcap …" in any case: that would say of every interface that its losses are placed.
function mergedHeader(inputs: readonly CopyInput[], anonymous: boolean): Uint8Array {
  const sources = inputs.map(({ source }) => source);
  const common = (values: readonly (string | undefined)[]): string | undefined =>
    anonymous || values.some((value) => value !== values[0]) ? undefined : values[0];
  return newSectionHeader({
    application: `files merged by gapcap ${VERSION}`,
    hardware: common(sources.map(({ hardware }) => hardware)),
    os: common(sources.map(({ os }) => os)),
    comments: anonymous ? [] : [...new Set(sources.flatMap(({ comments }) => comments))],
  });
}
