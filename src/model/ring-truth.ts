/** What really happened in a modelled ring: where each frame went. No reader can see this. */

/** Gets each frame's fate at the moment the ring decides it. */
export interface RingObserver {
  /**
   * A frame went into a block.
   *
   * @param frame its number among all frames that arrived, from 1
   * @param block the block's sequence number, from 1
   * @param capturedLength bytes of it that are kept
   */
  accepted(frame: number, block: number, timeNs: number, capturedLength: number): void;
  /**
   * A frame was dropped.
   *
   * @param boundary the block after which it is missing: boundary k lies between the blocks k and
   *   k + 1
   */
  dropped(frame: number, boundary: number, timeNs: number): void;
}

/**
 * The whole truth, kept in memory: for tests and short runs.
 *
 * Memory grows with the number of frames.
 */
export class RingTruth implements RingObserver {
  readonly #lost = new Map<number, number>();
  readonly #frames = new Map<number, number[]>();
  #accepted = 0;
  #dropped = 0;
  #lastBlock = 0;

  accepted(frame: number, block: number): void {
    const frames = this.#frames.get(block);
    if (frames === undefined) this.#frames.set(block, [frame]);
    else frames.push(frame);
    this.#lastBlock = Math.max(this.#lastBlock, block);
    this.#accepted++;
  }

  dropped(_frame: number, boundary: number): void {
    this.#lost.set(boundary, this.lostAt(boundary) + 1);
    this.#dropped++;
  }

  /** Frames that went into a block. */
  get acceptedCount(): number {
    return this.#accepted;
  }

  /** Frames dropped, counted when the decision fell, not when the counter went up. */
  get droppedCount(): number {
    return this.#dropped;
  }

  /** Frames dropped between the blocks `boundary` and `boundary` + 1. */
  lostAt(boundary: number): number {
    return this.#lost.get(boundary) ?? 0;
  }

  /** Every boundary at which frames were dropped, with their number. */
  get losses(): ReadonlyMap<number, number> {
    return this.#lost;
  }

  /** The numbers of the frames in a block, in the order of their slots. */
  framesIn(block: number): readonly number[] {
    return this.#frames.get(block) ?? [];
  }

  /** The last block that holds a frame; 0 while none does. */
  get lastBlock(): number {
    return this.#lastBlock;
  }

  /** Frames dropped after the last frame that went into a block. */
  get finalGap(): number {
    let lost = 0;
    for (const [boundary, count] of this.#lost) if (boundary >= this.#lastBlock) lost += count;
    return lost;
  }
}
