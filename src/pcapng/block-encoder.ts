/**
 * Encodes a capture as pcapng, little-endian, into one buffer that is handed on when it is full.
 *
 *     word   an enhanced packet block as `frame` lays it out
 *     0      block type 6                    4      timestamp, low half
 *     1      block length                    5      captured length
 *     2      interface                       6      original length
 *     3      timestamp, high half            7 …    the frame, padded with zeros, then
 *     options (epb_flags, epb_dropcount, epb_queue, comments; none where all are absent), length
 *
 * Everything is a multiple of 32 bits, so the buffer is filled by word index and `frame` needs
 * neither DataView nor bigint.
 */

import { ArgumentError, StateError } from '../core/errors.js';
import type { FrameBatch } from '../core/frame.js';
import {
  type EncodingMemory,
  type FrameRun,
  type RunPlan,
  SLACK_WORDS,
} from '../core/frame-run.js';
import { NS_PER_SECOND } from '../core/timestamp.js';
import { BlockType, CommonOption, FrameOption } from './constants.js';
import {
  encodeInterfaceDescription,
  encodeInterfaceStatistics,
  encodeSectionHeader,
  type InterfaceToDescribe,
  type SectionDetails,
  type StatisticsToWrite,
} from './description-blocks.js';
import { allocateEncodingMemory } from './encoding-memory.js';
import { copyToWords } from './frame-bytes.js';
import type { FrameExtras, RunExtras, RunLimits } from './frame-extras.js';
import { encodeFrameOptions, hasRareExtras } from './frame-tail.js';

/** Small enough to stay in a processor's second-level cache until it is written. */
const DEFAULT_BUFFER_BYTES = 256 * 1024;
const HEADER_WORDS = 7;
/** Words of a frame's block without data and options: header and length. */
const BARE_WORDS = HEADER_WORDS + 1;
/** Words of epb_flags and the end of options. */
const FLAGS_WORDS = 3;
/** BlockType.EnhancedPacket as a plain number, which the compiler can put into the code. */
const ENHANCED_PACKET = 6;
/** Frames up to this many bytes are copied right here, longer ones by `copyToWords`. */
const INLINE_COPY_LIMIT_BYTES = 160;
const TWO_32 = 2 ** 32;
/** Code and length of an option of four bytes, as one word. */
const FLAGS_HEADER = FrameOption.Flags | (4 << 16);
const QUEUE_HEADER = FrameOption.Queue | (4 << 16);

/** Takes encoded bytes. */
export interface BlockOutput {
  /**
   * Writes all the bytes or throws.
   *
   * @param bytes valid only during the call: the encoder fills the same memory again
   */
  write(bytes: Uint8Array): void;
}

/** Settings of a `BlockEncoder`. */
export interface BlockEncoderOptions {
  /** Size of the buffer in bytes, a multiple of 4 from 64 on; 256 KiB unless given. */
  bufferBytes?: number;
}

/**
 * Encodes sections, interfaces, frames and statistics into one buffer; no I/O of its own.
 *
 * After `write` has thrown, the bytes it was given are still pending; whether to try again is for
 * whoever knows how much of them was written.
 */
export class BlockEncoder {
  readonly #output: BlockOutput;
  /** Memory for `#bufferWords` of its own; and where blocks go, which is that or a run's. */
  readonly #own: EncodingMemory;
  readonly #bufferWords: number;
  #memory: EncodingMemory;
  #words: Int32Array;
  readonly #plan: RunPlan;
  #capacityWords: number;
  /** Words filled. */
  #at = 0;
  #bytesHandedOn = 0;
  #interfaceCount = 0;
  #inSection: boolean = false;
  /** `seconds` of the last frame, with that second's start in nanoseconds as two int32 halves. */
  #baseSeconds = 0;
  #baseHigh = 0;
  #baseLow = 0;

