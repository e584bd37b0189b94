import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findBuffer } from '../../src/model/find-buffer.js';
import type { ReaderOptions } from '../../src/model/reader.js';
import { type BufferOptions, simulate } from '../../src/model/simulation.js';
import {
  type FlowShape,
  flowTraffic,
  mergeTraffic,
  type Traffic,
} from '../../src/model/traffic.js';
import { assertGolden, layOutTable } from './golden-table.js';

const MS = 1_000_000;
const KIB = 1024;

/** One second of bursts: a million frames a second while one lasts, ten bursts. */
function bursts(frames: number): FlowShape {
  const onNs = frames * 1000;
  return { kind: 'bursts', ratePps: 1_000_000, onNs, offNs: 100 * MS - onNs };
}

function burstTraffic(frames: number): Traffic {
  return flowTraffic(
    { shape: bursts(frames), sizes: { kind: 'fixed', length: 60 }, endNs: 1000 * MS },
    1,
  );
}

const HEADING = ['received', 'delivered', 'dropped', 'gaps', 'final', 'worst', 'at ms'];

function outcome(traffic: Traffic, buffer: BufferOptions, reader: ReaderOptions): string[] {
  const result = simulate({ traffic, buffer, reader });
  assert.equal(result.received, result.delivered + result.dropped);
  return [
    `${result.received}`,
    `${result.delivered}`,
    `${result.dropped}`,
    `${result.gapCount}`,
    `${result.finalGap}`,
    `${result.worstBacklog?.frames ?? '-'}`,
    result.worstBacklog === undefined ? '-' : (result.worstBacklog.atNs / MS).toFixed(3),
  ];
}

const socketSizes: [string, number][] = [
  ['208 KiB', 208 * KIB],
  ['1 MiB', 1024 * KIB],
  ['8 MiB', 8192 * KIB],
];
const ringSizes: [string, number][] = [
  ['8 x 64 KiB', 8],
  ['32 x 64 KiB', 32],
  ['256 x 64 KiB', 256],
];
const burstSizes = [100, 1000, 10_000];
const readerSpeeds = [100_000, 500_000, 2_000_000];

function ringOf(blockCount: number): BufferOptions {
  return { kind: 'ring', blockCount, blockSize: 64 * KIB, retireNs: 8 * MS };
}

/** Buffer × burst × reader speed. */
function burstTable(buffers: readonly [string, BufferOptions][]): string {
  const rows: string[][] = [['buffer', 'burst', 'reader/s', ...HEADING]];
  for (const [name, buffer] of buffers) {
    for (const burst of burstSizes) {
      for (const framesPerSecond of readerSpeeds) {
        const reader = { framesPerSecond, batch: 64, wakeUpNs: 50_000 };
        const cells = outcome(burstTraffic(burst), buffer, reader);
        rows.push([name, `${burst}`, `${framesPerSecond}`, ...cells]);
      }
    }
  }
  return layOutTable(rows);
}

describe('loss tables', () => {
  it('of a socket: buffer × burst × reader speed', () => {
    const buffers = socketSizes.map(([name, receiveBufferBytes]): [string, BufferOptions] => [
      name,
      { kind: 'socket', receiveBufferBytes },
    ]);
    assertGolden('socket-bursts', burstTable(buffers));
  });

  it('of a ring: buffer × burst × reader speed', () => {
    const buffers = ringSizes.map(([name, blockCount]): [string, BufferOptions] => [
      name,
      ringOf(blockCount),
    ]);
    assertGolden('ring-bursts', burstTable(buffers));
  });

  it('of several flows and a reader that stalls', () => {
    const rows: string[][] = [['buffer', 'stall ms', ...HEADING]];
    const traffic = (): Traffic =>
      mergeTraffic([
        flowTraffic(
          {
            shape: { kind: 'poisson', ratePps: 200_000 },
            sizes: { kind: 'imix' },
            endNs: 1000 * MS,
          },
          1,
        ),
        flowTraffic(
          {
            shape: { kind: 'bursts', ratePps: 800_000, onNs: MS, offNs: 9 * MS, random: true },
            sizes: { kind: 'fixed', length: 1514 },
            endNs: 1000 * MS,
          },
          2,
        ),
        flowTraffic(
          {
            shape: { kind: 'constant', ratePps: 1000 },
            sizes: { kind: 'fixed', length: 98 },
            endNs: 1000 * MS,
          },
          3,
        ),
      ]);
    const buffers: [string, BufferOptions][] = [
      ['8 MiB socket', { kind: 'socket', receiveBufferBytes: 8192 * KIB }],
      ['32 MiB socket', { kind: 'socket', receiveBufferBytes: 32_768 * KIB }],
      ['128 x 64 KiB ring', ringOf(128)],
      ['128 x 64 KiB ring, 6.18', { ...ringOf(128), kernel: '6.18' } as BufferOptions],
    ];
    for (const [name, buffer] of buffers) {
      for (const stallMs of [0, 5, 20]) {
        const reader: ReaderOptions = {
          framesPerSecond: 1_500_000,
          bytesPerSecond: 1e9,
          batch: 64,
          wakeUpNs: 50_000,
          stalls: { kind: 'random', everyNs: 50 * MS, lengthNs: stallMs * MS, seed: 4 },
        };
        rows.push([name, `${stallMs}`, ...outcome(traffic(), buffer, reader)]);
      }
    }
    assertGolden('flows-and-stalls', layOutTable(rows));
  });

  it('of the least buffer that loses nothing: burst × reader speed', () => {
    const rows: string[][] = [
      ['burst', 'reader/s', 'socket bytes', 'at ms', 'blocks of 64 KiB', 'at ms'],
    ];
    for (const burst of burstSizes) {
      for (const framesPerSecond of readerSpeeds) {
        const reader = { framesPerSecond, batch: 64, wakeUpNs: 50_000 };
        const traffic = (): Traffic => burstTraffic(burst);
        const socket = findBuffer({
          traffic,
          buffer: { kind: 'socket', receiveBufferBytes: 2 ** 30 },
          reader,
        });
        const ring = findBuffer({ traffic, buffer: ringOf(1000), reader });
        rows.push([
          `${burst}`,
          `${framesPerSecond}`,
          ...[socket, ring].flatMap(({ size, need }) => [
            `${size ?? '-'}`,
            need === undefined ? '-' : (need.atNs / MS).toFixed(3),
          ]),
        ]);
      }
    }
    assertGolden('least-buffer', layOutTable(rows));
  });
});
