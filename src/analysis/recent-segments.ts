/** The last data segments of a stream: for recognising a frame that was captured twice. */

import type { TcpSegment } from './tcp-segment.js';

const SLOTS = 32;

/** Copies without a number of their own are copies only so soon after, in nanoseconds. */
const COPY_LIMIT_NS = 3_000_000;

/** Bounded memory of segments: sequence number, fingerprint, frame, time. */
export class RecentSegments {
  readonly #sequences = new Int32Array(SLOTS);
  readonly #fingerprints = new Int32Array(SLOTS);
  readonly #frames = new Float64Array(SLOTS);
  readonly #seconds = new Float64Array(SLOTS);
  readonly #nanoseconds = new Float64Array(SLOTS);
  #at = 0;

  /** Notes a segment in the place of the oldest. */
  add(segment: TcpSegment): void {
    const at = this.#at;
    this.#sequences[at] = segment.sequence;
    this.#fingerprints[at] = segment.fingerprint;
    this.#frames[at] = segment.frame;
    this.#seconds[at] = segment.seconds;
    this.#nanoseconds[at] = segment.nanoseconds;
    this.#at = (at + 1) % SLOTS;
  }

  /** Whether one of the last segments was the same packet. */
  hasCopyOf(segment: TcpSegment): boolean {
    const sequence = segment.sequence | 0;
    for (let i = 0; i < SLOTS; i += 1) {
      const same =
        this.#sequences[i] === sequence &&
        this.#fingerprints[i] === segment.fingerprint &&
        this.#frames[i]! > 0;
      if (!same) continue;
      // Packets of a sender that numbers them are the same at any time.
      if (segment.identification >= 0) return true;
      const since = segment.nanosecondsSince(this.#seconds[i]!, this.#nanoseconds[i]!);
      if (since < COPY_LIMIT_NS) return true;
    }
    return false;
  }

  /** The frame of the latest segment that starts at the same sequence number; 0: none remembered. */
  frameOf(sequence32: number): number {
    let frame = 0;
    for (let i = 0; i < SLOTS; i += 1) {
      if (this.#sequences[i] === (sequence32 | 0)) frame = Math.max(frame, this.#frames[i]!);
    }
    return frame;
  }
}
