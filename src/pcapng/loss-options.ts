/**
 * How a loss is kept on the frame that follows it.
 *
 * epb_dropcount carries the number, which every reader understands. The format has no word for a
 * number whose place is only bounded, so that goes into the frame's comment, as one sentence with a
 * fixed form that people can read and `tryParseLossComment` can read back.
 */

import { ArgumentError } from '../core/errors.js';
import { exactLoss, type Loss } from '../core/loss.js';

/** How every comment that `encodeLossComment` makes begins; no other comment is worth parsing. */
export const LOSS_COMMENT_PREFIX = 'gapcap: bounded, ';

const LOSS_COMMENT =
  /^gapcap: bounded, at least (\d{1,16}) and at most (\d{1,16}) frames lost here; the sum over group (\d{1,16}) is exact$/;

/** What a frame's comment says of a bounded loss. */
export interface LossBounds {
  /** The loss before this frame is at least this. */
  readonly atLeast: number;
  /** The loss before this frame is at most this. */
  readonly atMost: number;
  /** The group, numbered from 1 per interface, over which the sum of the counts is exact. */
  readonly group: number;
}

/**
 * The comment that says how far a loss is known; undefined where it is exact and needs none.
 *
 * @throws {ArgumentError} `BAD_CERTAINTY` for a loss that no counter saw (`inferred`) or that has no
 *   place (`unplaced`): neither may be written as epb_dropcount
 */
export function encodeLossComment(loss: Loss): string | undefined {
  if (loss.certainty === 'exact') return undefined;
  if (loss.certainty !== 'bounded' || loss.group === undefined) {
    throw new ArgumentError(
      'BAD_CERTAINTY',
      `Can't record a loss of certainty "${loss.certainty}" on a frame. Only counted losses with a place are recorded.`,
      {
        argument: 'loss',
        value: loss,
        expected: 'an exact loss, or a bounded loss with its group',
      },
    );
  }
  return `${LOSS_COMMENT_PREFIX}at least ${loss.atLeast} and at most ${loss.atMost} frames lost here; the sum over group ${loss.group} is exact`;
}

/** Reads a comment made by `encodeLossComment`; undefined for any other text. */
export function tryParseLossComment(text: string): LossBounds | undefined {
  const match = LOSS_COMMENT.exec(text);
  if (match === null) return undefined;
  const atLeast = Number(match[1]);
  const atMost = Number(match[2]);
  const group = Number(match[3]);
  if (!Number.isSafeInteger(atMost) || atLeast > atMost) return undefined;
  if (!Number.isSafeInteger(group) || group === 0) return undefined;
  return { atLeast, atMost, group };
}

/**
 * The loss that a frame's options record; undefined where they record none.
 *
 * A count without bounds is `exact`: that is what the file states, whoever wrote it. Bounds that the
 * count contradicts are ignored, since the count is the standard's and the comment may be stale.
 *
 * @param dropCount epb_dropcount; 0 where the option is absent
 * @param bounds what the frame's comment says
 */
export function decodeLoss(dropCount: number, bounds: LossBounds | undefined): Loss | undefined {
  if (bounds !== undefined && dropCount >= bounds.atLeast && dropCount <= bounds.atMost) {
    return { lost: dropCount, certainty: 'bounded', ...bounds };
  }
  return dropCount === 0 ? undefined : exactLoss(dropCount);
}
