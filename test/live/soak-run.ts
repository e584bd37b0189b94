/** A soak: a flood for as long as it is told, a reader that is stopped now and then, a ring of files. */

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GroundTruth, SeriesJudge } from '../../src/lab/ground-truth.js';
import { TestNetwork } from '../support/namespace.js';
import { type CaptureJson, CaptureRun, type FinishedCapture } from './capture-run.js';
import { jsonOf } from './fault-network.js';

/** Frames a second: some 12 MB a second in files, on two processors that do other things too. */
const RATE_PPS = 120_000;
const FILE_KB = 8_000;
/** More than a look at the finished files could ever be late: some seven seconds. */
const FILES_KEPT = 10;
const LOOK_EVERY_MS = 250;
/** Looks from one stall to the next, and how long one takes: longer than the buffer lasts. */
const LOOKS_PER_STALL = 8;
const STALL_MS = 200;
/** Looks before memory counts: until then the runtime makes itself at home. */
const WARM_UP_LOOKS = 20;

/** With which engine, and the buffer that a stall fills. */
export const SOAK_ENGINES = {
  ring: ['-B', '2M', '--block-size', '64k'],
  socket: ['-B', '1M', '--engine', 'socket'],
} as const;

/** What a soak came to. */
export interface SoakOutcome {
  readonly ended: FinishedCapture;
  readonly json: CaptureJson;
  readonly sent: number;
  /** The verdict over all files, the deleted ones too. */
  readonly truth: GroundTruth;
  readonly fileCount: number;
  readonly stallCount: number;
  /** Growth of resident memory over the measured time, by least squares, in bytes. */
  readonly grownBytes: number;
  /** Open file descriptors: the median of the first and of the last quarter of the looks. */
  readonly descriptors: { readonly first: number; readonly last: number };
}

/** Floods one capture for that long and judges every file before the ring deletes it. */
export async function runSoak(
  engine: keyof typeof SOAK_ENGINES,
  durationMs: number,
  folder: string,
): Promise<SoakOutcome> {
  using network = new TestNetwork();
  mkdirSync(folder, { recursive: true });
  const names = join(folder, 'names.txt');
  const rotation = ['-b', `filesize:${FILE_KB}`, '-b', `files:${FILES_KEPT}`];
  const output = ['-w', join(folder, 'x.pcapng'), '--json', '-b', `printname:${names}`];
  const args = [...output, ...rotation, ...SOAK_ENGINES[engine]];
  const run = await CaptureRun.start(network, args);
  const files = new FinishedNames(names);
  const samples: Sample[] = [];
  let flooding = true;
  const flood = network.flood({ durationMs, ratePps: RATE_PPS }).finally(() => {
    flooding = false;
  });
  let stallCount = 0;
  while (flooding) {
    await sleep(LOOK_EVERY_MS);
    files.judge();
    samples.push(sampleOf(run.pid));
    if (samples.length % LOOKS_PER_STALL !== 0) continue;
    await run.stall(STALL_MS);
    stallCount++;
  }
  const { sent } = await flood;
  const ended = await run.end();
  const truth = files.finish(sent);
  const measured = samples.slice(Math.min(WARM_UP_LOOKS, samples.length >> 1));
  return {
    ended,
    json: jsonOf(ended),
    sent,
    truth,
    fileCount: files.count,
    stallCount,
    grownBytes: growthOf(measured.map(({ residentBytes }) => residentBytes)),
    descriptors: {
      first: medianOf(samples.slice(0, samples.length >> 2)),
      last: medianOf(samples.slice(-(samples.length >> 2))),
    },
  };
}

/** Judges the files whose names a capture prints, each as soon as it is told of. */
class FinishedNames {
  readonly #path: string;
  readonly #judge = new SeriesJudge(1);
  count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  judge(): void {
    for (const name of this.#names().slice(this.count)) {
      this.#judge.take(name);
      this.count++;
    }
  }

  /** To be called when the capture has ended: the last name is that of the last file. */
  finish(sent: number): GroundTruth {
    const names = this.#names();
    for (const name of names.slice(this.count, -1)) this.#judge.take(name);
    this.count = names.length;
    return this.#judge.finish(names.at(-1)!, sent);
  }

  #names(): string[] {
    if (!existsSync(this.#path)) return [];
    return readFileSync(this.#path, 'utf8').split('\n').slice(0, -1);
  }
}

interface Sample {
  readonly residentBytes: number;
  readonly descriptors: number;
}

function sampleOf(pid: number): Sample {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  const descriptors = readdirSync(`/proc/${pid}/fd`).length;
  return { residentBytes: Number(pages) * 4096, descriptors };
}

/** What the line through equally spaced values rises by, from the first to the last. */
function growthOf(values: readonly number[]): number {
  const count = values.length;
  const middle = (count - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  let products = 0;
  let squares = 0;
  for (const [i, value] of values.entries()) {
    products += (i - middle) * (value - mean);
    squares += (i - middle) ** 2;
  }
  return (products / squares) * (count - 1);
}

function medianOf(samples: readonly Sample[]): number {
  const sorted = samples.map(({ descriptors }) => descriptors).sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
