/** Reads a healed capture with code that shares nothing with the readers and writers of `src`. */

import { readFileSync } from 'node:fs';

/** One frame of it. */
export interface JudgedFrame {
  readonly interfaceId: number;
  readonly timeNs: bigint;
  readonly dropCount: number;
  readonly comments: readonly string[];
  readonly data: DataView;
}

/** The last statistics of an interface. */
export interface JudgedStatistics {
  readonly accepted: number;
  readonly dropped: number;
  readonly delivered: number;
}

/** What is in the file. */
export interface JudgedFile {
  readonly frames: readonly JudgedFrame[];
  readonly statistics: ReadonlyMap<number, JudgedStatistics>;
}

/** Walks a little-endian pcapng file with times in nanoseconds. */
export function judgeHealed(path: string): JudgedFile {
  const bytes = readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: JudgedFrame[] = [];
  const statistics = new Map<number, JudgedStatistics>();
  for (let at = 0; at < bytes.length; ) {
    const type = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (view.getUint32(at + length - 4, true) !== length) throw new Error(`bad block at ${at}`);
    if (type === 6) frames.push(frameAt(bytes, view, at, length));
    if (type === 5) {
      const counts = new Map<number, number>();
      eachOption(view, at + 20, at + length - 4, (code, value) => {
        if (code >= 4 && code <= 8) counts.set(code, Number(view.getBigUint64(value, true)));
      });
      statistics.set(view.getUint32(at + 8, true), {
        accepted: counts.get(6) ?? Number.NaN,
        dropped: counts.get(7) ?? Number.NaN,
        delivered: counts.get(8) ?? Number.NaN,
      });
    }
    at += length;
  }
  return { frames, statistics };
}

function frameAt(bytes: Buffer, view: DataView, at: number, length: number): JudgedFrame {
  const captured = view.getUint32(at + 20, true);
  const comments: string[] = [];
  let dropCount = 0;
  eachOption(view, at + 28 + ((captured + 3) & ~3), at + length - 4, (code, value, size) => {
    if (code === 1) comments.push(bytes.toString('utf8', value, value + size));
    if (code === 4) dropCount = Number(view.getBigUint64(value, true));
  });
  return {
    interfaceId: view.getUint32(at + 8, true),
    timeNs: (BigInt(view.getUint32(at + 12, true)) << 32n) | BigInt(view.getUint32(at + 16, true)),
    dropCount,
    comments,
    data: new DataView(bytes.buffer, bytes.byteOffset + at + 28, captured),
  };
}

function eachOption(
  view: DataView,
  start: number,
  end: number,
  take: (code: number, value: number, length: number) => void,
): void {
  for (let at = start; at + 4 <= end; ) {
    const code = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    if (code === 0) return;
    take(code, at + 4, length);
    at += 4 + ((length + 3) & ~3);
  }
}
