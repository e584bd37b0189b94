/** Prints captured frames on standard output, one line each, with a line where frames are missing. */

import type { CaptureInterface, FrameBatch, FrameLine } from '../index.js';
import type { FramePlace } from './frame-place.js';

/** Room for lines, in bytes; they are written when the next one may not fit. */
const bufferBytes = 65_536;
/** Longest time that a line waits while further frames come. */
const writeAfterMs = 100;
/** Of UTF-8, for each of a string's UTF-16 units. */
const mostBytesPerUnit = 3;
const nsPerSecond = 1_000_000_000n;

/** A consumer of frames that prints them: at the latest at `flush`, or when lines have waited long. */
export class FramePrinter {
  readonly #lines: FrameLine;
  readonly #interfaces: () => readonly CaptureInterface[];
  readonly #write: (lines: Uint8Array) => void;
  readonly #place: FramePlace | undefined;
  readonly #encoder = new TextEncoder();
  /** Time of each interface's last frame; undefined: it had none. */
  readonly #lastSeconds: number[] = [];
  readonly #lastNanoseconds: number[] = [];
  #buffer: Uint8Array = new Uint8Array(bufferBytes);
  #at = 0;
  #writtenAtMs = performance.now();

  /**
   * @param interfaces those that the frames are of, asked for with each frame
   * @param write takes whole lines, and may keep the bytes
   * @param place says which interface a frame is of, at the beginning of its line
   */
  constructor(
    lines: FrameLine,
    interfaces: () => readonly CaptureInterface[],
    write: (lines: Uint8Array) => void,
    place?: FramePlace,
  ) {
    this.#lines = lines;
    this.#interfaces = interfaces;
    this.#write = write;
    this.#place = place;
  }

  /**
   * Takes the frame that the batch stands on.
   *
   * @param number the frame's, from 1
   */
  frame(batch: FrameBatch, number: number): void {
    const { interfaceId: id, seconds, nanoseconds } = batch;
    const interfaces = this.#interfaces();
    if (batch.lostBefore !== undefined) {
      const name = interfaces.length > 1 ? interfaces[id]?.name : undefined;
      const line = this.#lines.gap(batch.lostBefore, this.#sinceLast(batch), name);
      this.#text(`${line}\n`);
    }
    this.#lastSeconds[id] = seconds;
    this.#lastNanoseconds[id] = nanoseconds;
    const place = this.#place?.of(batch, interfaces) ?? '';
    const lines = this.#lines;
    this.#makeRoom(place.length * mostBytesPerUnit + lines.mostBytes);
    if (place !== '') this.#text(place);
    this.#at = lines.write(number, batch, interfaces[id]!.linkType, this.#buffer, this.#at);
    if (performance.now() - this.#writtenAtMs >= writeAfterMs) this.flush();
  }

  /** Writes what has been gathered. */
  flush(): void {
    this.#writtenAtMs = performance.now();
    if (this.#at === 0) return;
    const lines = this.#buffer.subarray(0, this.#at);
    // A stream may write later: the bytes are its own from here on.
    this.#buffer = new Uint8Array(bufferBytes);
    this.#at = 0;
    this.#write(lines);
  }

  /** Time since the interface's last frame, in nanoseconds; undefined: it had none. */
  #sinceLast({ interfaceId, seconds, nanoseconds }: FrameBatch): bigint | undefined {
    const lastSeconds = this.#lastSeconds[interfaceId];
    if (lastSeconds === undefined) return undefined;
    const lastNanoseconds = this.#lastNanoseconds[interfaceId]!;
    return BigInt(seconds - lastSeconds) * nsPerSecond + BigInt(nanoseconds - lastNanoseconds);
  }

  #text(text: string): void {
    const bytes = this.#encoder.encode(text);
    this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** For lines, which are short beside the buffer. */
  #makeRoom(byteCount: number): void {
    if (this.#at + byteCount > this.#buffer.length) this.flush();
  }
}