  /**
   * @throws {UnsupportedError} `NOT_LITTLE_ENDIAN` on a big-endian machine
   * @throws {ArgumentError} `BAD_BUFFER_SIZE`
   */
  constructor(output: BlockOutput, options: BlockEncoderOptions = {}) {
    const bufferBytes = options.bufferBytes ?? DEFAULT_BUFFER_BYTES;
    this.#own = allocateEncodingMemory(bufferBytes);
    this.#output = output;
    this.#memory = this.#own;
    this.#words = this.#own.words;
    this.#plan = {
      most: 0,
      end: 0,
      interfaceId: 0,
      queue: undefined,
      firstSecond: 0,
      lastSecond: 0,
    };
    this.#bufferWords = bufferBytes / 4;
    this.#capacityWords = this.#bufferWords;
  }

  /** Bytes encoded so far, pending ones included: the file's size once `flush` has returned. */
  get bytesWritten(): number {
    return this.#bytesHandedOn + this.bytesPending;
  }

  /** Bytes that wait in the buffer; 0 means that the output has everything. */
  get bytesPending(): number {
    return this.#at * 4;
  }

  /** Whether less than a quarter of the buffer is left. */
  get isNearlyFull(): boolean {
    return this.#at > this.#capacityWords * 0.75;
  }

  /** Starts a section; its interfaces are numbered from 0 again. */
  sectionHeader(details: SectionDetails = {}): void {
    this.#append(encodeSectionHeader(details));
    this.#inSection = true;
    this.#interfaceCount = 0;
  }

  /**
   * Describes the next interface; must precede its first frame, and may follow other frames.
   *
   * @param details its `id` must be the next number of this section, as frames refer to it
   * @throws {ArgumentError} `BAD_INTERFACE_ID`, `BAD_MAC_ADDRESS`, `OPTION_TOO_LONG`
   * @throws {StateError} `NO_SECTION`
   */
  interfaceDescription(details: InterfaceToDescribe): void {
    if (!this.#inSection) {
      throw new StateError(
        'NO_SECTION',
        `Can't describe interface ${details.id} before a section header. Write one first.`,
        { state: 'no section', operation: 'interfaceDescription' },
      );
    }
    if (details.id !== this.#interfaceCount) {
      throw new ArgumentError(
        'BAD_INTERFACE_ID',
        `Can't describe interface ${details.id}: the next one of this section is ${this.#interfaceCount}.`,
        { argument: 'details.id', value: details.id, expected: String(this.#interfaceCount) },
      );
    }
    this.#append(encodeInterfaceDescription(details));
    this.#interfaceCount++;
  }

  /**
   * Encodes the frame that the batch stands on, with its flags and the loss before it.
   *
   * Allocates nothing unless a loss or a comment comes with the frame, or it is some thousand bytes
   * long (see `copyToWords`).
   *
   * @throws {StateError} `UNKNOWN_INTERFACE` where the interface isn't described in this section
   * @throws {ArgumentError} `BAD_CERTAINTY` for a loss that must not be recorded
   */
  frame(batch: FrameBatch, extras?: FrameExtras): void {
    if (extras !== undefined || batch.lostBefore !== undefined) {
      this.#frameWithExtras(batch, extras);
      return;
    }
    const interfaceId = batch.interfaceId;
    if (interfaceId >= this.#interfaceCount) throw unknownInterface(interfaceId);
    const capturedLength = batch.capturedLength;
    const flags = batch.flags;
    const dataWords = (capturedLength + 3) >>> 2;
    const blockWords = (dataWords + (flags === 0 ? BARE_WORDS : BARE_WORDS + FLAGS_WORDS)) | 0;
    if (this.#at + blockWords > this.#capacityWords) {
      this.flush();
      if (blockWords > this.#capacityWords) {
        this.#frameWithText(batch, interfaceId, undefined);
        return;
      }
    }
    // "| 0" tells the compiler that an index can't overflow, which saves a check for each word; the
    // header and the copy stand here, and not in functions of their own, for the same reason: this
    // is where a capture spends its time (bench/live/cost-per-frame.ts).
    const words = this.#words;
    const at = this.#at | 0;
    const end = (at + blockWords) | 0;
    this.#at = end;
    const seconds = batch.seconds;
    if (seconds !== this.#baseSeconds) this.#setBase(seconds);
    const baseLow = this.#baseLow;
    const low = (baseLow + batch.nanoseconds) | 0;
    words[at] = ENHANCED_PACKET;
    words[(at + 1) | 0] = blockWords << 2;
    words[(at + 2) | 0] = interfaceId;
    words[(at + 3) | 0] = this.#baseHigh + (low >>> 0 < baseLow >>> 0 ? 1 : 0);
    words[(at + 4) | 0] = low;
    words[(at + 5) | 0] = capturedLength;
    words[(at + 6) | 0] = batch.originalLength;
    const source = batch.words;
    const byteOffset = batch.byteOffset;
    let to = (at + HEADER_WORDS) | 0;
    const dataEnd = (to + dataWords) | 0;
    let from = byteOffset >>> 2;
    if (
      capturedLength > INLINE_COPY_LIMIT_BYTES ||
      (byteOffset & 3) !== 0 ||
      from + dataWords + 4 > source.length
    ) {
      copyToWords(this.#memory, to, batch, capturedLength);
    } else {
      for (; to < dataEnd; to = (to + 4) | 0, from = (from + 4) | 0) {
        words[to] = source[from]!;
        words[(to + 1) | 0] = source[(from + 1) | 0]!;
        words[(to + 2) | 0] = source[(from + 2) | 0]!;
        words[(to + 3) | 0] = source[(from + 3) | 0]!;
      }
      const tailBytes = capturedLength & 3;
      if (tailBytes !== 0) {
        const last = (dataEnd - 1) | 0;
        words[last] = words[last]! & ((1 << (tailBytes << 3)) - 1);
      }
    }
    if (flags !== 0) {
      words[dataEnd] = FLAGS_HEADER;
      words[(dataEnd + 1) | 0] = flags;
      words[(dataEnd + 2) | 0] = 0; // opt_endofopt
    }
    words[(end - 1) | 0] = blockWords << 2;
  }

  /**
   * Encodes frames of a run, byte for byte as `frame` does, but at a fraction of the cost; never calls
   * the output.
   *
   * Stops before a frame that it can't take this way, which is then for `frame`: one that isn't plain,
   * isn't within the limits or doesn't fit into the buffer. A run moves what is pending into its own
   * memory, where the encoder stays up to a frame that has no room there.
   *
   * @param extras its comments, options and ticks aren't for runs
   * @returns frames taken; the run has moved on by as many
   * @throws {StateError} `UNKNOWN_INTERFACE` as `frame`
   */
  run(run: FrameRun, limits: RunLimits, extras?: RunExtras): number {
    if (run.left === 0 || !(limits.most > 0)) return 0;
    const interfaceId = extras?.interfaceId ?? run.interfaceId;
    if (interfaceId >= this.#interfaceCount) throw unknownInterface(interfaceId);
    if (run.area !== this.#memory && !this.#moveInto(run.area)) return 0;
    const plan = this.#plan;
    plan.most = Math.min(limits.most, run.left);
    const room = Math.max(0, Math.floor(limits.mostBytes / 4));
    plan.end = Math.min(this.#capacityWords, this.#at + room);
    plan.interfaceId = interfaceId;
    plan.queue = extras?.queue;
    plan.firstSecond = limits.firstSecond;
    plan.lastSecond = limits.lastSecond;
    const count = run.encode(this.#at, plan);
    if (count > 0) this.#at = run.encodedTo;
    return count;
  }

  /** @returns whether there is room for what is pending */
  #moveInto(memory: EncodingMemory): boolean {
    const capacityWords = Math.min(this.#bufferWords, memory.words.length - SLACK_WORDS);
    if (this.#at > capacityWords) return false;
    memory.words.set(this.#words.subarray(0, this.#at));
    this.#memory = memory;
    this.#words = memory.words;
    this.#capacityWords = capacityWords;
    return true;
  }

  #frameWithExtras(batch: FrameBatch, extras: FrameExtras | undefined): void {
    const lostBefore = batch.lostBefore;
    let interfaceId = batch.interfaceId;
    let queue: number | undefined;
    if (extras !== undefined) {
      interfaceId = extras.interfaceId ?? interfaceId;
      queue = extras.queue;
    }
    if (interfaceId >= this.#interfaceCount) throw unknownInterface(interfaceId);
    if (lostBefore !== undefined || (extras !== undefined && hasRareExtras(extras))) {
      this.#frameWithText(batch, interfaceId, extras);
      return;
    }
    const capturedLength = batch.capturedLength;
    const flags = batch.flags;
    let blockWords = HEADER_WORDS + 1 + ((capturedLength + 3) >>> 2);
    if (flags !== 0) blockWords += 2;
    if (queue !== undefined) blockWords += 2;
    if (flags !== 0 || queue !== undefined) blockWords++;
    if (this.#at + blockWords > this.#capacityWords) {
      this.flush();
      if (blockWords > this.#capacityWords) {
        this.#frameWithText(batch, interfaceId, extras);
        return;
      }
    }
    const words = this.#words;
    let at = this.#header(batch, interfaceId, blockWords);
    at = copyToWords(this.#memory, at, batch, capturedLength);
    if (flags !== 0) {
      words[at] = FLAGS_HEADER;
      words[at + 1] = flags;
      at += 2;
    }
    if (queue !== undefined) {
      words[at] = QUEUE_HEADER;
      words[at + 1] = queue;
      at += 2;
    }
    if (flags !== 0 || queue !== undefined) words[at++] = CommonOption.End;
    words[at] = blockWords << 2;
    this.#at = at + 1;
  }

  /**
   * Records the totals of one interface; the last such block of an interface is the one that counts.
   *
   * @throws {StateError} `UNKNOWN_INTERFACE`
   */
  interfaceStatistics(interfaceId: number, statistics: StatisticsToWrite): void {
    if (interfaceId >= this.#interfaceCount) throw unknownInterface(interfaceId);
    this.#append(encodeInterfaceStatistics(interfaceId, statistics));
  }

  /**
   * Takes over a block as it is, such as name resolution or secrets from another file.
   *
   * A section header or interface description counts as if it had been made here; what else the
   * block refers to isn't checked.
   *
   * @param block a whole block in little-endian order
   */
  rawBlock(block: Uint8Array): void {
    this.#append(block);
    const type = new DataView(block.buffer, block.byteOffset).getUint32(0, true);
    if (type === BlockType.SectionHeader) {
      this.#inSection = true;
      this.#interfaceCount = 0;
    } else if (type === BlockType.InterfaceDescription) this.#interfaceCount++;
  }

  /**
   * Takes over blocks of frames as they are, from word `start` to `end` of that memory; they must be of
   * interfaces that this section describes. What doesn't fit with what is pending goes out by itself, so
   * that the output is only ever given whole blocks.
   */
  frames(
    from: { readonly words: Int32Array; readonly bytes: Uint8Array },
    start: number,
    end: number,
  ): void {
    const count = end - start;
    if (this.#at + count > this.#capacityWords) this.flush();
    if (count > this.#capacityWords) {
      this.#handOn(from.bytes.subarray(start * 4, end * 4));
      return;
    }
    const at = this.#at;
    this.#at = at + count;
    if (count > INLINE_COPY_LIMIT_BYTES) {
      this.#words.set(from.words.subarray(start, end), at);
      return;
    }
    const words = this.#words;
    const source = from.words;
    for (let i = 0; i < count; i++) words[(at + i) | 0] = source[(start + i) | 0]!;
  }

  /** Hands all pending bytes to the output. */
  flush(): void {
    if (this.#at === 0) return;
    const byteCount = this.#at * 4;
    this.#output.write(this.#memory.bytes.subarray(0, byteCount));
    this.#at = 0;
    this.#bytesHandedOn += byteCount;
  }

  /** @returns the word after the header, where the frame's bytes go */
  #header(batch: FrameBatch, interfaceId: number, blockWords: number): number {
    const words = this.#words;
    const at = this.#at;
    const seconds = batch.seconds;
    if (seconds !== this.#baseSeconds) this.#setBase(seconds);
    const baseLow = this.#baseLow;
    const low = (baseLow + batch.nanoseconds) | 0;
    words[at] = BlockType.EnhancedPacket;
    words[at + 1] = blockWords << 2;
    words[at + 2] = interfaceId;
    words[at + 3] = this.#baseHigh + (low >>> 0 < baseLow >>> 0 ? 1 : 0);
    words[at + 4] = low;
    words[at + 5] = batch.capturedLength;
    words[at + 6] = batch.originalLength;
    return at + HEADER_WORDS;
  }

  /**
   * Splits seconds · 10^9 into two halves; exact, as every product stays below 2^47.
   *
   * Frames come in runs of the same second, so this is done once a second and not once a frame.
   */
  #setBase(seconds: number): void {
    const lower = (seconds & 0xffff) * NS_PER_SECOND;
    const upper = (seconds >>> 16) * NS_PER_SECOND;
    const low = (lower % TWO_32) + (upper % 65536) * 65536;
    this.#baseHigh =
      (Math.floor(lower / TWO_32) + Math.floor(upper / 65536) + (low >= TWO_32 ? 1 : 0)) | 0;
    this.#baseLow = low | 0;
    this.#baseSeconds = seconds;
  }

  /** The rare frames: those with a loss or comments, and those longer than the whole buffer. */
  #frameWithText(batch: FrameBatch, interfaceId: number, extras: FrameExtras | undefined): void {
    const tail = encodeFrameOptions(batch, extras);
    const capturedLength = batch.capturedLength;
    const dataWords = (capturedLength + 3) >>> 2;
    const blockWords = HEADER_WORDS + dataWords + tail.length / 4 + 1;
    const length = Uint8Array.of(0, 0, 0, 0);
    new DataView(length.buffer).setUint32(0, blockWords * 4, true);
    if (this.#at + blockWords > this.#capacityWords) this.flush();
    // A run's memory may be smaller than the buffer that was asked for.
    if (blockWords > this.#capacityWords) this.#moveInto(this.#own);
    const start = this.#at;
    const dataAt = this.#header(batch, interfaceId, blockWords);
    if (extras?.ticks !== undefined) {
      this.#words[start + 3] = extras.ticks.ticksHigh;
      this.#words[start + 4] = extras.ticks.ticksLow;
    }
    if (blockWords <= this.#capacityWords) {
      const optionsAt = copyToWords(this.#memory, dataAt, batch, capturedLength);
      this.#memory.bytes.set(tail, optionsAt * 4);
      this.#at = start + blockWords;
      this.#words[this.#at - 1] = blockWords * 4;
      return;
    }
    this.#at = dataAt;
    this.flush();
    const { bytes, byteOffset } = batch;
    this.#handOn(bytes.subarray(byteOffset, byteOffset + capturedLength));
    this.#handOn(new Uint8Array(dataWords * 4 - capturedLength));
    this.#handOn(tail);
    this.#handOn(length);
  }

  #append(block: Uint8Array): void {
    const blockWords = block.length / 4;
    if (this.#at + blockWords > this.#capacityWords) this.flush();
    if (blockWords > this.#capacityWords) {
      this.#handOn(block);
      return;
    }
    this.#memory.bytes.set(block, this.#at * 4);
    this.#at += blockWords;
  }

  #handOn(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#output.write(bytes);
    this.#bytesHandedOn += bytes.length;
  }
}

function unknownInterface(interfaceId: number): StateError {
  return new StateError(
    'UNKNOWN_INTERFACE',
    `Can't write about interface ${interfaceId}: this section doesn't describe it. Describe it first.`,
    { state: 'interface not described', operation: 'frame' },
  );
}
