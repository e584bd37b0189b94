/** The cursor over the frames of a pcapng file: reads their fields from the parser's buffer. */

import { FormatError } from '../core/errors.js';
import type { FrameBatch } from '../core/frame.js';
import type { FrameSums } from '../core/frame-sums.js';
import type { Loss } from '../core/loss.js';
import type { BlockParser } from './block-parser.js';
import { BlockType, CommonOption, FrameOption, ObsoleteFrameOption } from './constants.js';
import { encodeOtherOptions } from './frame-options.js';
import { FrameSumming } from './frame-summing.js';
import { InterfaceClock } from './interface-clock.js';
import type { DescribedInterface } from './interface-description.js';
import {
  decodeLoss,
  LOSS_COMMENT_PREFIX,
  type LossBounds,
  tryParseLossComment,
} from './loss-options.js';
import { decodeText } from './options.js';
import type { SummingLoop } from './summing-loop.js';

/** Type, length, five fields. */
const HEADER_BYTES = 28;
const SIMPLE_HEADER_BYTES = 12;
const TRAILER_BYTES = 4;
const DROP_COUNT_UNKNOWN = 0xffff;
const TWO_32 = 2 ** 32;
/** epb_flags and the end of options; code and length of the former as one word. */
const ONLY_FLAGS_BYTES = 12;
const FLAGS_HEADER = FrameOption.Flags | (4 << 16);
/** As an int32, the number 2^32 − 1: no section has so many interfaces. */
const NO_INTERFACE = -1;
/** The largest upper half of a 64-bit count that a number holds exactly. */
const MAX_SAFE_HIGH = 0x1fffff;

/** The block of a frame. */
export interface FrameBlock {
  /** Block type: 6 (enhanced), 3 (simple) or 2 (obsolete). */
  readonly type: number;
  readonly byteOrder: 'little' | 'big';
  /** The whole block, lengths included; valid until the next `read`. */
  readonly bytes: Uint8Array;
}

/** What the cursor needs to know of the section, and whom it tells of other blocks. */
export interface FrameContext {
  /** The interfaces of the present section, by their number in it. */
  sectionInterfaces: readonly DescribedInterface[];
  /** Called at each block that is no frame, with the parser on it; may throw a `FormatError`. */
  otherBlock(): void;
}

/**
 * Steps through the frames that the parser's buffer holds.
 *
 * A frame costs no allocation unless it carries a loss. A damaged block ends the batch like the
 * end of the buffer does, and the error waits in `failure`: the frames before it aren't lost.
 */
export class FrameCursor implements FrameBatch {
  bytes: Uint8Array;
  words: Int32Array;
  byteOffset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  interfaceId = 0;
  flags = 0;
  lostBefore: Loss | undefined = undefined;
  /**
   * Whether the file gives the frame a time that fits; where false, `seconds` and `nanoseconds` are
   * 0 and mean nothing.
   *
   * False for simple packet blocks, which have no time, and for times before 1970 or after 2106.
   */
  hasTimestamp: boolean = false;
  /** Number of the frame in the file, from 1; 0 before the first. */
  frameNumber = 0;
  /** The receive queue that the frame came from; undefined where not stated. */
  queue: number | undefined = undefined;
  /** What is wrong with the block that ended the batch; undefined where nothing is. */
  failure: FormatError | undefined = undefined;
  /** What `addUp` is done with. */
  readonly summing: FrameSumming;

  readonly #parser: BlockParser;
  readonly #context: FrameContext;
  /** Where the present frame's options start and end in the buffer. */
  #optionsAt = 0;
  #optionsEnd = 0;
  /** True while the cursor stands on a frame that `next` has yet to give out. */
  #ahead: boolean = false;
  /** The interface of the last frame: its number in the section as an int32, and its clock. */
  #plainLocalId = NO_INTERFACE;
  #plainClock = new InterfaceClock();
  /** The start of the last frame's second, in ticks; how many it has, 0 where none fit; their unit. */
  #secondHigh = -1;
  #secondLow = 0;
  #secondTicks = 0;
  #nsPerTick = 0;
  #finished: boolean = false;

