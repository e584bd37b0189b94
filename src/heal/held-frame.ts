/** A frame that outlives the batch it was read from: copied, with what alignment knows of it. */

import type { FrameBatch } from '../core/frame.js';
import type { Loss } from '../core/loss.js';
import { NS_PER_SECOND } from '../core/timestamp.js';
import { BlockType } from '../pcapng/constants.js';
import type { FileBatch } from '../source/format-reader.js';
import type { ContentKeys } from './content-keys.js';
import type { MatchedFrame } from './passed-frame.js';

const SLAB_BYTES = 256 * 1024;
/** An encoder may read some words beyond a frame. */
const SLACK_BYTES = 64;
/** Of an enhanced packet block, what comes before the frame. */
export const EPB_HEADER_BYTES = 28;
const INTERFACE_AT = 8;
/** Of a block: its header, its length again, and options that are flags alone. */
const PLAIN_BLOCK_BYTES = 32;
const ONLY_FLAGS_BYTES = 12;

/** What became of the loss before a frame of the capture that is healed. */
export interface GapState {
  /** As the capture records it. */
  readonly recorded: Loss;
  /** How many frames were lost for sure, where the other captures made a bounded number exact. */
  resolved: number | undefined;
  /** Frames filled in so far. */
  filled: number;
  /**
   * Whether every frame filled in is between two frames that both captures have, and from a capture
   * that records its own losses, so that both records agree on the number.
   */
  isCertain: boolean;
  /** Why it stayed as it is, where that isn't plain absence of its frames. */
  reason: GapReason | undefined;
  /** What is left of a loss of one ring among frames of others, once frames were filled in; see `RingRegion`. */
  amongRings: { readonly left: Loss | undefined } | undefined;
}

/**
 * Why a gap isn't filled. `contradiction`: the other capture saw more frames there than were lost, so
 * some of them never came to this one, and which can't be told. `too long`: more frames lie between
 * the frames that both have than are kept in memory. `not proved`: nothing proves that the other capture's
 * frames were lost there: they look like some that this one has, or that another source has filled in, or
 * which of two bounded gaps they belong to isn't sure.
 * `replayed`: traffic came several times in the same order, and which pass the other capture's frames
 * are of isn't sure.
 */
export type GapReason = 'contradiction' | 'too long' | 'not proved' | 'replayed';

/** What was found out about a frame before it is kept. */
export interface Recognised {
  readonly key: number;
  readonly time: number;
  readonly linkType: number;
  /** 0 for the capture that is healed. */
  readonly donor: number;
}

/** A frame with bytes of its own. Its loss is that within its lane, frames filled in included. */
export class HeldFrame implements FrameBatch {
  bytes: Uint8Array;
  words: Int32Array;
  byteOffset: number;
  capturedLength: number;
  originalLength: number;
  seconds: number;
  nanoseconds: number;
  interfaceId: number;
  flags: number;
  lostBefore: Loss | undefined;
  /** Number in its file. */
  readonly frameNumber: number;
  /** Its first invariant bytes; see `ContentKeys`. */
  readonly key: number;
  /** Nanoseconds since the healed capture's first second, by that capture's clock. */
  time: number;
  /** How wrong `time` may be beside the error of stamps: another capture's clock gave it. */
  slackNs = 0;
  /** Which capture it comes from: 0 is the one that is healed. */
  readonly donor: number;
  /**
   * Length of the block as it stands in the file, which lies around the frame's bytes, where it is an
   * enhanced packet in host order; 0 where it isn't.
   */
  blockLength = 0;
  queue: number | undefined = undefined;
  /** Comments and further options, where it may be written anew. */
  comments: readonly string[] | undefined = undefined;
  options: Uint8Array | undefined = undefined;
  ticksHigh: number | undefined = undefined;
  ticksLow = 0;
  hasTimestamp: boolean = true;
  isSimple: boolean = false;
  /** The ring it came from, in the capture it is of; undefined where it fills a gap. */
  ring: number | undefined = undefined;
  /** Whether losses that are recorded at a later frame may lie before it, or end with it; see `RingSpans`. */
  isOpen: boolean = false;
  endsSpan: boolean = false;
  /** Whether it fills a gap of a ring among frames of others. */
  fillsRing: boolean = false;
  /** Set where it follows a gap of the capture that is healed. */
  gap: GapState | undefined = undefined;
  readonly #keys: ContentKeys;
  readonly #linkType: number;
  #wholeKey = -1;

  constructor(batch: FileBatch, recognised: Recognised, keys: ContentKeys) {
    const { key, time, donor } = recognised;
    this.#keys = keys;
    this.#linkType = recognised.linkType;
    this.bytes = batch.bytes;
    this.words = batch.words;
    this.byteOffset = batch.byteOffset;
    this.capturedLength = batch.capturedLength;
    this.originalLength = batch.originalLength;
    this.seconds = batch.seconds;
    this.nanoseconds = batch.nanoseconds;
    this.interfaceId = batch.interfaceId;
    this.flags = batch.flags;
    this.lostBefore = batch.lostBefore;
    this.frameNumber = batch.frameNumber;
    this.key = key;
    this.time = time;
    this.donor = donor;
  }

