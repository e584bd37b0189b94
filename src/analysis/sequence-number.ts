/**
 * TCP sequence numbers, which wrap at 2^32, as positions in a stream, which don't.
 *
 * A position is a whole number that counts bytes from an origin of the stream's own. It is found from
 * one sequence number whose position is known, by the nearer of the two ways around the circle
 * (RFC 9293 §3.4: comparisons are modulo 2^32).
 */

/**
 * How far `to32` lies after `from32` on the circle of sequence numbers.
 *
 * @returns −2^31 … 2^31 − 1; negative where it lies before
 */
export function sequenceDistance(from32: number, to32: number): number {
  return (to32 - from32) | 0;
}

/**
 * The position of a sequence number, given another one and its position. Right while the two are
 * less than 2^31 bytes apart; a window holds at most 2^30 (RFC 7323 §2.3).
 */
export function positionOf(sequence32: number, known32: number, knownPosition: number): number {
  return knownPosition + sequenceDistance(known32, sequence32);
}
