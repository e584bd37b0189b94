/**
 * What a copy of a capture says in the comments of its statistics blocks, as sentences with a fixed
 * form: people can read them, and `interpretStatistics` reads them back.
 *
 * A statistics block keeps the numbers of the capture it comes from. Where frames of that capture
 * were left out on purpose, the block says how many, so that nobody takes them for lost ones.
 */

const LEFT_OUT = /^gapcap: frames left out of this copy on purpose: (\d{1,16})$/;
const LOSSES_PLACED = 'gapcap: every loss before the last frame is recorded where it happened';

/** The comment that says how many of the delivered frames the copy doesn't have. */
export function encodeLeftOut(count: number): string {
  return `gapcap: frames left out of this copy on purpose: ${count}`;
}

/** Reads a comment made by `encodeLeftOut`; undefined for any other text. */
export function tryParseLeftOut(text: string): number | undefined {
  const match = LEFT_OUT.exec(text);
  if (match === null) return undefined;
  const count = Number(match[1]);
  return Number.isSafeInteger(count) ? count : undefined;
}

/**
 * The comment by which a copy passes on that the capture's writer placed every loss that a frame
 * follows, where the copy itself wouldn't show it.
 */
export function encodeLossesPlaced(): string {
  return LOSSES_PLACED;
}

/** Whether a comment is that of `encodeLossesPlaced`. */
export function saysLossesPlaced(text: string): boolean {
  return text === LOSSES_PLACED;
}
