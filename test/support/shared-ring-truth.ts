/**
 * The truth about a file whose one ring several senders filled: each has a stream of its own, numbered
 * without holes, and a gap holds what is missing of all of them.
 */

import { readStreamId, tryReadSequence } from '../../src/core/numbered-frame.js';
import { openFile } from '../../src/source/file-source.js';

/** How a file's gaps stand against the streams' numbers. */
export interface SharedRingTruth {
  /** Gaps whose number is exact, and right. */
  readonly exactRight: number;
  /** Gaps, or neighbouring ones that can't be told apart, that are exact and wrong. */
  readonly exactWrong: number;
  /** Gaps that are marked, with the true number within their bounds. */
  readonly boundedRight: number;
  /** Gaps that are marked, with the true number outside their bounds. */
  readonly boundedWrong: number;
  /** Frames by which exact gaps are wrong. */
  readonly misplaced: number;
  /** Frames by which the counts of marked gaps differ from the true numbers. */
  readonly markedOff: number;
  /** Frames missing where no gap is. */
  readonly unmarked: number;
}

interface Place {
  /** Number of the frame behind it; Infinity for the final gap, of which nothing is asked. */
  readonly at: number;
  readonly lost: number;
  readonly atLeast: number;
  readonly atMost: number;
  readonly exact: boolean;
}

/** Frames of one stream that are missing between two of its frames in the file. */
interface Hole {
  readonly after: number;
  readonly before: number;
  readonly missing: number;
}

/**
 * Reads the file and judges each gap that has a frame after it.
 *
 * @param lastSent number of the last frame of each stream; they begin with 1
 */
export function judgeSharedRing(path: string, lastSent: number): SharedRingTruth {
  const { places, holes } = readFile(path, lastSent);
  const parent = places.map((_, i) => i);
  const find = (i: number): number => (parent[i] === i ? i : find(parent[i]!));
  const truth = new Array<number>(places.length).fill(0);
  let unmarked = 0;
  for (const { after, before, missing } of holes) {
    const first = places.findIndex(({ at }) => at > after);
    const within = first >= 0 && places[first]!.at <= before;
    if (!within) {
      unmarked += missing;
      continue;
    }
    // A stream with no frame between two gaps doesn't say which of them its missing frames are in.
    for (let i = first + 1; i < places.length && places[i]!.at <= before; i++) {
      parent[find(i)] = find(first);
    }
    truth[first]! += missing;
  }
  const clusters = new Map<
    number,
    { truth: number; lost: number; atLeast: number; atMost: number; exact: boolean; size: number }
  >();
  for (const [i, place] of places.entries()) {
    const root = find(i);
    const all = clusters.get(root) ?? {
      truth: 0,
      lost: 0,
      atLeast: 0,
      atMost: 0,
      exact: true,
      size: 0,
    };
    clusters.set(root, {
      truth: all.truth + truth[i]!,
      lost: all.lost + place.lost,
      atLeast: all.atLeast + place.atLeast,
      atMost: all.atMost + place.atMost,
      exact: all.exact && place.exact,
      size: all.size + 1,
    });
  }
  const found = {
    exactRight: 0,
    exactWrong: 0,
    boundedRight: 0,
    boundedWrong: 0,
    misplaced: 0,
    markedOff: 0,
  };
  for (const all of clusters.values()) {
    const right = all.truth >= all.atLeast && all.truth <= all.atMost;
    if (all.atMost === Number.POSITIVE_INFINITY) continue;
    if (!all.exact) found.markedOff += Math.abs(all.truth - all.lost);
    if (all.exact && right) found.exactRight += all.size;
    else if (all.exact) {
      found.exactWrong += all.size;
      found.misplaced += Math.abs(all.truth - all.atLeast);
    } else if (right) found.boundedRight += all.size;
    else found.boundedWrong += all.size;
  }
  return { ...found, unmarked };
}

function readFile(path: string, lastSent: number): { places: Place[]; holes: Hole[] } {
  const places: Place[] = [];
  const holes: Hole[] = [];
  const last = new Map<number, { sequence: number; at: number }>();
  using source = openFile(path);
  let at = 0;
  while (!source.ended) {
    const batch = source.read(100);
    while (batch.next()) {
      at++;
      const loss = batch.lostBefore;
      if (loss !== undefined) {
        const { lost, atLeast, atMost, certainty } = loss;
        places.push({ at, lost, atLeast, atMost, exact: certainty === 'exact' });
      }
      const { bytes, byteOffset, capturedLength } = batch;
      const view = new DataView(bytes.buffer, bytes.byteOffset + byteOffset, capturedLength);
      const sequence = tryReadSequence(view, 0, capturedLength);
      if (sequence === undefined) throw new Error(`Frame ${at} has no number`);
      const streamId = readStreamId(view, 0);
      const before = last.get(streamId) ?? { sequence: 0, at: 0 };
      if (sequence <= before.sequence) throw new Error(`Frame ${at} is out of order`);
      const missing = sequence - before.sequence - 1;
      if (missing > 0) holes.push({ after: before.at, before: at, missing });
      last.set(streamId, { sequence, at });
    }
  }
  const end = Number.POSITIVE_INFINITY;
  places.push({ at: end, lost: 0, atLeast: 0, atMost: end, exact: false });
  for (const { sequence, at: after } of last.values()) {
    if (sequence < lastSent) holes.push({ after, before: end, missing: lastSent - sequence });
  }
  return { places, holes };
}