  /** All its invariant bytes; see `ContentKeys.wholeOf`. */
  get wholeKey(): number {
    if (this.#wholeKey < 0) this.#wholeKey = this.#keys.wholeOf(this, this.#linkType);
    return this.#wholeKey;
  }

  /** It is one frame, not a batch of them. */
  next(): boolean {
    return false;
  }
}

/** The block of a frame with a `blockLength`, with another interface's number. */
export function blockOf(frame: HeldFrame, interfaceId: number): Uint8Array {
  const at = frame.byteOffset - EPB_HEADER_BYTES;
  frame.words[(at + INTERFACE_AT) >>> 2] = interfaceId;
  return frame.bytes.subarray(at, at + frame.blockLength);
}

/** Whether two frames have the same invariant bytes, all of them. */
export function isSameContent(first: MatchedFrame, second: MatchedFrame): boolean {
  return first.key === second.key && first.wholeKey === second.wholeKey;
}

/** Whether frames are lost right before a frame, and their number isn't known. */
export function isBounded(frame: HeldFrame | undefined): boolean {
  const loss = frame?.lostBefore;
  return loss !== undefined && loss.certainty !== 'exact';
}

/** Whether what was lost between it and the frames before it doesn't add up. */
export function isVague(frame: HeldFrame | undefined): boolean {
  return frame?.isOpen === true || isBounded(frame);
}

/** Whether losses of several rings lie about a frame. */
export function isAmongRings({ isOpen, endsSpan }: HeldFrame): boolean {
  return isOpen || endsSpan;
}

/** How many frames are lost right before a frame, in its lane. */
export function lostBefore(frame: HeldFrame): number {
  return frame.lostBefore === undefined ? 0 : frame.lostBefore.lost;
}

/** Copies frames into memory that goes with the last of its frames. */
export class FrameKeeper {
  #bytes: Uint8Array = new Uint8Array(0);
  #words: Int32Array = new Int32Array(0);
  #at = 0;
  readonly #baseSeconds: number;
  readonly #keys: ContentKeys;
  #lastTime = 0;

  /** @param baseSeconds the second, since 1970, that times count from */
  constructor(baseSeconds: number, keys: ContentKeys) {
    this.#baseSeconds = baseSeconds;
    this.#keys = keys;
  }

  /** Time of a frame; where it has none, that of the frame before it. */
  timeOf(batch: FileBatch): number {
    if (batch.hasTimestamp) {
      this.#lastTime = (batch.seconds - this.#baseSeconds) * NS_PER_SECOND + batch.nanoseconds;
    }
    return this.#lastTime;
  }

  /** Takes note of a frame's time that is known already. */
  noteTime(time: number): void {
    this.#lastTime = time;
  }

  /** Copies the frame that the batch stands on. */
  hold(batch: FileBatch, recognised: Recognised): HeldFrame {
    const frame = new HeldFrame(batch, recognised, this.#keys);
    const { donor } = recognised;
    const raw = batch.rawBlock();
    const isPlain = raw?.type === BlockType.EnhancedPacket && raw.byteOrder === 'little';
    if (isPlain) {
      const at = this.#copy(raw.bytes);
      frame.blockLength = raw.bytes.length;
      frame.byteOffset = at + EPB_HEADER_BYTES;
      const optionBytes = raw.bytes.length - PLAIN_BLOCK_BYTES - ((batch.capturedLength + 3) & ~3);
      if ((donor > 0 || batch.lostBefore !== undefined) && optionBytes > ONLY_FLAGS_BYTES) {
        keepOptions(frame, batch);
      }
      frame.ticksHigh = this.#words[(at >>> 2) + 3]!;
      frame.ticksLow = this.#words[(at >>> 2) + 4]!;
    } else {
      const { byteOffset, capturedLength } = batch;
      const at = this.#copy(batch.bytes.subarray(byteOffset, byteOffset + capturedLength));
      frame.byteOffset = at;
      frame.isSimple = raw?.type === BlockType.SimplePacket;
      frame.ticksHigh = batch.ticksHigh;
      frame.ticksLow = batch.ticksLow ?? 0;
      keepOptions(frame, batch);
    }
    frame.hasTimestamp = batch.hasTimestamp;
    frame.bytes = this.#bytes;
    frame.words = this.#words;
    return frame;
  }

  #copy(bytes: Uint8Array): number {
    const room = (bytes.length + 7) & ~7;
    if (this.#at + room + SLACK_BYTES > this.#bytes.length) {
      const size = Math.max(SLAB_BYTES, room + SLACK_BYTES);
      // Not zeroed first: a slab is filled from its front.
      this.#bytes = Buffer.allocUnsafeSlow(size);
      this.#words = new Int32Array(this.#bytes.buffer);
      this.#at = 0;
    }
    const at = this.#at;
    this.#bytes.set(bytes, at);
    this.#at = at + room;
    return at;
  }
}

function keepOptions(frame: HeldFrame, batch: FileBatch): void {
  frame.queue = batch.queue;
  frame.comments = batch.comments();
  frame.options = batch.otherOptions();
}
