/** What a simulation came to, as text and as JSON. */

import type { FoundBuffer, SimulationResult, SweepCell, TextColumn } from '../index.js';
import { type BufferWord, describeBuffer } from './model-words.js';
import { formatSize } from './quantity.js';
import type { SimulationPlan, TrafficPlan } from './simulation-arguments.js';

type Index = typeof import('../simulation.js');

const right = (heading: string): TextColumn => ({ heading, align: 'right' });
const left = (heading: string): TextColumn => ({ heading, align: 'left' });

/** A moment of the simulation, in seconds since its beginning. */
function atSeconds(timeNs: number): string {
  return `${(timeNs / 1e9).toFixed(6)} s`;
}

/** The table of one simulation: what became of the frames, and how full the buffer was. */
export function outcomeTable(result: SimulationResult, index: Index): string[] {
  const { alignColumns, formatCount, formatCounted } = index;
  const { worstBacklog: worst } = result;
  return alignColumns(
    [
      right('received'),
      right('delivered'),
      right('dropped'),
      right('gaps'),
      right('worst backlog'),
      right('at'),
    ],
    [
      [
        formatCount(result.received),
        formatCount(result.delivered),
        formatCount(result.dropped),
        formatCount(result.gapCount + (result.finalGap > 0 ? 1 : 0)),
        worst === undefined
          ? 'none'
          : `${formatCounted(worst.frames, 'frame')} (${formatSize(worst.bytes)})`,
        worst === undefined ? '' : atSeconds(worst.atNs),
      ],
    ],
  );
}

/** What `--json` adds to the common shape. */
export function toSimulationJson(
  plan: SimulationPlan,
  result: SimulationResult,
  index: Index,
): object {
  const { worstBacklog: worst } = result;
  return {
    traffic: toTrafficJson(plan.traffic),
    buffer: toBufferJson(plan.buffers[0]!),
    received: result.received,
    delivered: result.delivered,
    dropped: result.dropped,
    gaps: result.gapCount + (result.finalGap > 0 ? 1 : 0),
    finalGap: result.finalGap,
    worstBacklog:
      worst === undefined
        ? null
        : { frames: worst.frames, bytes: worst.bytes, at: seconds(worst.atNs, index) },
    lastArrival: seconds(result.lastArrivalNs, index),
    end: seconds(Math.round(result.endNs), index),
  };
}

/** The answer of `--find-buffer` as sentences. */
export function foundText(word: BufferWord, found: FoundBuffer, index: Index): string[] {
  const { formatCount, formatCounted } = index;
  const { size, need, result } = found;
  if (size === undefined) {
    return [
      `Even a ${describeBuffer(word)} loses ${formatCounted(result.dropped, 'frame')} of ${formatCount(result.received)}.`,
    ];
  }
  const lines = [
    word.kind === 'socket'
      ? `The least socket queue that loses nothing: ${formatCounted(captureBytes(word, size), 'byte')} (${formatSize(captureBytes(word, size))}; the kernel's limit is ${formatCounted(size, 'byte')})`
      : `The least ring that loses nothing: ${formatCounted(size, 'block')} of ${formatSize(word.blockBytes)}, ${formatSize(size * word.blockBytes)}`,
  ];
  if (need !== undefined) {
    lines.push(
      `  set by frame ${formatCount(need.frame)} of ${formatCount(result.received)}, ${atSeconds(need.atNs)} after the first moment`,
    );
  }
  lines.push(`  gapcap capture ${captureOptions(word, size)}`);
  return lines;
}

/** The answer of `--find-buffer` for programs. */
export function toFoundJson(plan: SimulationPlan, found: FoundBuffer, index: Index): object {
  const word = plan.buffers[0]!;
  const { size, need, result } = found;
  return {
    traffic: toTrafficJson(plan.traffic),
    largest: toBufferJson(word),
    least:
      size === undefined
        ? null
        : {
            ...toBufferJson({ ...word, sizeBytes: captureBytes(word, size) }),
            ...(word.kind === 'socket' ? { receiveBufferBytes: size } : { blocks: size }),
            options: captureOptions(word, size),
          },
    setBy: need === undefined ? null : { frame: need.frame, at: seconds(need.atNs, index) },
    received: result.received,
    dropped: result.dropped,
  };
}

/** What `-B` takes for a size that was found. */
function captureBytes(word: BufferWord, size: number): number {
  return word.kind === 'socket' ? Math.ceil(size / 2) : size * word.blockBytes;
}

