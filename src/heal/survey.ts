/** The first reading of a capture: what must be known of it before its frames are aligned. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AccountingError } from '../core/errors.js';
import type { Loss } from '../core/loss.js';
import type { LossBounds } from '../gaps/account.js';
import { reconcile } from '../gaps/reconciliation.js';
import { BlockType } from '../pcapng/constants.js';
import type { FileInterface } from '../pcapng/interface-description.js';
import { blockInLittleEndian } from '../pcapng/little-endian.js';
import type { DecompressionLimits } from '../source/compressed-input.js';
import { type FileSource, openFile } from '../source/file-source.js';
import type { FileBatch } from '../source/format-reader.js';
import { ContentCounts } from './content-counts.js';
import { ContentKeys } from './content-keys.js';
import { FrameSample } from './frame-sample.js';
import { FrameKeeper } from './held-frame.js';
import { LONGEST_LINK_HEADER, type RecognitionOptions } from './invariant-bytes.js';
import { RecognisedRun } from './recognised-run.js';
import { NO_RING, RingSpans } from './ring-spans.js';

const FRAMES_A_TURN = 16_384;
/** Less of a frame than an IP header can't tell frames apart. */
const LEAST_LIMIT = 20;

/** Where a group of bounded losses ends. */
export const FINAL_GAP = -1;

/** A group of bounded losses. */
export interface LossGroup {
  /** The number of the frame behind its last place, or `FINAL_GAP`. */
  readonly last: number;
  /** How many places it has. */
  readonly places: number;
}

/** One interface of a capture. */
export interface SurveyedInterface {
  readonly described: FileInterface;
  /** Its description as a little-endian block; undefined where the file is no pcapng. */
  readonly block: Uint8Array | undefined;
  readonly sample: FrameSample;
  /** Frames it has, and the number of the last one in the file; 0: none. */
  readonly frames: number;
  readonly lastNumber: number;
  /** The loss after the last frame; undefined: unknown. */
  readonly finalLoss: Loss | undefined;
  /** Losses that have no place. */
  readonly unplaced: number;
  /** Whether the file places all its losses, so that what isn't recorded as lost wasn't lost. */
  readonly placesLosses: boolean;
  /** Whether its statistics say that frames were lost before the counters that gaps come from. */
  readonly lostUnseen: boolean;
  /** When capturing began, in the units of times; undefined: the file doesn't say. */
  readonly startTime: number | undefined;
  /** When it ended, or the losses were counted last: later ones are in no gap; undefined: the file doesn't say. */
  readonly endTime: number | undefined;
  /** Groups of bounded losses, by their number. */
  readonly groups: ReadonlyMap<number, LossGroup>;
  /** Whether frames are recorded as lost at any place. */
  readonly hasGaps: boolean;
  /** Where losses of one ring lie among frames of others. */
  readonly spans: RingSpans;
}

/** What a first reading gives. */
export interface Survey {
  readonly path: string;
  readonly interfaces: readonly SurveyedInterface[];
  readonly frames: number;
  readonly truncated: boolean;
  /** What contents its frames have; undefined unless asked for. */
  readonly contents: ContentCounts | undefined;
  /** Where the counts that the file records contradict its frames. */
  readonly mismatches: readonly AccountingError[];
}

/** Beginnings of all captures, for what has to be settled before the first one is surveyed. */
export interface Beginnings {
  readonly baseSeconds: number;
  readonly recognition: RecognitionOptions;
  /** How much compressed files may grow. */
  readonly limits: DecompressionLimits;
}

/**
 * Looks at the beginnings of the captures.
 *
 * @throws {FormatError} where one is no capture file
 */
export function lookAtBeginnings(
  paths: readonly string[],
  exact: boolean,
  limits: DecompressionLimits,
): Beginnings {
  let baseSeconds: number | undefined;
  let limit = Number.MAX_SAFE_INTEGER;
  for (const path of paths) {
    using source = openFile(path, limits);
    const batch = source.read();
    if (batch.next() && batch.hasTimestamp) baseSeconds ??= batch.seconds;
    for (const { snapshotLength } of source.interfaces) {
      if (snapshotLength > 0) limit = Math.min(limit, snapshotLength);
    }
  }
  if (!exact) limit = Math.max(limit - LONGEST_LINK_HEADER, LEAST_LIMIT);
  return { baseSeconds: baseSeconds ?? 0, recognition: { exact, limit }, limits };
}

