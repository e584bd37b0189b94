/** How long the frames of modelled traffic are. */

import { ArgumentError } from '../core/errors.js';
import type { Random } from './random.js';

/** One length of a mix, and how often it comes against the others. */
export interface WeightedLength {
  /** Bytes as captured, that is without the frame check sequence. */
  readonly length: number;
  /** Any number above 0. */
  readonly weight: number;
}

/** Frames of one length, the Internet mix, or a mix of one's own. */
export type FrameSizes =
  | { readonly kind: 'fixed'; readonly length: number }
  | { readonly kind: 'imix' }
  | { readonly kind: 'mix'; readonly lengths: readonly WeightedLength[] };

/**
 * The "simple IMIX" 7 : 4 : 1 of 64, 594 and 1518 bytes on the wire, each less the 4 bytes of the
 * frame check sequence, which a capture doesn't see. RFC 6985 describes how mixes are named.
 */
export const IMIX: readonly WeightedLength[] = [
  { length: 60, weight: 7 },
  { length: 590, weight: 4 },
  { length: 1514, weight: 1 },
];

/**
 * A function that gives the length of each next frame.
 *
 * @throws {ArgumentError} `BAD_FRAME_LENGTH`, `BAD_WEIGHT`
 */
export function frameLengths(sizes: FrameSizes, random: Random): () => number {
  if (sizes.kind === 'fixed') {
    checkLength(sizes.length);
    const { length } = sizes;
    return () => length;
  }
  const mix = sizes.kind === 'imix' ? IMIX : sizes.lengths;
  let total = 0;
  const bounds = mix.map(({ length, weight }) => {
    checkLength(length);
    if (!(weight > 0) || !Number.isFinite(weight)) {
      throw new ArgumentError(
        'BAD_WEIGHT',
        `A mix of frames can't hold ${length} bytes with weight ${weight}. Give a weight above 0.`,
        { argument: 'weight', value: weight, expected: 'above 0' },
      );
    }
    total += weight;
    return total;
  });
  if (mix.length === 0) {
    throw new ArgumentError('BAD_WEIGHT', 'A mix of frames needs at least one length. Give one.', {
      argument: 'lengths',
      value: mix,
      expected: 'at least one length',
    });
  }
  return () => {
    const at = random.nextFraction() * total;
    let i = 0;
    while (at >= bounds[i]! && i < mix.length - 1) i++;
    return mix[i]!.length;
  };
}

function checkLength(length: number): void {
  if (Number.isInteger(length) && length >= 1 && length <= 0xffff_ffff) return;
  throw new ArgumentError(
    'BAD_FRAME_LENGTH',
    `A frame can't have ${length} bytes. Give a whole number from 1.`,
    { argument: 'length', value: length, expected: 'a whole number from 1' },
  );
}
