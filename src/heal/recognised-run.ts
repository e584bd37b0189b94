/**
 * Frames of a file that a loop has recognised: one after the other, as the file's batch would give them, but
 * with their keys and times known, and nothing else of them looked at before somebody asks.
 */

import { NS_PER_SECOND } from '../core/timestamp.js';
import { BlockType, FrameOption } from '../pcapng/constants.js';
import type { FrameBlock } from '../pcapng/frame-cursor.js';
import { encodeOtherOptions } from '../pcapng/frame-options.js';
import type { FileBatch } from '../source/format-reader.js';
import { EPB_HEADER_BYTES } from './held-frame.js';
import { type LoopRecognition, RecognitionLoop } from './recognition-loop.js';

/** Words of an enhanced packet block. */
const LENGTH_WORD = 1;
const TICKS_HIGH_WORD = 3;
const TICKS_LOW_WORD = 4;
const CAPTURED_WORD = 5;
const ORIGINAL_WORD = 6;
const TRAILER_BYTES = 4;

/** How frames are recognised by their first bytes, whatever their link type. */
export type BriefRecognition = Omit<LoopRecognition, 'linkType'>;

/** Frames of one interface, one queue and one second, without losses or comments; a batch of them. */
export class RecognisedRun implements FileBatch {
  bytes: Uint8Array = new Uint8Array(0);
  words: Int32Array = new Int32Array(0);
  byteOffset = 0;
  seconds = 0;
  interfaceId = 0;
  queue: number | undefined = undefined;
  frameNumber = 0;
  /** The present frame's key, as `ContentKeys.briefOf` has it. */
  key = 0.5;
  /** Its time, as `FrameKeeper.timeOf` has it. */
  time = 0.5;
  readonly lostBefore = undefined;
  readonly hasTimestamp = true;
  readonly #baseSeconds: number;
  readonly #recognition: { exact: boolean; limit: number; linkType: number };
  #loop: RecognitionLoop | undefined = undefined;
  #at = 0;
  #count = 0;
  #secondTime = 0.5;
  #nsPerTick = 0;

  /** @param baseSeconds the second, since 1970, that times count from */
  constructor(baseSeconds: number, recognition: BriefRecognition) {
    this.#baseSeconds = baseSeconds;
    this.#recognition = { ...recognition, linkType: 0 };
  }

  /** For `FileSourceOptions.makeLoop` of the file. */
  makeLoop(): RecognitionLoop | undefined {
    this.#loop = RecognitionLoop.take(this.#recognition);
    return this.#loop;
  }

  /** Frames loaded last; the first ones of `keys` are theirs. */
  get count(): number {
    return this.#count;
  }

  /** Keys of the frames loaded last. */
  get keys(): Float64Array | undefined {
    return this.#loop?.keys;
  }

  /** Time of one of the frames loaded last. */
  timeAt(index: number): number {
    return this.#secondTime + this.#loop!.ticks[index]! * this.#nsPerTick;
  }

  /**
   * Takes the frames behind the one that the file's batch stands on, as far as they go together with it; the
   * batch then stands behind them.
   *
   * @returns whether there are any; none of those loaded before may be left
   */
  load(batch: FileBatch, linkType: number): boolean {
    this.#recognition.linkType = linkType;
    const sums = batch.addUp?.();
    if (sums === undefined) return false;
    this.#at = 0;
    this.#count = sums.frames;
    this.#nsPerTick = this.#loop!.nsPerTick;
    this.#secondTime = (batch.seconds - this.#baseSeconds) * NS_PER_SECOND;
    this.bytes = batch.bytes;
    this.words = batch.words;
    this.seconds = batch.seconds;
    this.interfaceId = batch.interfaceId;
    this.queue = batch.queue;
    this.frameNumber = batch.frameNumber - sums.frames;
    return true;
  }

  next(): boolean {
    const at = this.#at;
    if (at === this.#count) return false;
    const loop = this.#loop!;
    this.#at = at + 1;
    this.frameNumber++;
    this.key = loop.keys[at]!;
    this.time = this.#secondTime + loop.ticks[at]! * this.#nsPerTick;
    this.byteOffset = loop.places[at]! + EPB_HEADER_BYTES;
    return true;
  }

  get capturedLength(): number {
    return this.#word(CAPTURED_WORD);
  }

  get originalLength(): number {
    return this.#word(ORIGINAL_WORD) >>> 0;
  }

  get nanoseconds(): number {
    return this.#loop!.ticks[this.#at - 1]! * this.#nsPerTick;
  }

  get ticksHigh(): number {
    return this.#word(TICKS_HIGH_WORD) >>> 0;
  }

  get ticksLow(): number {
    return this.#word(TICKS_LOW_WORD) >>> 0;
  }

  get flags(): number {
    let flags = 0;
    const end = this.#optionsEnd();
    for (let at = this.#optionsAt(); end - at >= 4; ) {
      const word = this.words[at >>> 2]!;
      const code = word & 0xffff;
      if (code === 0) break;
      if (code === FrameOption.Flags) flags = this.words[(at >>> 2) + 1]! >>> 0;
      at += 4 + (((word >>> 16) + 3) & ~3);
    }
    return flags;
  }

  rawBlock(): FrameBlock {
    const start = this.byteOffset - EPB_HEADER_BYTES;
    const bytes = this.bytes.subarray(start, start + this.#word(LENGTH_WORD));
    return { type: BlockType.EnhancedPacket, byteOrder: 'little', bytes };
  }

  otherOptions(): Uint8Array | undefined {
    const start = this.#optionsAt();
    const end = this.#optionsEnd();
    return start < end
      ? encodeOtherOptions(this.bytes.subarray(start, end), false, false)
      : undefined;
  }

  /** None: a frame with comments is in no run. */
  comments(): readonly string[] {
    return [];
  }

  #optionsAt(): number {
    return this.byteOffset + ((this.capturedLength + 3) & ~3);
  }

  #optionsEnd(): number {
    return this.byteOffset - EPB_HEADER_BYTES + this.#word(LENGTH_WORD) - TRAILER_BYTES;
  }

  #word(index: number): number {
    return this.words[((this.byteOffset - EPB_HEADER_BYTES) >>> 2) + index]!;
  }
}