/** Running counts of an interface. */
class Counts {
  readonly sample = new FrameSample();
  readonly groups = new Map<number, LossGroup>();
  readonly spans = new RingSpans();
  frames = 0;
  lastNumber = 0;
  /** Time of the last frame. */
  lastTime = 0;
  placed = 0;
  hasPlaces = false;

  /** Books frames that have no loss before them. */
  bookRun(frames: number, lastNumber: number, lastTime: number): void {
    this.frames += frames;
    this.lastNumber = lastNumber;
    this.lastTime = lastTime;
  }

  /** Takes note of a place of a group of bounded losses: the number of the frame behind it, or `FINAL_GAP`. */
  bookPlace(group: number, last: number): void {
    const places = (this.groups.get(group)?.places ?? 0) + 1;
    this.groups.set(group, { last, places });
  }

  book(frameNumber: number, time: number, loss: Loss | undefined): void {
    this.frames++;
    this.lastNumber = frameNumber;
    this.lastTime = time;
    if (loss === undefined) return;
    this.hasPlaces = true;
    this.placed += loss.lost;
    if (loss.group !== undefined) this.bookPlace(loss.group, frameNumber);
  }
}

/** Shows the frames of a file, batch by batch, to all that is to know of them. */
class FrameTally {
  readonly counts: Counts[] = [];
  /** Frames that were recognised many at a time. */
  readonly run: RecognisedRun;
  /** All so far. */
  frames = 0;
  readonly #keys: ContentKeys;
  readonly #keeper: FrameKeeper;
  readonly #contents: ContentCounts | undefined;

  constructor(
    baseSeconds: number,
    recognition: RecognitionOptions,
    contents: ContentCounts | undefined,
  ) {
    this.#keys = new ContentKeys(recognition);
    this.#keeper = new FrameKeeper(baseSeconds, this.#keys);
    this.#contents = contents;
    this.run = new RecognisedRun(baseSeconds, this.#keys.brief);
  }

  /** Takes all frames of a batch. */
  take(batch: FileBatch, interfaces: readonly FileInterface[]): void {
    const { run } = this;
    while (batch.next()) {
      const { interfaceId, frameNumber } = batch;
      this.counts[interfaceId] ??= new Counts();
      const own = this.counts[interfaceId];
      const { linkType } = interfaces[interfaceId]!;
      const key = this.#keys.briefOf(batch, linkType);
      const time = this.#keeper.timeOf(batch);
      own.sample.add(key, time, frameNumber);
      this.#contents?.add(interfaceId, key);
      own.book(frameNumber, time, batch.lostBefore);
      own.spans.book(batch.queue ?? NO_RING, frameNumber, batch.lostBefore);
      this.frames++;
      if (run.load(batch, linkType)) this.#takeRun(own);
    }
  }

  #takeRun(own: Counts): void {
    const { run } = this;
    const { count, interfaceId, frameNumber } = run;
    const keys = run.keys!;
    for (let i = 0; i < count; i++) own.sample.add(keys[i]!, run.timeAt(i), frameNumber + i + 1);
    const lastTime = run.timeAt(count - 1);
    own.bookRun(count, frameNumber + count, lastTime);
    own.spans.book(run.queue ?? NO_RING, frameNumber + count, undefined);
    this.#contents?.addAll(interfaceId, keys, count);
    this.#keeper.noteTime(lastTime);
    this.frames += count;
  }
}

/** What a survey is to do. */
export interface SurveyOptions {
  /** Unless undefined, contents are counted; there may be so many frames. */
  readonly framesAtMost: number | undefined;
  /** Called now and then with the frames and bytes read so far; true ends the reading early. */
  readonly onTurn: (frames: number, bytes: number) => boolean;
}

/**
 * Reads a capture once.
 *
 * @throws {FormatError} where the file is damaged
 */
