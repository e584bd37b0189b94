/** The cursor over the frames of a pcap file: reads their fields from the reader's buffer. */

import { FormatError } from '../core/errors.js';
import type { FrameBatch } from '../core/frame.js';
import { NS_PER_SECOND } from '../core/timestamp.js';
import type { PcapHeader } from './file-header.js';
import { flagsOfPacketType, type RecordLayout } from './record-layout.js';

const MAX_SECONDS = 0xffffffff;

/**
 * Steps through the frames that the reader's buffer holds; allocates nothing per frame.
 *
 * A record that can't be ends the batch like the end of the buffer does, and the error waits in
 * `failure`: the frames before it aren't lost.
 */
export class RecordCursor implements FrameBatch {
  bytes: Uint8Array = new Uint8Array(0);
  words: Int32Array = new Int32Array(0);
  byteOffset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  /** A pcap file has one interface. */
  readonly interfaceId: number = 0;
  flags = 0;
  /** A pcap file records no loss. */
  readonly lostBefore: undefined = undefined;
  /** False where fractions of a second carry the time beyond 2106. */
  hasTimestamp: boolean = false;
  /** Number of the frame in the file, from 1; 0 before the first. */
  frameNumber = 0;
  /** A pcap file names no queue. */
  readonly queue: undefined = undefined;
  /** A pcap file has no units but those of `nanoseconds`. */
  readonly ticksHigh: undefined = undefined;
  /** See `ticksHigh`. */
  readonly ticksLow: undefined = undefined;
  /** Where the next record starts in the buffer. */
  at = 0;
  /** What is wrong with the record that ended the batch; undefined where nothing is. */
  failure: FormatError | undefined = undefined;

  #view: DataView = new DataView(new ArrayBuffer(0));
  #end = 0;
  #bufferOffset = 0;
  #isLittle: boolean = true;
  #headerBytes = 0;
  #hasPacketType: boolean = false;
  #nsPerUnit = 1;
  #unitsPerSecond = NS_PER_SECOND;
  #originalFirst: boolean = false;
  #smallerFirst: boolean = false;
  #maxFrameBytes = 0;
  #ready: boolean = false;
  /** True while the cursor stands on a frame that `next` has yet to give out. */
  #ahead: boolean = false;

  next(): boolean {
    if (this.#ahead) {
      this.#ahead = false;
      return true;
    }
    const at = this.at;
    const view = this.#view;
    const dataAt = at + this.#headerBytes;
    if (dataAt > this.#end || !this.#ready) return false;
    const isLittle = this.#isLittle;
    let capturedLength = view.getUint32(at + 8, isLittle);
    let originalLength = view.getUint32(at + 12, isLittle);
    if (this.#originalFirst || (this.#smallerFirst && capturedLength > originalLength)) {
      const first = capturedLength;
      capturedLength = originalLength;
      originalLength = first;
    }
    if (capturedLength > this.#maxFrameBytes) {
      this.failure = this.#tooLong(capturedLength);
      this.#ready = false;
      return false;
    }
    if (dataAt + capturedLength > this.#end) return false;
    this.byteOffset = dataAt;
    this.capturedLength = capturedLength;
    this.originalLength = originalLength;
    this.#setTime(view.getUint32(at, isLittle), view.getUint32(at + 4, isLittle));
    if (this.#hasPacketType) this.flags = flagsOfPacketType(view.getUint8(at + 22));
    this.frameNumber++;
    this.at = dataAt + capturedLength;
    return true;
  }

  /** A pcap file has no blocks. */
  rawBlock(): undefined {
    return undefined;
  }

  /** A pcap file has no options. */
  otherOptions(): undefined {
    return undefined;
  }

  /** A pcap file has no comments. */
  comments(): readonly string[] {
    return [];
  }

  /** Steps to the first frame of the buffer, for `next` to give out; false where there is none. */
  lookAhead(): boolean {
    if (!this.#ahead) this.#ahead = this.next();
    return this.#ahead;
  }

  /** Gives out no further frame. */
  finish(): void {
    this.#ahead = false;
    this.#ready = false;
  }

  /** Says how records are laid out, and how long a frame may be before it is nonsense. */
  setLayout(header: PcapHeader, layout: RecordLayout, maxFrameBytes: number): void {
    this.#isLittle = header.byteOrder === 'little';
    this.#headerBytes = layout.headerBytes;
    this.#hasPacketType = layout.hasPacketType;
    this.#nsPerUnit = header.nanoseconds ? 1 : 1000;
    this.#unitsPerSecond = header.nanoseconds ? NS_PER_SECOND : 1_000_000;
    this.#originalFirst = header.lengthOrder === 'original first';
    this.#smallerFirst = header.lengthOrder === 'smaller first';
    this.#maxFrameBytes = maxFrameBytes;
    this.#ready = true;
  }

  /** Takes a buffer whose records go from `at` to `end`; `bufferOffset` is its place in the file. */
  setBuffer(bytes: Uint8Array, at: number, end: number, bufferOffset: number): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.words = new Int32Array(bytes.buffer);
      this.#view = new DataView(bytes.buffer);
    }
    this.at = at;
    this.#end = end;
    this.#bufferOffset = bufferOffset;
  }

  /** A fraction of a second or more is carried over: writers that got it wrong meant that. */
  #setTime(seconds: number, fraction: number): void {
    let wholeSeconds = seconds;
    let units = fraction;
    if (units >= this.#unitsPerSecond) {
      const carried = Math.floor(units / this.#unitsPerSecond);
      wholeSeconds += carried;
      units -= carried * this.#unitsPerSecond;
    }
    this.hasTimestamp = wholeSeconds <= MAX_SECONDS;
    this.seconds = this.hasTimestamp ? wholeSeconds : 0;
    this.nanoseconds = this.hasTimestamp ? units * this.#nsPerUnit : 0;
  }

  #tooLong(capturedLength: number): FormatError {
    const offset = this.#bufferOffset + this.at;
    return new FormatError(
      'BAD_CAPTURED_LENGTH',
      `Record at byte ${offset} claims a frame of ${capturedLength} bytes, more than the ${this.#maxFrameBytes} that are believed.`,
      { offset, hint: 'The file is damaged from there on; what comes before it has been read.' },
    );
  }
}
