/**
 * How the loss after the last frame is kept by rings, where several feed one interface.
 *
 * An Interface Statistics Block has one isb_osdrop for all of them. What of it came after which ring's
 * last frame is said in the block's comment, as one sentence with a fixed form.
 */

const PREFIX = 'gapcap: lost after the last frame of ';
const PART = /^ring (\d{1,10}): (\d{1,16})(?: \((\d{1,16}) to (\d{1,16}) in group (\d{1,16})\))?$/;

/** Between what a ring's loss lies. */
export interface QueueLossBounds {
  readonly atLeast: number;
  readonly atMost: number;
  /** The group, from 1 per interface, over which the sum of the counts is exact. */
  readonly group: number | undefined;
}

/** What one ring lost after its last frame. */
export interface QueueLoss {
  /** epb_queue of the ring's frames. */
  readonly queue: number;
  readonly lost: number;
  /** Where it isn't exact: between what the true number lies. */
  readonly bounds: QueueLossBounds | undefined;
}

/** The comment; undefined where there is nothing to say. */
export function encodeQueueLosses(losses: readonly QueueLoss[]): string | undefined {
  if (losses.length === 0) return undefined;
  const parts = losses.map(({ queue, lost, bounds }) => {
    if (bounds === undefined) return `ring ${queue}: ${lost}`;
    const { atLeast, atMost, group } = bounds;
    return `ring ${queue}: ${lost} (${atLeast} to ${atMost} in group ${group})`;
  });
  return `${PREFIX}${parts.join(', ')}`;
}

/** Reads a comment made by `encodeQueueLosses`; undefined for any other text. */
export function tryParseQueueLosses(text: string): QueueLoss[] | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const losses: QueueLoss[] = [];
  for (const part of text.slice(PREFIX.length).split(', ')) {
    const match = PART.exec(part);
    if (match === null) return undefined;
    const [queue, lost, atLeast, atMost, group] = match.slice(1).map(Number);
    const bounded = match[3] !== undefined;
    if (bounded && (lost! < atLeast! || lost! > atMost! || group === 0)) return undefined;
    const bounds = bounded ? { atLeast: atLeast!, atMost: atMost!, group: group! } : undefined;
    losses.push({ queue: queue!, lost: lost!, bounds });
  }
  return losses;
}
