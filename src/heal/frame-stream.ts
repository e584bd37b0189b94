/** Frames of one interface in their order, and where they come from. */

import type { Loss } from '../core/loss.js';
import { type FileSource, openFile } from '../source/file-source.js';
import type { FileBatch } from '../source/format-reader.js';
import type { ClockFit } from './clock-fit.js';
import { ContentKeys } from './content-keys.js';
import { FrameKeeper, type HeldFrame, type Recognised } from './held-frame.js';
import type { MatchedFrame, PassingFrame } from './passed-frame.js';
import { RecognisedRun } from './recognised-run.js';
import { markRing, type RingSpans, type SpanReader } from './ring-spans.js';
import type { Beginnings } from './survey.js';

/** Frames of one interface, one at a time. */
export interface FrameStream {
  /** The next frame, which the caller may keep and change; undefined at the end. */
  next(): HeldFrame | undefined;
  /** The loss after the last frame; undefined: none, or unknown. */
  readonly finalLoss: Loss | undefined;
}

/** The healed capture's frames, of which those that nothing is to be decided about needn't be held. */
export interface PassableStream extends FrameStream {
  /** Whether the next frame, which has no loss before it, needs no look: its key, and its time. */
  canPass(key: number, time: number): boolean;
  /** Takes that frame for given; `canPass` said that it may be. */
  pass(frame: PassingFrame, recognised: Recognised): MatchedFrame;
}

/** Frames of which those that somebody has already needn't be copied. */
export interface DonorFrames extends FrameStream {
  /**
   * Passes over the next frame where it is the same as another, with no loss before it: equal brief key,
   * times no further apart than `spreadNs`.
   */
  skipIfSame(frame: HeldFrame, spreadNs: number): boolean;

  /** The same, by key and time; `skip` then passes over it. */
  isNextSame(key: number, time: number, spreadNs: number): boolean;

  /** Passes over the next frame. */
  skip(): void;

  /** Whether the frame passed over last has all of another's invariant bytes, given that it was the same. */
  isSkippedWhole(frame: MatchedFrame): boolean;
}

/** What a donor's frames need on their way. */
export interface DonorSettings {
  readonly path: string;
  /** Its place among the donors, from 1. */
  readonly donor: number;
  readonly interfaceId: number;
  readonly beginnings: Beginnings;
  readonly clock: ClockFit;
  readonly spans: RingSpans;
}

/** The frames of one interface of a donor, at times of the healed capture's clock. */
export class DonorStream implements DonorFrames, Disposable {
  readonly finalLoss = undefined;
  /** Frames of all its interfaces read so far. */
  framesRead = 0;
  readonly #settings: DonorSettings;
  readonly #source: FileSource;
  readonly #keeper: FrameKeeper;
  readonly #keys: ContentKeys;
  /** Frames that are known before the batch gives its next one. */
  readonly #run: RecognisedRun;
  readonly #spans: SpanReader;
  #batch: FileBatch | undefined = undefined;
  /** The run or the batch: whichever stands on the present frame. */
  #frame: FileBatch | undefined = undefined;
  /** Whether that is one that wasn't given yet, whose key and time these are. */
  #isPending: boolean = false;
  #key = 0;
  #time = 0;
  #linkType = 0;
  /** The frame passed over last: where its bytes lie, until the next batch, and its whole key from then on. */
  readonly #skipped = {
    bytes: new Uint8Array(0) as Uint8Array,
    ...{ byteOffset: 0, capturedLength: 0, originalLength: 0 },
  };
  #skippedKey: number | undefined = 0;

  /** @throws {SystemCallError} where it can't be opened */
  constructor(settings: DonorSettings) {
    this.#settings = settings;
    this.#keys = new ContentKeys(settings.beginnings.recognition);
    this.#run = new RecognisedRun(settings.beginnings.baseSeconds, this.#keys.brief);
    this.#source = openFile(settings.path, {
      ...settings.beginnings.limits,
      makeLoop: () => this.#run.makeLoop(),
    });
    this.#spans = settings.spans.reader();
    this.#keeper = new FrameKeeper(settings.beginnings.baseSeconds, this.#keys);
  }

  /** Bytes of the file read so far. */
  get bytesRead(): number {
    return this.#source.fileBytesRead;
  }

  next(): HeldFrame | undefined {
    if (!this.#lookAhead()) return undefined;
    this.#isPending = false;
    const batch = this.#frame!;
    const frame = this.#keeper.hold(batch, {
      ...{ key: this.#key, time: this.#time, linkType: this.#linkType },
      donor: this.#settings.donor,
    });
    markRing(frame, this.#spans, batch.queue);
    return frame;
  }

  skipIfSame(frame: HeldFrame, spreadNs: number): boolean {
    if (!this.isNextSame(frame.key, frame.time, spreadNs + frame.slackNs)) return false;
    this.skip();
    return true;
  }

  isNextSame(key: number, time: number, spreadNs: number): boolean {
    if (!this.#lookAhead() || this.#key !== key) return false;
    if (this.#frame!.lostBefore !== undefined) return false;
    return Math.abs(this.#time - time) <= spreadNs;
  }

  skip(): void {
    this.#isPending = false;
    const { bytes, byteOffset, capturedLength, originalLength } = this.#frame!;
    const skipped = this.#skipped;
    skipped.bytes = bytes;
    skipped.byteOffset = byteOffset;
    skipped.capturedLength = capturedLength;
    skipped.originalLength = originalLength;
    this.#skippedKey = undefined;
  }

  isSkippedWhole(frame: MatchedFrame): boolean {
    return this.#wholeSkippedKey() === frame.wholeKey;
  }

  #wholeSkippedKey(): number {
    this.#skippedKey ??= this.#keys.wholeOf(this.#skipped, this.#linkType);
    return this.#skippedKey;
  }

  /** Goes to the next frame of the interface; false at the end. */
  #lookAhead(): boolean {
    if (this.#isPending) return true;
    const run = this.#run;
    if (run.next()) return this.#takeFromRun();
    const last = this.#batch;
    const mayFollow = last?.interfaceId === this.#settings.interfaceId;
    if (mayFollow && run.load(last, this.#linkType)) {
      run.next();
      return this.#takeFromRun();
    }
    return this.#lookOn();
  }

  #takeFromRun(): true {
    const { time, key } = this.#run;
    this.#frame = this.#run;
    this.#keeper.noteTime(time);
    this.#take(key, time);
    return true;
  }

  #take(key: number, time: number): void {
    this.framesRead++;
    this.#key = key;
    this.#time = time + this.#settings.clock.offsetAt(time);
    this.#isPending = true;
  }

  /** Goes on from frame to frame, as the file gives them. */
  #lookOn(): boolean {
    const { interfaceId } = this.#settings;
    while (!this.#isPending) {
      const batch = this.#batch;
      if (batch?.next() !== true) {
        if (this.#source.ended) return false;
        // The next batch comes into the memory of this one.
        this.#wholeSkippedKey();
        this.#batch = this.#source.read();
        continue;
      }
      if (batch.interfaceId !== interfaceId) {
        this.framesRead++;
        continue;
      }
      const { linkType } = this.#source.interfaces[interfaceId]!;
      this.#frame = batch;
      this.#linkType = linkType;
      this.#take(this.#keys.briefOf(batch, linkType), this.#keeper.timeOf(batch));
    }
    return true;
  }

  [Symbol.dispose](): void {
    this.#source.close();
  }
}
