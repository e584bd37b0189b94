/**
 * The last word on a frame before it is filled in: whether it can't be in the capture already, nor come
 * from another source a second time. Neither is judged by clocks.
 *
 * 1. A frame whose place is *sure* (see `Alignment`) is one that was lost. It may look like any other.
 * 2. Any other frame must have a content that the whole capture has nowhere. Then it was lost,
 *    wherever it belongs.
 * 3. Of a content that one source has filled in by the second rule, no other source fills in another
 *    frame, and by the second rule none of what another source has filled in by either.
 */

import type { ContentCounts } from './content-counts.js';
import type { HeldFrame } from './held-frame.js';

const CLAIM_SLOTS = 1 << 22;
/** A slot: 0, or the donor's number and whether all it has filled in had a sure place. */
const SURE = 1;
const SEVERAL = 0xfe;
const MOST_DONORS = 126;

/** The contents of a capture, and what was filled into one of its interfaces. */
export class FillGuard {
  readonly #contents: ContentCounts;
  readonly #interfaceId: number;
  readonly #interfaceIds: readonly number[];
  readonly #claims: Uint8Array | undefined;

  /**
   * @param interfaceIds all interfaces of the capture
   * @param donors how many captures fill gaps of the interface
   */
  constructor(
    contents: ContentCounts,
    interfaceId: number,
    interfaceIds: readonly number[],
    donors: number,
  ) {
    this.#contents = contents;
    this.#interfaceId = interfaceId;
    this.#interfaceIds = interfaceIds;
    this.#claims = donors > 1 ? new Uint8Array(CLAIM_SLOTS) : undefined;
  }

  /** Whether the interface has a frame of this content once, and no second one. */
  isUnique(key: number): boolean {
    return this.#contents.countOf(this.#interfaceId, key) === 1;
  }

  /**
   * Whether a frame may be filled in; it is then taken as filled in.
   *
   * @param isSure whether its place is
   */
  admit({ key, donor }: HeldFrame, isSure: boolean): boolean {
    if (!isSure && this.#interfaceIds.some((id) => this.#contents.countOf(id, key) > 0)) {
      return false;
    }
    const claims = this.#claims;
    if (claims === undefined) return true;
    const slot = ((key / 0x80) | 0) & (CLAIM_SLOTS - 1);
    const known = claims[slot]!;
    const own = Math.min(donor, MOST_DONORS) * 2;
    const isAnothers = known !== 0 && ((known & ~SURE) !== own || donor >= MOST_DONORS);
    if (isAnothers && !(isSure && (known & SURE) !== 0)) return false;
    const isAllSure = isSure && (known === 0 || (known & SURE) !== 0);
    claims[slot] = (isAnothers ? SEVERAL : own) | (isAllSure ? SURE : 0);
    return true;
  }
}
