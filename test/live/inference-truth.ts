/**
 * Judges what was inferred from a capture by what really happened to each segment. The capture is read
 * by its block lengths and header offsets alone; nothing of the readers or of the inference is used.
 */

import { forEachBlock } from '../../src/lab/block-walk.js';
import type { InferenceJson, InferredLossJson } from '../../src/report/infer-json.js';
import type { PathSegment } from '../support/tap-path.js';

const ENHANCED_PACKET_BLOCK = 6;
const ACK = 0x10;
const hexOf = (port: number): string => port.toString(16).padStart(4, '0');

/** A segment with payload in a capture, with the number of its frame. */
export interface CapturedSegment extends Omit<PathSegment, 'fate'> {
  readonly frame: number;
}

/** Reads the TCP segments with payload over IPv4 and Ethernet out of a little-endian pcapng file. */
export function readSegments(path: string): CapturedSegment[] {
  const segments: CapturedSegment[] = [];
  let frame = 0;
  forEachBlock(path, (type, view, start) => {
    if (type !== ENHANCED_PACKET_BLOCK) return;
    frame += 1;
    const at = start + 20;
    const wireLength = view.getUint32(start + 16, true);
    if (view.getUint16(at + 12) !== 0x0800 || view.getUint8(at + 23) !== 6) return;
    const tcp = at + 14 + (view.getUint8(at + 14) & 15) * 4;
    // 0 where segmentation offload left a packet too long for the field.
    const total = view.getUint16(at + 16) || wireLength - 14;
    const length = total - (tcp - at - 14) - (view.getUint8(tcp + 12) >>> 4) * 4;
    if (length <= 0) return;
    const ports = view.getUint32(tcp).toString(16).padStart(8, '0');
    const sequence = view.getUint32(tcp + 4);
    segments.push({ frame, ports, sequence, length, identification: view.getUint16(at + 18) });
  });
  return segments;
}

/**
 * The highest acknowledgment that a little-endian pcapng file holds of each direction's data, by the
 * ports of that data; over IPv4 and Ethernet.
 */
export function readAcknowledgments(path: string): Map<string, number> {
  const highest = new Map<string, number>();
  forEachBlock(path, (type, view, start) => {
    if (type !== ENHANCED_PACKET_BLOCK) return;
    const at = start + 20;
    if (view.getUint16(at + 12) !== 0x0800 || view.getUint8(at + 23) !== 6) return;
    const tcp = at + 14 + (view.getUint8(at + 14) & 15) * 4;
    if ((view.getUint8(tcp + 13) & ACK) === 0) return;
    const ports = hexOf(view.getUint16(tcp + 2)) + hexOf(view.getUint16(tcp));
    const acknowledged = view.getUint32(tcp + 8);
    const known = highest.get(ports);
    if (known === undefined || ((acknowledged - known) | 0) > 0) highest.set(ports, acknowledged);
  });
  return highest;
}

/** How right claims are: of those made, and of those that could have been made. */
export interface Score {
  readonly claims: number;
  readonly right: number;
  readonly claimedBytes: number;
  readonly rightBytes: number;
  readonly trueBytes: number;
}

/** One capture's verdict. */
export interface Verdict {
  /** Segments that passed the tap and aren't in the capture. */
  readonly missed: number;
  /** Segments that passed the tap. */
  readonly passed: number;
  readonly capture: Score;
  /** Of the bytes that the capture missed for good, those that an acknowledgment in it covers. */
  readonly provableBytes: number;
  readonly beforeTap: Score;
  readonly afterTap: Score;
  /** Lost by the network, the side left open. */
  readonly eitherSide: Score;
  readonly undecidedBytes: number;
}

interface Passed extends PathSegment {
  /** Number of its frame; 0 where the capture missed it. */
  readonly frame: number;
  /** Frames of the capture before it, as far as its neighbours with payload show. */
  readonly framesBefore: number;
}

