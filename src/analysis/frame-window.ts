/** The last frames of a capture, kept for whoever learns later that they were of interest. */

import type { FrameBatch } from '../core/frame.js';
import type { Dissection } from '../headers/dissection.js';

/** Bytes kept of each frame: enough for Ethernet, two VLAN tags, IPv6 with extensions, and TCP. */
const HEADER_BYTES = 128;
const HEADER_WORDS = HEADER_BYTES / 4;

/**
 * A ring of the last frames: time, lengths, interface and the first 128 bytes of each.
 *
 * Allocates nothing while frames are added. A frame is named by its number in the file and can be
 * asked for while at most `capacity − 1` frames came after it.
 */
export class FrameWindow {
  /** How many frames the window holds. */
  readonly capacity: number;
  readonly #mask: number;
  readonly #headers: Uint8Array;
  readonly #words: Int32Array;
  readonly #seconds: Uint32Array;
  /** −1 where the frame has no time. */
  readonly #nanoseconds: Int32Array;
  readonly #capturedLengths: Uint32Array;
  readonly #originalLengths: Float64Array;
  readonly #interfaceIds: Uint32Array;
  readonly #linkTypes: Uint32Array;

  /** @param capacity frames to hold; a power of two */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#mask = capacity - 1;
    this.#headers = new Uint8Array(capacity * HEADER_BYTES);
    this.#words = new Int32Array(this.#headers.buffer);
    this.#seconds = new Uint32Array(capacity);
    this.#nanoseconds = new Int32Array(capacity);
    this.#capturedLengths = new Uint32Array(capacity);
    this.#originalLengths = new Float64Array(capacity);
    this.#interfaceIds = new Uint32Array(capacity);
    this.#linkTypes = new Uint32Array(capacity);
  }

  /**
   * Takes the frame that the batch stands on. Cost: some tens of nanoseconds.
   *
   * @param number its number in the file; one more than that of the frame before it
   */
  add(
    batch: FrameBatch & { readonly hasTimestamp?: boolean },
    number: number,
    linkType: number,
  ): void {
    const slot = number & this.#mask;
    this.#seconds[slot] = batch.seconds;
    this.#nanoseconds[slot] = batch.hasTimestamp === false ? -1 : batch.nanoseconds;
    this.#capturedLengths[slot] = batch.capturedLength;
    this.#originalLengths[slot] = batch.originalLength;
    this.#interfaceIds[slot] = batch.interfaceId;
    this.#linkTypes[slot] = linkType;
    const { byteOffset } = batch;
    const length = Math.min(batch.capturedLength, HEADER_BYTES);
    if ((byteOffset & 3) === 0) {
      const { words } = batch;
      const from = byteOffset >>> 2;
      const to = slot * HEADER_WORDS;
      const count = (length + 3) >>> 2;
      for (let i = 0; i < count; i++) this.#words[to + i] = words[from + i]!;
    } else {
      const { bytes } = batch;
      const to = slot * HEADER_BYTES;
      for (let i = 0; i < length; i++) this.#headers[to + i] = bytes[byteOffset + i]!;
    }
  }

  /** The interface of a frame that is in the window. */
  interfaceId(number: number): number {
    return this.#interfaceIds[number & this.#mask]!;
  }

  /** Bytes that a frame in the window had on the wire. */
  originalLength(number: number): number {
    return this.#originalLengths[number & this.#mask]!;
  }

  /** Time of a frame in the window, in nanoseconds since 1970-01-01 UTC; undefined: it has none. */
  timeNs(number: number): bigint | undefined {
    const slot = number & this.#mask;
    const nanoseconds = this.#nanoseconds[slot]!;
    if (nanoseconds < 0) return undefined;
    return BigInt(this.#seconds[slot]!) * 1_000_000_000n + BigInt(nanoseconds);
  }

  /** Opens a frame that is in the window; what is beyond its kept bytes counts as truncated. */
  dissect(number: number, dissection: Dissection): void {
    const slot = number & this.#mask;
    dissection.dissect(
      this.#headers,
      slot * HEADER_BYTES,
      Math.min(this.#capturedLengths[slot]!, HEADER_BYTES),
      this.#originalLengths[slot]!,
      this.#linkTypes[slot]!,
    );
  }
}