function captureOptions(word: BufferWord, size: number): string {
  const bytes = captureBytes(word, size);
  if (word.kind === 'socket') return `--engine socket -B ${bytes}B`;
  // A real ring has at least two blocks.
  const least = Math.max(2, size) * word.blockBytes;
  return `-B ${least / 1024}k --block-size ${word.blockBytes / 1024}k --retire ${word.retireNs / 1e6}ms`;
}

/** The table of `--sweep`: a row for each buffer, a column for each rate, in it the share lost. */
export function sweepTable(
  plan: SimulationPlan,
  rows: readonly (readonly SweepCell[])[],
  index: Index,
): string[] {
  const { alignColumns, formatCount, formatShare } = index;
  const made = plan.traffic.kind === 'made';
  const headings = (rows[0] ?? []).map(({ rate }) =>
    right(made ? `${formatCount(Math.round(rate))}/s` : `speed ${rate}`),
  );
  return alignColumns(
    [left('buffer'), ...headings],
    rows.map((cells, i) => [
      bufferLabel(plan.buffers[i]!),
      ...cells.map(({ result }) =>
        result.received === 0 ? 'no frame' : formatShare(result.dropped, result.received),
      ),
    ]),
  );
}

/** The sweep for programs. */
export function toSweepJson(plan: SimulationPlan, rows: readonly (readonly SweepCell[])[]): object {
  return {
    traffic: toTrafficJson(plan.traffic),
    sweep: rows.flatMap((cells, i) =>
      cells.map(({ rate, result, lossShare }) => ({
        buffer: toBufferJson(plan.buffers[i]!),
        ...(plan.traffic.kind === 'made' ? { rate } : { speed: rate }),
        received: result.received,
        delivered: result.delivered,
        dropped: result.dropped,
        gaps: result.gapCount + (result.finalGap > 0 ? 1 : 0),
        lossShare: lossShare ?? null,
        worstBacklogFrames: result.worstBacklog?.frames ?? 0,
      })),
    ),
  };
}

function bufferLabel(word: BufferWord): string {
  const size = formatSize(word.sizeBytes);
  return word.kind === 'socket' ? `socket ${size}` : `ring ${size}`;
}

/** What is simulated, in one line. */
export function describePlan(plan: SimulationPlan, index: Index): string {
  return `${describeTraffic(plan, index)}; ${describeBuffer(plan.buffers[0]!)}`;
}

function describeTraffic({ traffic, limits }: SimulationPlan, index: Index): string {
  const { formatCount, formatCounted, safeText } = index;
  if (traffic.kind === 'recorded') {
    const speed = traffic.speeds[0] === 1 ? '' : ` at ${traffic.speeds[0]} times its speed`;
    return `frames of ${safeText(traffic.file)}${speed}`;
  }
  const { word, rates, flows, sizes } = traffic;
  const kind = word.kind === 'bursts' ? 'bursts at' : word.kind;
  const length =
    sizes.kind === 'fixed'
      ? `${sizes.length} bytes`
      : sizes.kind === 'imix'
        ? 'IMIX'
        : 'mixed size';
  const flow = flows === 1 ? '' : ` in ${flows} flows`;
  const { endNs, frames } = limits;
  const lasts = [
    ...(endNs === undefined ? [] : [`${endNs / 1e9} s`]),
    ...(frames === undefined ? [] : [`at most ${formatCounted(frames, 'frame')}`]),
  ].join(', ');
  const rate = rates[0]! < 100 ? `${rates[0]}` : formatCount(Math.round(rates[0]!));
  return `${kind} ${rate} frames a second of ${length}${flow}, ${lasts}`;
}

function toTrafficJson(traffic: TrafficPlan): object {
  if (traffic.kind === 'recorded') return { file: traffic.file, speed: traffic.speeds[0] };
  const { word, rates, sizes, flows, seed } = traffic;
  return { ...word, rate: rates[0], sizes, flows, seed };
}

function toBufferJson(word: BufferWord): object {
  return word.kind === 'socket'
    ? { kind: 'socket', bytes: word.sizeBytes }
    : {
        kind: 'ring',
        bytes: word.sizeBytes,
        blockBytes: word.blockBytes,
        retireNs: word.retireNs,
      };
}

function seconds(timeNs: number, index: Index): string {
  return index.formatEpochNs(BigInt(Math.round(timeNs)));
}
