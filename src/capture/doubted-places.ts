/**
 * A live source on a kernel of which it is known that it doesn't keep what the places of losses rest on
 * (`gapcap doctor --probe`): the counts stay, and no place is claimed to be exact any more.
 */

import type { FrameBatch, FrameSource, ReceiveCounters } from '../core/frame.js';
import type { Loss } from '../core/loss.js';
import type { LiveSourceOptions } from '../source/live-source.js';
import { readKernelDoubts } from '../sys/probe-record.js';

/** All losses of an interface are one group: their sum is what the kernel's total says. */
const ONE_GROUP = 1;

/** What a source gives and this changes. */
interface Changeable {
  next(): boolean;
  lostBefore: Loss | undefined;
  readonly interfaceId: number;
}

/**
 * Where the running kernel is known not to keep what the engines in use need: makes every loss that the
 * source gives from now on bounded. None of the frames may have been lost there, or all that have been lost so
 * far. Costs a call for each frame then, and nothing otherwise.
 *
 * @returns what it is known not to keep; empty where all is well or nobody has looked
 */
export function doubtPlaces(
  source: FrameSource,
  interfaces: readonly LiveSourceOptions[],
): readonly string[] {
  const engines = new Set(interfaces.map(({ engine = 'ring' }) => engine));
  const doubts = [...new Set([...engines].flatMap(readKernelDoubts))];
  if (doubts.length > 0) doubtAll(source);
  return doubts;
}

function doubtAll(source: FrameSource): void {
  const lostSoFar = new Map<number, number>();
  const weaken = (interfaceId: number, loss: Loss): Loss => {
    const atMost = (lostSoFar.get(interfaceId) ?? 0) + loss.lost;
    lostSoFar.set(interfaceId, atMost);
    return { lost: loss.lost, certainty: 'bounded', atLeast: 0, atMost, group: ONE_GROUP };
  };
  const known = new WeakSet<FrameBatch>();
  const read = source.read.bind(source);
  source.read = (timeoutMs) => {
    const batch = read(timeoutMs);
    if (!known.has(batch)) {
      known.add(batch);
      weakenFrames(batch as FrameBatch & Changeable, weaken);
    }
    return batch;
  };
  const counters = source.counters.bind(source);
  source.counters = (interfaceId) => {
    const totals = counters(interfaceId);
    return totals && { ...totals, ...weakFinalLoss(totals, lostSoFar.get(interfaceId) ?? 0) };
  };
}

function weakenFrames(batch: Changeable, weaken: (interfaceId: number, loss: Loss) => Loss): void {
  const next = batch.next.bind(batch);
  batch.next = () => {
    const stepped = next();
    const { lostBefore } = batch;
    if (stepped && lostBefore !== undefined) {
      batch.lostBefore = weaken(batch.interfaceId, lostBefore);
    }
    return stepped;
  };
}

/** What came after the last frame is as doubtful; of several rings, what each one says of it. */
function weakFinalLoss(totals: ReceiveCounters, placed: number): Partial<ReceiveCounters> {
  const weak = (lost: number, atMost: number): Loss => ({
    ...{ lost, certainty: 'bounded', atLeast: 0, atMost, group: ONE_GROUP },
  });
  const { queues, dropped } = totals;
  if (queues === undefined) return { finalLoss: weak(Math.max(0, dropped - placed), dropped) };
  return {
    queues: queues.map((queue) => ({
      ...queue,
      finalLoss: weak(queue.finalLoss?.lost ?? 0, queue.dropped),
    })),
  };
}