const keyOf = (one: Omit<PathSegment, 'fate'>): string =>
  `${one.ports} ${one.sequence} ${one.length} ${one.identification}`;

/** Finds each segment's frame: equal segments are taken in the order in which they came. */
function match(path: readonly PathSegment[], captured: readonly CapturedSegment[]): Passed[] {
  const frames = new Map<string, number[]>();
  for (const one of captured) {
    const list = frames.get(keyOf(one));
    if (list === undefined) frames.set(keyOf(one), [one.frame]);
    else list.push(one.frame);
  }
  let framesBefore = 0;
  return path.map((one) => {
    const frame = one.fate === 'before' ? 0 : (frames.get(keyOf(one))?.shift() ?? 0);
    const passed = { ...one, frame, framesBefore };
    if (frame > 0) framesBefore = frame;
    return passed;
  });
}

const portsOf = ({ source, destination }: { source: string; destination: string }): string => {
  const portOf = (endpoint: string): string => hexOf(Number(endpoint.split(':').at(-1)));
  return portOf(source) + portOf(destination);
};

/** Bytes of distinct positions in segments; sequence numbers may wrap once. */
function distinctBytes(segments: readonly PathSegment[]): Map<number, number> {
  const ranges = new Map<number, number>();
  for (const { sequence, length } of segments) {
    ranges.set(sequence, Math.max(length, ranges.get(sequence) ?? 0));
  }
  return ranges;
}

/** Length of the union of the ranges, without what lies in `held`. */
function measure(segments: readonly PathSegment[], held: readonly PathSegment[] = []): number {
  const marks: [at: number, kind: 0 | 1, change: number][] = [];
  const add = (list: readonly PathSegment[], kind: 0 | 1): void => {
    const base = segments[0]?.sequence ?? 0;
    for (const [sequence, length] of distinctBytes(list)) {
      const at = (sequence - base) | 0;
      marks.push([at, kind, 1], [at + length, kind, -1]);
    }
  };
  add(segments, 0);
  add(held, 1);
  marks.sort((a, b) => a[0] - b[0]);
  const depth = [0, 0];
  let sum = 0;
  let last = 0;
  for (const [at, kind, change] of marks) {
    if (depth[0]! > 0 && depth[1]! === 0) sum += at - last;
    depth[kind] = depth[kind]! + change;
    last = at;
  }
  return sum;
}

/** What of a segment lies below an acknowledgment; undefined where nothing does. */
function below(segment: Passed, acknowledged: number | undefined): Passed | undefined {
  if (acknowledged === undefined) return undefined;
  const length = Math.min(segment.length, (acknowledged - segment.sequence) | 0);
  return length > 0 ? { ...segment, length } : undefined;
}

/**
 * Judges the JSON of `infer` about a capture of that path.
 *
 * @param acknowledged the capture's, see `readAcknowledgments`
 */