  /** @param makeLoop as `PcapngReaderOptions` have it */
  constructor(
    parser: BlockParser,
    context: FrameContext,
    makeLoop?: () => SummingLoop | undefined,
  ) {
    this.#parser = parser;
    this.summing = new FrameSumming(makeLoop);
    this.#context = context;
    this.bytes = parser.bytes;
    this.words = parser.words;
  }

  next(): boolean {
    if (this.#ahead) {
      this.#ahead = false;
      return true;
    }
    if (this.failure !== undefined || this.#finished) return false;
    try {
      return this.#plainFrame() || this.#step();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.failure = error;
      return false;
    }
  }

  /** Steps to the first frame of the buffer, for `next` to give out; false where there is none. */
  lookAhead(): boolean {
    this.bytes = this.#parser.bytes;
    this.words = this.#parser.words;
    if (!this.#ahead) this.#ahead = this.next();
    return this.#ahead;
  }

  /** Gives out no further frame. */
  finish(): void {
    this.#ahead = false;
    this.#finished = true;
  }

  addUp(): FrameSums | undefined {
    const { summing } = this;
    const parser = this.#parser;
    if (!summing.isDue(parser)) return undefined;
    this.bytes = parser.bytes;
    this.words = parser.words;
    const mayFollow =
      !(this.#ahead || this.#finished || parser.swapped) &&
      this.failure === undefined &&
      this.#secondTicks > 0 &&
      this.#plainLocalId !== NO_INTERFACE;
    if (!mayFollow) return undefined;
    const plan = summing.plan;
    plan.interfaceId = this.#plainLocalId >>> 0;
    plan.queue = this.queue;
    plan.firstTickHigh = this.#secondHigh;
    plan.firstTickLow = this.#secondLow;
    plan.ticks = this.#ticksInSecond();
    plan.nsPerTick = this.#nsPerTick;
    plan.nanosecondsBefore = this.nanoseconds;
    const sums = summing.sum(parser);
    if (sums === undefined) return undefined;
    this.frameNumber += sums.frames;
    this.nanoseconds = summing.lastNanoseconds;
    return sums;
  }

  /** Ticks of the last frame's second; counts end at 2^64, and begin again in another one. */
  #ticksInSecond(): number {
    const isLast = this.#secondHigh === 0xffff_ffff;
    return isLast ? Math.min(this.#secondTicks, TWO_32 - this.#secondLow) : this.#secondTicks;
  }

  /** Upper half of the frame's time in its interface's units; undefined for simple packet blocks. */
  get ticksHigh(): number | undefined {
    return this.#isSimple() ? undefined : this.#parser.u32((this.#parser.blockStart >>> 2) + 3);
  }

  /** Lower half of the frame's time in its interface's units; undefined for simple packet blocks. */
  get ticksLow(): number | undefined {
    return this.#isSimple() ? undefined : this.#parser.u32((this.#parser.blockStart >>> 2) + 4);
  }

  /** The block that the frame is in, as it stands in the file. */
  rawBlock(): FrameBlock {
    const { blockType, blockStart, blockLength, swapped } = this.#parser;
    return {
      type: blockType,
      byteOrder: swapped ? 'big' : 'little',
      bytes: this.bytes.subarray(blockStart, blockStart + blockLength),
    };
  }

  /**
   * The options that no field of this cursor gives (and no comment is), encoded for a little-endian
   * section: packet identifier, hash, verdict, process, custom ones. Undefined where there are none.
   */
  otherOptions(): Uint8Array | undefined {
    if (this.#optionsAt >= this.#optionsEnd) return undefined;
    return encodeOtherOptions(
      this.bytes.subarray(this.#optionsAt, this.#optionsEnd),
      this.#parser.swapped,
      this.#parser.blockType === BlockType.ObsoletePacket,
    );
  }

  #isSimple(): boolean {
    return this.#parser.blockType === BlockType.SimplePacket;
  }

  /** The present frame's comments, in their order; decoded at each call. */
  comments(): string[] {
    const comments: string[] = [];
    for (let at = this.#optionsAt; this.#optionsEnd - at >= 4; ) {
      const code = this.#u16(at);
      const length = this.#u16(at + 2);
      if (code === CommonOption.End) break;
      if (code === CommonOption.Comment) comments.push(decodeText(this.bytes, at + 4, length));
      at += 4 + ((length + 3) & ~3);
    }
    return comments;
  }

  /**
   * The short way for what nearly every block is: a whole enhanced packet in host order, of the
   * interface of the frame before it. It looks at everything that `#step` looks at, in one go; where
   * something is different it does nothing, and `#step` takes the long way.
   */
  #plainFrame(): boolean {
    const parser = this.#parser;
    const words = this.words;
    const at = parser.nextStart;
    const index = at >>> 2;
    if (
      parser.dataEnd - at < HEADER_BYTES + TRAILER_BYTES ||
      parser.swapped ||
      words[index] !== BlockType.EnhancedPacket ||
      words[index + 2] !== this.#plainLocalId ||
      // A file may say 2^32 − 1 too.
      this.#plainLocalId === NO_INTERFACE
    ) {
      return false;
    }
    const length = words[index + 1]!;
    const capturedLength = words[index + 5]!;
    const room = length - HEADER_BYTES - TRAILER_BYTES;
    if (
      (length & 3) !== 0 ||
      room < 0 ||
      length > parser.dataEnd - at ||
      length > parser.maxBlockBytes ||
      words[index + (length >>> 2) - 1] !== length ||
      capturedLength < 0 ||
      capturedLength > room
    ) {
      return false;
    }
    const high = words[index + 3]! >>> 0;
    const low = words[index + 4]! >>> 0;
    const ticks = low - this.#secondLow;
    if (high === this.#secondHigh && ticks >= 0 && ticks < this.#secondTicks) {
      this.nanoseconds = ticks * this.#nsPerTick;
    } else this.#setTime(this.#plainClock, high, low);
    this.capturedLength = capturedLength;
    this.originalLength = words[index + 6]! >>> 0;
    const byteOffset = at + HEADER_BYTES;
    const optionsAt = byteOffset + ((capturedLength + 3) & ~3);
    const optionsEnd = at + length - TRAILER_BYTES;
    this.byteOffset = byteOffset;
    this.flags = 0;
    this.queue = undefined;
    this.lostBefore = undefined;
    this.#optionsAt = optionsAt;
    this.#optionsEnd = optionsEnd;
    parser.take(BlockType.EnhancedPacket, length);
    if (optionsAt < optionsEnd) {
      // What gapcap itself writes on every frame that follows no gap: epb_flags alone.
      const option = optionsAt >>> 2;
      if (
        optionsEnd - optionsAt === ONLY_FLAGS_BYTES &&
        words[option] === FLAGS_HEADER &&
        words[option + 2] === CommonOption.End
      ) {
        this.flags = words[option + 1]! >>> 0;
      } else this.#frameOptions();
    }
    this.frameNumber++;
    return true;
  }

  /** Sets the time of the frame, and what it has in common with others of the same second. */
  #setTime(clock: InterfaceClock, high: number, low: number): void {
    this.hasTimestamp = clock.convert(high, low);
    this.seconds = clock.seconds;
    this.nanoseconds = clock.nanoseconds;
    this.#secondHigh = clock.baseHigh;
    this.#secondLow = clock.baseLow;
    this.#secondTicks = this.hasTimestamp ? clock.units : 0;
    this.#nsPerTick = clock.nsPerTick;
  }

  #step(): boolean {
    const parser = this.#parser;
    while (parser.next()) {
      switch (parser.blockType) {
        case BlockType.EnhancedPacket:
          this.#enhancedPacket();
          return true;
        case BlockType.SimplePacket:
          this.#simplePacket();
          return true;
        case BlockType.ObsoletePacket:
          this.#obsoletePacket();
          return true;
        default:
          // It may describe interfaces anew.
          this.#plainLocalId = NO_INTERFACE;
          this.#context.otherBlock();
      }
    }
    return false;
  }

  #enhancedPacket(): void {
    const parser = this.#parser;
    if (parser.blockLength < HEADER_BYTES + TRAILER_BYTES) throw this.#tooShort();
    const localId = parser.u32((parser.blockStart >>> 2) + 2);
    this.lostBefore = undefined;
    this.#timedFields(localId);
    if (this.#optionsAt < this.#optionsEnd) this.#frameOptions();
    this.frameNumber++;
  }

  #obsoletePacket(): void {
    const parser = this.#parser;
    if (parser.blockLength < HEADER_BYTES + TRAILER_BYTES) throw this.#tooShort();
    const localId = this.#u16(parser.blockStart + 8);
    const dropCount = this.#u16(parser.blockStart + 10);
    this.#timedFields(localId);
    this.lostBefore =
      dropCount === DROP_COUNT_UNKNOWN ? undefined : decodeLoss(dropCount, undefined);
    if (this.#optionsAt < this.#optionsEnd) this.#obsoleteOptions();
    this.frameNumber++;
  }

  /** The fields that enhanced and obsolete packet blocks have alike; clears what options set. */
  #timedFields(localId: number): void {
    const parser = this.#parser;
    const index = parser.blockStart >>> 2;
    const described = this.#interface(localId);
    const clock = described.clock;
    this.#plainLocalId = localId | 0;
    this.#plainClock = clock;
    this.#setTime(clock, parser.u32(index + 3), parser.u32(index + 4));
    this.interfaceId = described.description.id;
    const capturedLength = parser.u32(index + 5);
    if (capturedLength > parser.blockLength - HEADER_BYTES - TRAILER_BYTES) {
      throw this.#badCapturedLength(capturedLength);
    }
    this.capturedLength = capturedLength;
    this.originalLength = parser.u32(index + 6);
    this.byteOffset = parser.blockStart + HEADER_BYTES;
    this.flags = 0;
    this.queue = undefined;
    this.#optionsAt = this.byteOffset + ((capturedLength + 3) & ~3);
    this.#optionsEnd = parser.blockStart + parser.blockLength - TRAILER_BYTES;
  }

