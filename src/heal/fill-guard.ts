/**
 * The last word on a frame before it is filled in: whether it can't be in the capture already, nor come
 * from another source a second time. Neither is judged by clocks.
 *
 * 1. A frame whose place is *sure* (see `Alignment`) is one that was lost. It may look like any other.
 * 2. Any other frame must have a content that the whole capture has nowhere: then it was lost. Which
 *    gap it belongs to is a matter of time, so clocks must agree about there.
 * 3. Of a source whose traffic fits the capture in another order as well, nothing is filled in.
 * 4. What one source has filled in, no other fills in, nor what looks like it. A source that fills gaps
 *    of two interfaces, of two sections say, is two sources here.
 */

import type { ClockFit } from './clock-fit.js';
import type { ContentCounts } from './content-counts.js';
import type { GapReason, HeldFrame } from './held-frame.js';

/** What is asked of a frame: its content and its time, by the healed capture's clock. */
type FrameToFill = Pick<HeldFrame, 'key' | 'time'>;

const FIRST_SLOTS = 1 << 12;
const MOST_SLOTS = 1 << 22;

/**
 * Contents that were filled in, and by which source, in an open hash table: 12 bytes for each at least, 36
 * MiB at most. What it has no room for, nobody fills in.
 */
export class FillClaims {
  #keys = new Float64Array(FIRST_SLOTS);
  #sources = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  /** Claims a content for a source, from 1; false where it is another's. */
  claim(key: number, source: number): boolean {
    let slot = this.#slotOf(key);
    const known = this.#sources[slot]!;
    if (known !== 0) return known === source;
    if (this.#size * 4 >= this.#keys.length * 3) {
      if (this.#keys.length >= MOST_SLOTS) return false;
      this.#grow();
      slot = this.#slotOf(key);
    }
    this.#keys[slot] = key;
    this.#sources[slot] = source;
    this.#size++;
    return true;
  }

  /** Whether a content is nobody's yet, or that source's. */
  isFreeFor(key: number, source: number): boolean {
    const known = this.#sources[this.#slotOf(key)]!;
    return known === 0 || known === source;
  }

  /** The slot that has a key, or would. */
  #slotOf(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = (key / 0x80) & mask;
    while (this.#sources[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const sources = this.#sources;
    this.#keys = new Float64Array(keys.length * 2);
    this.#sources = new Uint32Array(keys.length * 2);
    for (const [i, source] of sources.entries()) {
      if (source === 0) continue;
      const slot = this.#slotOf(keys[i]!);
      this.#keys[slot] = keys[i]!;
      this.#sources[slot] = source;
    }
  }
}

/** Where a source and what it fills stand among others. */
export interface FillPlace {
  /** The interface whose gaps are filled, and all those of the capture. */
  readonly interfaceId: number;
  readonly interfaceIds: readonly number[];
  /** The number of the source, from 1, and what all of them fill in; undefined: there is one. */
  readonly source: number;
  readonly claims: FillClaims | undefined;
  /** How its clock fits; where its traffic is replayed nothing of it is filled in. */
  readonly clock: Pick<ClockFit, 'isReplayed' | 'isSteadyAt'>;
}

/** What one source may fill into one interface of a capture. */
export class FillGuard {
  readonly #contents: ContentCounts;
  readonly #place: FillPlace;

  constructor(contents: ContentCounts, place: FillPlace) {
    this.#contents = contents;
    this.#place = place;
  }

  /** Why it refuses frames. */
  get reason(): GapReason {
    return this.#place.clock.isReplayed ? 'replayed' : 'not proved';
  }

  /** Whether the capture has a frame of this content on the interface, and no second one anywhere. */
  isUnique(key: number): boolean {
    const { interfaceId, interfaceIds, clock } = this.#place;
    if (clock.isReplayed) return false;
    return interfaceIds.every(
      (id) => this.#contents.countOf(id, key) === (id === interfaceId ? 1 : 0),
    );
  }

  /** Whether the capture has no frame of this content anywhere. */
  isNew(key: number): boolean {
    return this.#place.interfaceIds.every((id) => this.#contents.countOf(id, key) === 0);
  }

  /**
   * Whether a frame may be filled in; it is then taken as filled in.
   *
   * @param isSure whether its place is
   */
  admit(frame: FrameToFill, isSure: boolean): boolean {
    const { claims, source } = this.#place;
    return this.#isFit(frame, isSure) && (claims?.claim(frame.key, source) ?? true);
  }

  /** The same of several frames whose places aren't sure, all or none; of none, none is taken. */
  admitAll(frames: readonly FrameToFill[]): boolean {
    const { claims, source } = this.#place;
    const areFit = frames.every(
      (frame) => this.#isFit(frame, false) && (claims?.isFreeFor(frame.key, source) ?? true),
    );
    return areFit && frames.every((frame) => this.admit(frame, false));
  }

  #isFit({ key, time }: FrameToFill, isSure: boolean): boolean {
    const { clock } = this.#place;
    if (clock.isReplayed) return false;
    return isSure || (this.isNew(key) && clock.isSteadyAt(time));
  }
}