export function judgeInference(
  path: readonly PathSegment[],
  captured: readonly CapturedSegment[],
  inferred: InferenceJson,
  acknowledged: ReadonlyMap<string, number>,
): Verdict {
  const all = match(path, captured);
  const byFlow = new Map<string, Passed[]>();
  for (const one of all) {
    const list = byFlow.get(one.ports);
    if (list === undefined) byFlow.set(one.ports, [one]);
    else list.push(one);
  }
  const flowOf = (loss: InferredLossJson): Passed[] =>
    byFlow.get(portsOf(inferred.flows[loss.flow]!)) ?? [];
  const missed = all.filter(({ fate, frame }) => fate !== 'before' && frame === 0);
  let neverHeld = 0;
  let provableBytes = 0;
  for (const [ports, list] of byFlow) {
    const isMissed = (one: Passed): boolean => one.fate !== 'before' && one.frame === 0;
    const held = list.filter(({ frame }) => frame > 0);
    const lacking = list.filter(isMissed);
    neverHeld += measure(lacking, held);
    const covered = lacking.flatMap((one) => below(one, acknowledged.get(ports)) ?? []);
    provableBytes += measure(covered, held);
  }
  const lossesOf = (cause: string, side: string | null): InferredLossJson[] =>
    inferred.losses.filter((loss) => loss.cause === cause && loss.side === side);
  const droppedBytes = (fate: PathSegment['fate']): number =>
    path.reduce((sum, one) => sum + (one.fate === fate ? one.length : 0), 0);
  return {
    missed: missed.length,
    passed: all.filter(({ fate }) => fate !== 'before').length,
    provableBytes,
    capture: scoreOf(lossesOf('capture', null), neverHeld, (loss) => {
      const from = loss.earliest ?? 0;
      const to = loss.proof!;
      const between = flowOf(loss).filter(
        (one) =>
          one.fate !== 'before' &&
          one.frame === 0 &&
          one.framesBefore < to &&
          nextFrame(all, one) > from,
      );
      return measure(between);
    }),
    beforeTap: scoreOf(lossesOf('network', 'before'), droppedBytes('before'), (loss) =>
      droppedAround(flowOf(loss), loss, 'before'),
    ),
    afterTap: scoreOf(lossesOf('network', 'after'), droppedBytes('after'), (loss) =>
      droppedAround(flowOf(loss), loss, 'after'),
    ),
    eitherSide: scoreOf(
      lossesOf('network', null),
      droppedBytes('before') + droppedBytes('after'),
      (loss) => {
        const flow = flowOf(loss);
        return droppedAround(flow, loss, 'before') + droppedAround(flow, loss, 'after');
      },
    ),
    undecidedBytes: inferred.lost.undecided.bytes,
  };
}

const nextFrames = new WeakMap<readonly Passed[], Map<Passed, number>>();

/** The first frame in the capture after a segment that passed. */
function nextFrame(all: readonly Passed[], segment: Passed): number {
  let known = nextFrames.get(all);
  if (known === undefined) {
    known = new Map();
    let next = Number.POSITIVE_INFINITY;
    for (let i = all.length - 1; i >= 0; i -= 1) {
      known.set(all[i]!, next);
      if (all[i]!.frame > 0) next = all[i]!.frame;
    }
    nextFrames.set(all, known);
  }
  return known.get(segment)!;
}

/** Bytes dropped on that side of the tap, of those that came again from frame `resent` on. */
function droppedAround(
  flow: readonly Passed[],
  loss: InferredLossJson,
  fate: PathSegment['fate'],
): number {
  const first = flow.find(({ frame }) => frame === loss.resent);
  if (first === undefined) return 0;
  const inRun = flow.filter((one) => {
    const distance = (one.sequence - first.sequence) | 0;
    return one.fate === fate && distance < loss.bytes && distance + one.length > 0;
  });
  return inRun.length === 0 ? 0 : measure(inRun);
}

function scoreOf(
  losses: readonly InferredLossJson[],
  trueBytes: number,
  bytesBehind: (loss: InferredLossJson) => number,
): Score {
  let right = 0;
  let claimedBytes = 0;
  let rightBytes = 0;
  for (const loss of losses) {
    const behind = bytesBehind(loss);
    claimedBytes += loss.bytes;
    rightBytes += Math.min(loss.bytes, behind);
    if (behind >= loss.bytes) right += 1;
  }
  return { claims: losses.length, right, claimedBytes, rightBytes, trueBytes };
}

/** A line of a table: precision and recall of bytes, with what they are made of. */
export function scoreLine(name: string, score: Score): string {
  const percent = (part: number, whole: number): string =>
    whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
  const { claims, right, claimedBytes, rightBytes, trueBytes } = score;
  return `${name}: ${right} of ${claims} claims right; bytes: precision ${percent(rightBytes, claimedBytes)}, recall ${percent(rightBytes, trueBytes)} (${claimedBytes} claimed, ${rightBytes} right, ${trueBytes} true)`;
}