  #simplePacket(): void {
    const parser = this.#parser;
    const room = parser.blockLength - SIMPLE_HEADER_BYTES - TRAILER_BYTES;
    if (room < 0) throw this.#tooShort();
    const described = this.#interface(0);
    const originalLength = parser.u32((parser.blockStart >>> 2) + 2);
    const limit = described.description.snapshotLength;
    const capturedLength = limit === 0 ? originalLength : Math.min(originalLength, limit);
    if (capturedLength > room) throw this.#badCapturedLength(capturedLength);
    this.#plainLocalId = NO_INTERFACE;
    this.hasTimestamp = false;
    this.seconds = 0;
    this.nanoseconds = 0;
    this.interfaceId = described.description.id;
    this.capturedLength = capturedLength;
    this.originalLength = originalLength;
    this.byteOffset = parser.blockStart + SIMPLE_HEADER_BYTES;
    this.flags = 0;
    this.queue = undefined;
    this.lostBefore = undefined;
    this.#optionsAt = 0;
    this.#optionsEnd = 0;
    this.frameNumber++;
  }

  #frameOptions(): void {
    let dropCount = 0;
    let bounds: LossBounds | undefined;
    for (let at = this.#optionsAt; this.#optionsEnd - at >= 4; ) {
      const code = this.#u16(at);
      if (code === CommonOption.End) break;
      const length = this.#u16(at + 2);
      const valueAt = at + 4;
      if (valueAt + length > this.#optionsEnd) throw this.#badOption(code, length);
      if (code === FrameOption.Flags) {
        if (length !== 4) throw this.#badOption(code, length);
        this.flags = this.#parser.u32(valueAt >>> 2);
      } else if (code === FrameOption.Queue) {
        if (length !== 4) throw this.#badOption(code, length);
        this.queue = this.#parser.u32(valueAt >>> 2);
      } else if (code === FrameOption.DropCount) {
        if (length !== 8) throw this.#badOption(code, length);
        dropCount = this.#dropCount(valueAt);
      } else if (code === CommonOption.Comment && this.#mayBoundLoss(valueAt, length)) {
        bounds = tryParseLossComment(decodeText(this.bytes, valueAt, length)) ?? bounds;
      }
      at = valueAt + ((length + 3) & ~3);
    }
    if (dropCount !== 0 || bounds !== undefined) this.lostBefore = decodeLoss(dropCount, bounds);
  }

  #obsoleteOptions(): void {
    for (let at = this.#optionsAt; this.#optionsEnd - at >= 4; ) {
      const code = this.#u16(at);
      if (code === CommonOption.End) break;
      const length = this.#u16(at + 2);
      if (at + 4 + length > this.#optionsEnd) throw this.#badOption(code, length);
      if (code === ObsoleteFrameOption.Flags) {
        if (length !== 4) throw this.#badOption(code, length);
        this.flags = this.#parser.u32((at + 4) >>> 2);
      }
      at += 4 + ((length + 3) & ~3);
    }
  }

  #dropCount(valueAt: number): number {
    const parser = this.#parser;
    const index = valueAt >>> 2;
    const high = parser.u32(parser.swapped ? index : index + 1);
    const low = parser.u32(parser.swapped ? index + 1 : index);
    if (high > MAX_SAFE_HIGH) {
      throw parser.error(
        'BAD_DROP_COUNT',
        `has a drop count of ${BigInt(high) * BigInt(TWO_32) + BigInt(low)}, more than 2^53 - 1`,
      );
    }
    return high * TWO_32 + low;
  }

  /** Cheap test that spares all other comments their decoding. */
  #mayBoundLoss(at: number, length: number): boolean {
    return (
      length > LOSS_COMMENT_PREFIX.length &&
      this.bytes[at] === LOSS_COMMENT_PREFIX.charCodeAt(0) &&
      this.bytes[at + 1] === LOSS_COMMENT_PREFIX.charCodeAt(1)
    );
  }

  #interface(localId: number): DescribedInterface {
    const described = this.#context.sectionInterfaces[localId];
    if (described === undefined) {
      throw this.#parser.error(
        'UNKNOWN_INTERFACE',
        `is a frame of interface ${localId}, which its section hasn't described`,
      );
    }
    return described;
  }

  #u16(at: number): number {
    const bytes = this.bytes;
    return this.#parser.swapped
      ? (bytes[at]! << 8) | bytes[at + 1]!
      : bytes[at]! | (bytes[at + 1]! << 8);
  }

  #tooShort(): FormatError {
    return this.#parser.error(
      'BAD_BLOCK_LENGTH',
      `is too short for a frame: ${this.#parser.blockLength} bytes`,
    );
  }

  #badCapturedLength(capturedLength: number): FormatError {
    return this.#parser.error(
      'BAD_CAPTURED_LENGTH',
      `claims a frame of ${capturedLength} bytes, which its ${this.#parser.blockLength} can't hold`,
    );
  }

  #badOption(code: number, length: number): FormatError {
    return this.#parser.error(
      'BAD_OPTION_LENGTH',
      `has option ${code} of ${length} bytes, which doesn't fit`,
    );
  }
}
