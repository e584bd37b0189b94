/**
 * Where losses of one ring lie among frames of others.
 *
 * With several rings an interface's loss is recorded at the next frame of its ring. Between that and the ring's last frame
 * lie frames of other rings, and how many were lost before each of these isn't known. Such a frame is *open*: from the
 * frames before it to it, losses don't add up. From one frame that isn't open to another they do.
 */

/** The ring of frames that name none. */
export const NO_RING = -1;

/** What a frame's number says of it. */
export interface SpanReader {
  /** Whether a loss that is recorded at a later frame may lie before this one; cheap for numbers that go up. */
  isOpen(frameNumber: number): boolean;
  /** Whether such losses end with this frame. */
  isEnd(frameNumber: number): boolean;
}

/** What is noted of a frame; see `HeldFrame`. */
interface MarkedFrame {
  readonly frameNumber: number;
  ring: number | undefined;
  isOpen: boolean;
  endsSpan: boolean;
}

/** Takes note of a frame's ring, and of what that says of the losses before it. */
export function markRing(frame: MarkedFrame, spans: SpanReader, queue: number | undefined): void {
  frame.ring = queue ?? NO_RING;
  frame.isOpen = spans.isOpen(frame.frameNumber);
  frame.endsSpan = spans.isEnd(frame.frameNumber);
}

/** Runs of open frames of one interface: 16 bytes for each, none for an interface with one ring. */
export class RingSpans {
  /** Frames whose numbers lie between these, both left out, are open. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  /** The last frame of each ring but `#ring`, whose last one is the interface's. */
  readonly #lastOf = new Map<number, number>();
  #ring: number = NO_RING;
  #last = 0;

  /** Takes note of the interface's next frame. */
  book(ring: number, frameNumber: number, isAfterLoss: boolean): void {
    if (ring !== this.#ring) {
      this.#lastOf.set(this.#ring, this.#last);
      this.#ring = ring;
      if (isAfterLoss && this.#last > 0) this.#add(this.#lastOf.get(ring) ?? 0, frameNumber);
    }
    this.#last = frameNumber;
  }

  /**
   * Ends the interface.
   *
   * @param lostBehind how many frames were lost behind a ring's last one; undefined: nobody knows
   */
  end(lostBehind: (ring: number) => number | undefined): void {
    for (const [ring, last] of this.#lastOf) {
      if (last === 0 || ring === this.#ring || lostBehind(ring) === 0) continue;
      this.#add(last, Number.POSITIVE_INFINITY);
    }
  }

  /** Somebody who goes through the frames. */
  reader(): SpanReader {
    let at = 0;
    const advance = (frameNumber: number): void => {
      while (at < this.#to.length && this.#to[at]! < frameNumber) at++;
    };
    return {
      isOpen: (frameNumber) => {
        advance(frameNumber);
        return at < this.#to.length && frameNumber > this.#from[at]! && frameNumber < this.#to[at]!;
      },
      isEnd: (frameNumber) => {
        advance(frameNumber);
        return this.#to[at] === frameNumber;
      },
    };
  }

  #add(from: number, to: number): void {
    let first = from;
    while (this.#to.length > 0 && this.#to.at(-1)! > from) {
      first = Math.min(first, this.#from.at(-1)!);
      this.#from.pop();
      this.#to.pop();
    }
    this.#from.push(first);
    this.#to.push(to);
  }
}
