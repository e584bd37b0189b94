/**
 * The law of conservation as a pure function: no frame appears from nowhere, none vanishes uncounted.
 *
 *     received = delivered + dropped + unread          dropped = sum of gaps + final gap
 *
 * The second line defines the final gap, so what can be checked of it is that it isn't negative, or
 * that it is what the source counted itself where it did.
 */

import { AccountingError } from '../core/errors.js';

/** Every number of one interface that takes part in the law; undefined where nobody counted it. */
export interface Balance {
  /** The interface's name or number, for the message. */
  readonly interface: string;
  /** Frames the kernel tried to give to the socket, after the filter, dropped ones included. */
  readonly received: number | undefined;
  /** Frames that reached the process (or lie in the file). */
  readonly delivered: number;
  /** Received, then discarded because queue or ring was full. */
  readonly dropped: number | undefined;
  /** Still in queue or ring when the socket was closed. */
  readonly unread: number | undefined;
  /** Sum of the gaps that have a place before some frame; the final gap isn't in it. */
  readonly placed: number;
  /**
   * What the source itself counted after the last frame, where it did: then it must be what is left
   * of the dropped ones. Undefined: nobody counted, so what is left is the final gap.
   */
  readonly lostAfter?: number | undefined;
}

/**
 * Checks the law as far as the numbers are known.
 *
 * With `received` and `dropped` but no `unread`, what can be checked is that the rest isn't
 * negative. Cost: nothing worth mentioning; meant for the end of a capture, not for each frame.
 *
 * @returns undefined where the law holds, else the error (code `LEDGER_MISMATCH`) that says which
 *   line fails, with every number; in its fields NaN stands for a number that nobody counted
 */
export function findViolation(balance: Balance): AccountingError | undefined {
  const { received, delivered, dropped, unread, placed, lostAfter } = balance;
  for (const count of [received, delivered, dropped, unread, placed, lostAfter]) {
    if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) {
      return mismatch(balance, `${count} is no count of frames`);
    }
  }
  if (dropped !== undefined && placed > dropped) {
    return mismatch(
      balance,
      `the gaps hold ${placed} frames, ${placed - dropped} more than the ${dropped} dropped`,
    );
  }
  if (dropped !== undefined && lostAfter !== undefined && placed + lostAfter !== dropped) {
    return mismatch(
      balance,
      `the gaps hold ${placed} frames and ${lostAfter} were lost after the last one, ` +
        `but ${dropped} were dropped`,
    );
  }
  if (received === undefined || dropped === undefined) return undefined;
  const rest = received - delivered - dropped;
  if (unread === undefined ? rest >= 0 : rest === unread) return undefined;
  const sum = delivered + dropped + (unread ?? 0);
  const difference =
    sum > received ? `${sum - received} too many` : `${received - sum} frames vanished uncounted`;
  return mismatch(
    balance,
    `${received} received, but delivered + dropped + unread make ${sum}: ${difference}`,
  );
}

/** What is left of the dropped frames after the gaps that have a frame after them. */
export function finalGap(dropped: number, placed: number): number {
  return dropped - placed;
}

function mismatch(balance: Balance, what: string): AccountingError {
  const told = (count: number | undefined): string =>
    count === undefined ? 'unknown' : `${count}`;
  return new AccountingError(
    'LEDGER_MISMATCH',
    `The frame counts of ${balance.interface} don't add up: ${what} (received ` +
      `${told(balance.received)}, delivered ${balance.delivered}, dropped ${told(balance.dropped)}, ` +
      `unread ${told(balance.unread)}, in gaps ${balance.placed}). ` +
      "Don't rely on the gaps of this interface.",
    {
      interface: balance.interface,
      received: balance.received ?? Number.NaN,
      delivered: balance.delivered,
      dropped: balance.dropped ?? Number.NaN,
      unread: balance.unread ?? Number.NaN,
      hint: 'Check whether another process reads the statistics of the same socket, or whether the file was edited.',
    },
  );
}
