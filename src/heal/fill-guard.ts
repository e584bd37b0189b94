/**
 * The last word on a frame before it is filled in: whether it can't be in the capture already, nor come
 * from another source a second time. Neither is judged by clocks.
 *
 * 1. A frame whose place is *sure* (see `Alignment`) is one that was lost. It may look like any other.
 * 2. Any other frame must have a content that the whole capture has nowhere. Then it was lost,
 *    wherever it belongs.
 * 3. Of a content that one source has filled in by the second rule, no other source fills in another
 *    frame, and by the second rule none of what another source has filled in by either. A source that
 *    fills gaps of two interfaces, of two sections say, is two sources here.
 */

import type { ContentCounts } from './content-counts.js';
import type { HeldFrame } from './held-frame.js';

const CLAIM_SLOTS = 1 << 22;
/** A slot: 0, or the source's number and whether all it has filled in had a sure place. */
const SURE = 1;
const SEVERAL = 0xfe;
/** Sources with greater numbers are taken for others even of themselves. */
const MOST_SOURCES = 126;

/** What was filled in so far, of all sources; may take contents for others, which fills in less. */
export type FillClaims = Uint8Array;

/** Claims that nobody has made yet. */
export function newFillClaims(): FillClaims {
  return new Uint8Array(CLAIM_SLOTS);
}

/** Where a source and what it fills stand among others. */
export interface FillPlace {
  /** The interface whose gaps are filled, and all those of the capture. */
  readonly interfaceId: number;
  readonly interfaceIds: readonly number[];
  /** The number of the source, from 1, and what all of them fill in; undefined: there is one. */
  readonly source: number;
  readonly claims: FillClaims | undefined;
}

/** What one source may fill into one interface of a capture. */
export class FillGuard {
  readonly #contents: ContentCounts;
  readonly #place: FillPlace;

  constructor(contents: ContentCounts, place: FillPlace) {
    this.#contents = contents;
    this.#place = place;
  }

  /** Whether the interface has a frame of this content once, and no second one. */
  isUnique(key: number): boolean {
    return this.#contents.countOf(this.#place.interfaceId, key) === 1;
  }

  /**
   * Whether a frame may be filled in; it is then taken as filled in.
   *
   * @param isSure whether its place is
   */
  admit({ key }: HeldFrame, isSure: boolean): boolean {
    const { interfaceIds, claims, source } = this.#place;
    if (!isSure && interfaceIds.some((id) => this.#contents.countOf(id, key) > 0)) return false;
    if (claims === undefined) return true;
    const slot = ((key / 0x80) | 0) & (CLAIM_SLOTS - 1);
    const known = claims[slot]!;
    const own = Math.min(source, MOST_SOURCES) * 2;
    const isAnothers = known !== 0 && ((known & ~SURE) !== own || source >= MOST_SOURCES);
    if (isAnothers && !(isSure && (known & SURE) !== 0)) return false;
    const isAllSure = isSure && (known === 0 || (known & SURE) !== 0);
    claims[slot] = (isAnothers ? SEVERAL : own) | (isAllSure ? SURE : 0);
    return true;
  }
}
