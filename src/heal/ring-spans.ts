/**
 * Where losses of one ring lie among frames of others.
 *
 * With several rings an interface's loss is recorded at the next frame of its ring. Between that and the ring's last frame
 * lie frames of other rings, and how many were lost before each of these isn't known. Such a frame is *open*: from the
 * frames before it to it, losses don't add up. From one frame that isn't open to another they do.
 *
 * Of a group of bounded losses only the sum is known: between the frames before its first place and its last one
 * losses don't add up either. Whoever is to tell losses by sums takes a group as one span.
 */

import type { Loss } from '../core/loss.js';

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

/** A run of open frames: those whose numbers lie between these, both left out. */
interface Span {
  readonly from: number;
  to: number;
}

/** The places of a group of bounded losses. */
interface GroupSpan extends Span {
  /** Whether frames of several rings were seen before its last place. */
  isAmongRings: boolean;
}

/** Runs of open frames of one interface: 16 bytes for each, none for an interface with one ring. */
export class RingSpans {
  /** Frames whose numbers lie between these, both left out, are open. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  /** The last frame of each ring but `#ring`, whose last one is the interface's. */
  readonly #lastOf = new Map<number, number>();
  readonly #groups = new Map<number, GroupSpan>();
  #ring: number = NO_RING;
  #last = 0;

  /** Takes note of the interface's next frame, and of the loss before it. */
  book(ring: number, frameNumber: number, loss: Pick<Loss, 'group'> | undefined): void {
    const before = (ring === this.#ring ? this.#last : this.#lastOf.get(ring)) ?? 0;
    if (ring !== this.#ring) {
      this.#lastOf.set(this.#ring, this.#last);
      this.#ring = ring;
      if (loss !== undefined && this.#last > 0) this.#add(before, frameNumber);
    }
    if (loss?.group !== undefined) this.#bookGroup(loss.group, before, frameNumber);
    this.#last = frameNumber;
  }

  /**
   * Ends the interface.
   *
   * @param lostBehind how many frames were lost behind a ring's last one; undefined: nobody knows
   * @param finalGroup the group that the loss behind the last frame is of: its places are never all seen
   */
  end(lostBehind: (ring: number) => number | undefined, finalGroup: number | undefined): void {
    if (finalGroup !== undefined) this.#groups.delete(finalGroup);
    for (const [ring, last] of this.#lastOf) {
      if (last === 0 || ring === this.#ring || lostBehind(ring) === 0) continue;
      this.#add(last, Number.POSITIVE_INFINITY);
    }
  }

  /** Somebody who goes through the frames. */
  reader(): SpanReader {
    return readerOf(this.#from, this.#to);
  }

  /** Somebody who goes through the frames, and to whom those of a group of bounded losses are open as well. */
  groupReader(): SpanReader {
    const spans: Span[] = this.#from.map((from, i) => ({ from, to: this.#to[i]! }));
    for (const { from, to, isAmongRings } of this.#groups.values()) {
      if (isAmongRings) spans.push({ from, to });
    }
    spans.sort((one, other) => one.from - other.from);
    const apart: Span[] = [];
    for (const span of spans) {
      const last = apart.at(-1);
      if (last !== undefined && last.to > span.from) last.to = Math.max(last.to, span.to);
      else apart.push(span);
    }
    return readerOf(
      apart.map(({ from }) => from),
      apart.map(({ to }) => to),
    );
  }

  // While all frames are of one ring, what was lost before each of a group's frames is known once what comes after is.
  #bookGroup(group: number, from: number, to: number): void {
    const known = this.#groups.get(group);
    if (known === undefined) {
      this.#groups.set(group, { from, to, isAmongRings: false });
      return;
    }
    known.to = to;
    known.isAmongRings = [...this.#lastOf].some(([ring, last]) => last > 0 && ring !== this.#ring);
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

function readerOf(from: readonly number[], to: readonly number[]): SpanReader {
  let at = 0;
  const advance = (frameNumber: number): void => {
    while (at < to.length && to[at]! < frameNumber) at++;
  };
  return {
    isOpen: (frameNumber) => {
      advance(frameNumber);
      return at < to.length && frameNumber > from[at]! && frameNumber < to[at]!;
    },
    isEnd: (frameNumber) => {
      advance(frameNumber);
      return to[at] === frameNumber;
    },
  };
}
