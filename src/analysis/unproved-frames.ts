/** Frames that followed on all before them, until an acknowledgment proves when they were sent. */

/** A power of two: more than are under way in nearly every connection. */
const MOST_FRAMES = 64;

/**
 * The last 64 of them, by the position after their bytes. Where there are more, the oldest is forgotten:
 * then an older frame is taken for the last proved one, which is never wrong.
 */
export class UnprovedFrames {
  #ends: Float64Array | undefined;
  #frames: Float64Array | undefined;
  #first = 0;
  #after = 0;

  /** Adds a frame; `end` is beyond all before. */
  add(end: number, frame: number): void {
    this.#ends ??= new Float64Array(MOST_FRAMES);
    this.#frames ??= new Float64Array(MOST_FRAMES);
    const slot = this.#after & (MOST_FRAMES - 1);
    this.#ends[slot] = end;
    this.#frames[slot] = frame;
    this.#after += 1;
    if (this.#after - this.#first > MOST_FRAMES) this.#first += 1;
  }

  /** Forgets the frames that end at `position` or before it; returns the last one's number, 0 for none. */
  takeBefore(position: number): number {
    let frame = 0;
    while (this.#first < this.#after) {
      const slot = this.#first & (MOST_FRAMES - 1);
      if (this.#ends![slot]! > position) break;
      frame = this.#frames![slot]!;
      this.#first += 1;
    }
    return frame;
  }
}
