/** What the modelled buffers lose when frames and reads come at recorded times. */

import { BlockRing, type BlockRingOptions, BlockStatus } from '../../src/model/block-ring.js';
import { ReceiveQueue, type ReceiveQueueOptions } from '../../src/model/receive-queue.js';
import { RingTruth } from '../../src/model/ring-truth.js';
import type { LoggedRead, SeenGap, StallingOutcome } from './stalling-reader.js';

/** What is replayed: frames are numbered from 1 in the order in which they arrived. */
export type Replayed = Pick<StallingOutcome, 'arrivals' | 'reads' | 'lastNumber'>;

/** When within a read the reader gave room back. */
export type ReadMoment = (read: LoggedRead) => number;

/** Gaps up to the last frame that the kernel delivered, in a modelled receive queue. */
export function replayOnQueue(
  outcome: Replayed,
  options: ReceiveQueueOptions,
  moment: ReadMoment,
): SeenGap[] {
  const queue = new ReceiveQueue(options);
  const accepted: number[] = [];
  const queued: number[] = [];
  let first = 0;
  let wanted = 0;
  const take = (): void => {
    while (first < queued.length && queued[first]! <= wanted) {
      queue.take();
      first++;
    }
  };
  forEachEvent(outcome, moment, {
    read: ({ lastNumber }) => {
      wanted = lastNumber;
      take();
    },
    frame: (number, timeNs, length) => {
      if (!queue.arrive(timeNs, length)) return;
      accepted.push(number);
      queued.push(number);
      // A read under way takes what still comes.
      take();
    },
  });
  return gapsOf(accepted, outcome.lastNumber);
}

/** Gaps up to the last frame that the kernel delivered, in a modelled ring. */
export function replayOnRing(
  outcome: Replayed,
  options: Omit<BlockRingOptions, 'observer'>,
  moment: ReadMoment,
): SeenGap[] {
  const truth = new RingTruth();
  const ring = new BlockRing({ ...options, observer: truth });
  let consumed = 0;
  forEachEvent(outcome, moment, {
    read: ({ lastNumber }) => {
      // What the read before this one gave is done with now.
      for (;;) {
        const slot = ring.releasedCount % ring.blockCount;
        const last = truth.framesIn(ring.releasedCount + 1).at(-1);
        if ((ring.status(slot) & BlockStatus.User) === 0) break;
        if (last === undefined || last > consumed) break;
        ring.release();
      }
      consumed = lastNumber;
    },
    frame: (_number, timeNs, length) => ring.arrive(timeNs, length),
  });
  const accepted: number[] = [];
  for (let block = 1; block <= truth.lastBlock; block++) accepted.push(...truth.framesIn(block));
  return gapsOf(accepted, outcome.lastNumber);
}

interface Events {
  read(read: LoggedRead): void;
  frame(number: number, timeNs: number, length: number): void;
}

/** Arrivals and reads in the order of their times. */
function forEachEvent(outcome: Replayed, moment: ReadMoment, events: Events): void {
  const { arrivals, reads } = outcome;
  let next = 0;
  arrivals.forEach(({ timeNs, length }, index) => {
    while (next < reads.length && moment(reads[next]!) <= timeNs) events.read(reads[next++]!);
    events.frame(index + 1, timeNs, length);
  });
}

function gapsOf(accepted: readonly number[], lastNumber: number): SeenGap[] {
  const gaps: SeenGap[] = [];
  let last = 0;
  for (const number of accepted) {
    if (number > lastNumber) break;
    if (number > last + 1) gaps.push({ after: last, lost: number - last - 1 });
    last = number;
  }
  return gaps;
}