export async function survey(
  path: string,
  { baseSeconds, recognition, limits }: Beginnings,
  { framesAtMost, onTurn }: SurveyOptions,
): Promise<Survey> {
  const blocks: Uint8Array[] = [];
  const contents = framesAtMost === undefined ? undefined : new ContentCounts(framesAtMost);
  const taker = new FrameTally(baseSeconds, recognition, contents);
  using source = openFile(path, {
    ...limits,
    makeLoop: () => taker.run.makeLoop(),
    onBlock: ({ type, byteOrder, bytes }) => {
      if (type !== BlockType.InterfaceDescription) return;
      blocks.push(blockInLittleEndian(type, byteOrder, bytes).bytes.slice());
    },
  });
  let due = FRAMES_A_TURN;
  while (!source.ended) {
    taker.take(source.read(), source.interfaces);
    if (taker.frames < due) continue;
    due = taker.frames + FRAMES_A_TURN;
    if (onTurn(taker.frames, source.fileBytesRead)) break;
    await nextTurn();
  }
  const mismatches: AccountingError[] = [];
  const interfaces = source.interfaces.map((described) => {
    const own = taker.counts[described.id] ?? new Counts();
    const { summary, violation } = summarise(source, described, own, baseSeconds);
    // Of a file that wasn't read to its end the counts can't be told.
    if (violation !== undefined && source.end !== undefined) mismatches.push(violation);
    return { ...summary, block: blocks[described.id] };
  });
  const truncated = source.end === 'truncated';
  return { path, interfaces, frames: taker.frames, truncated, contents, mismatches };
}

/** What is known of an interface once its frames were read, and where its counts contradict them. */
interface Summary {
  readonly summary: Omit<SurveyedInterface, 'block'>;
  readonly violation: AccountingError | undefined;
}

function summarise(
  source: FileSource,
  described: FileInterface,
  counts: Counts,
  baseSeconds: number,
): Summary {
  const { id } = described;
  const baseNs = BigInt(baseSeconds) * 1_000_000_000n;
  const statistics = source.statistics(id);
  const { settlement, violation } = reconcile(
    {
      // Several files are read: which one it is has to be said.
      interface: `${described.name ?? `interface ${id}`} of ${source.path}`,
      frames: counts.frames,
      placed: counts.placed,
      hasPlaces: counts.hasPlaces,
      lastTimeNs: counts.frames === 0 ? undefined : baseNs + BigInt(counts.lastTime),
      application: source.sections[described.section]?.application,
      truncated: source.end === 'truncated',
    },
    statistics === undefined
      ? undefined
      : {
          ...statistics,
          accepted: statistics.received,
          received: statistics.interfaceReceived,
          takenNs: statistics.endNs ?? statistics.timestampNs,
        },
  );
  const relative = (ns: bigint | undefined): number | undefined =>
    ns === undefined ? undefined : Number(ns - baseNs);
  const finalLoss = finalLossOf(settlement.finalGap, settlement.finalBounds);
  if (finalLoss?.group !== undefined) counts.bookPlace(finalLoss.group, FINAL_GAP);
  const { sample, frames, lastNumber, groups, spans } = counts;
  const { finalGap, finalQueues } = settlement;
  spans.end((ring) => {
    if (finalGap === 0 || finalQueues === undefined) return finalGap === 0 ? 0 : undefined;
    return finalQueues.find(({ queue }) => queue === ring)?.lost ?? 0;
  }, finalLoss?.group);
  const unplaced = settlement.unplaced ?? 0;
  const summary = {
    ...{ described, sample, frames, lastNumber, groups, finalLoss, unplaced },
    spans,
    hasGaps: counts.hasPlaces || finalLoss !== undefined,
    // What a copy left out isn't lost, but isn't there either; totals that contradict prove nothing.
    placesLosses:
      settlement.lossRecorded &&
      unplaced === 0 &&
      violation === undefined &&
      (statistics?.leftOut ?? 0) === 0,
    lostUnseen:
      statistics?.raw.systemDropped !== undefined && (statistics.interfaceDropped ?? 0) > 0,
    startTime: relative(statistics?.startNs),
    endTime: relative(statistics?.endNs ?? statistics?.timestampNs),
  };
  return { summary, violation };
}

function finalLossOf(lost: number | undefined, bounds: LossBounds | undefined): Loss | undefined {
  if (lost === undefined || (lost === 0 && bounds === undefined)) return undefined;
  if (bounds !== undefined) return { lost, certainty: 'bounded', ...bounds };
  return { lost, certainty: 'exact', atLeast: lost, atMost: lost, group: undefined };
}
