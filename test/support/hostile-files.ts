/**
 * Files that somebody made to break a reader: lengths that lie, numbers at their ends, more of everything
 * than any capture has. Written piece by piece, so that making a large one takes little memory.
 */

import { closeSync, openSync, writeSync } from 'node:fs';
import { createGzip, constants as zlibConstants } from 'node:zlib';
import {
  block,
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  fields,
  interfaceDescription,
  option,
  sectionHeader,
} from './block-bytes.js';

/** A file's bytes in pieces. */
export type Pieces = Iterable<Uint8Array>;

/** What a reader makes of a file. */
export type Outcome = 'read' | 'refused' | 'either';

/** One made-up file. */
export interface HostileFile {
  readonly name: string;
  readonly pieces: () => Pieces;
  /** Whether it is read to its end, or ends in an error about its format; `either` may depend on the command. */
  readonly outcome: Outcome;
}

const DATA: Uint8Array = new Uint8Array(60).fill(0x55);
const START: Uint8Array = concat(
  sectionHeader('little'),
  interfaceDescription('little'),
  enhancedPacket('little', 0, 1_795_355_060_000_000n, DATA),
);
const MOST = 0xffff_ffff_ffff_ffffn;
const LARGEST_BLOCK = 16 * 1024 * 1024;

const u32 = (...values: readonly number[]): Uint8Array =>
  fields('little', ...values.map((value) => [value, 4] as const));

/** The same bytes many times over, in pieces of some 256 KiB. */
export function* repeated(piece: Uint8Array, times: number): Pieces {
  const perChunk = Math.max(1, Math.floor(262_144 / piece.length));
  const chunk = new Uint8Array(perChunk * piece.length);
  for (let at = 0; at < chunk.length; at += piece.length) chunk.set(piece, at);
  for (let left = times; left > 0; left -= perChunk) {
    yield left >= perChunk ? chunk : chunk.subarray(0, left * piece.length);
  }
}

/** A block whose body is options without an end, as many as fit into the longest block believed. */
function* optionBomb(type: number, fixed: Uint8Array, one: Uint8Array): Pieces {
  const times = Math.floor((LARGEST_BLOCK - 64 - fixed.length) / one.length);
  const length = 12 + fixed.length + times * one.length;
  yield fields('little', [type, 4], [length, 4], fixed);
  yield* repeated(one, times);
  yield u32(length);
}

function* after(start: Uint8Array, ...rest: readonly Pieces[]): Pieces {
  yield start;
  for (const pieces of rest) yield* pieces;
}

/** A small file: the start of a good one and then these bytes. */
const small = (name: string, outcome: Outcome, ...rest: readonly Uint8Array[]): HostileFile => ({
  name,
  outcome,
  pieces: () => [START, ...rest],
});

/** A packet block whose captured length isn't that of its data. */
const lyingPacket = (captured: number): Uint8Array =>
  block('little', 6, u32(0, 0, 1, captured, captured), DATA);

const lengths: readonly HostileFile[] = [
  small('block-of-0', 'refused', u32(6, 0, 0, 0, 0, 0, 0)),
  small('block-of-4', 'refused', u32(6, 4, 4, 0, 0, 0, 0)),
  small('block-of-4-gib', 'refused', u32(6, 0xffff_fffc, 0, 0, 0, 0, 0)),
  small('block-of-2-gib', 'refused', u32(6, 0x8000_0000, 0, 0, 0, 0, 0)),
  small('block-of-17', 'refused', u32(6, 17, 0, 0, 0, 0)),
  small('blocks-overlap', 'refused', u32(0xbad, 32, 0xbad, 16, 0, 0, 16, 0)),
  small('packet-beyond-its-block', 'refused', lyingPacket(0xffff_ffff)),
  small('packet-4-bytes-beyond-its-block', 'refused', lyingPacket(64)),
  small(
    'option-beyond-its-block',
    'either',
    block('little', 6, u32(0, 0, 1, 60, 60), DATA, option('little', 1, 'abc').subarray(0, 4)),
  ),
  small('statistics-of-nobody', 'refused', block('little', 5, u32(0xffff_ffff, 0, 0))),
  small('packet-of-nobody', 'refused', enhancedPacket('little', 0xffff_ffff, 0n, DATA)),
  {
    name: 'pcap-record-of-4-gib',
    outcome: 'refused',
    pieces: () => [pcapStart(1), u32(1, 1, 0xffff_ffff, 0xffff_ffff), DATA],
  },
  {
    name: 'pcap-snapshot-of-4-gib',
    outcome: 'either',
    pieces: () => [pcapStart(0xffff_ffff), u32(1, 0xffff_ffff, 60, 0xffff_ffff), DATA],
  },
];

function pcapStart(snapshotLength: number): Uint8Array {
  return fields(
    'little',
    [0xa1b2c3d4, 4],
    [2, 2],
    [4, 2],
    [0, 4],
    [0, 4],
    [snapshotLength, 4],
    [1, 4],
  );
}

const EVERY_TOTAL: Uint8Array = concat(
  ...[4, 5, 6, 7, 8].map((code) => option('little', code, [MOST, 8])),
  ...[2, 3].map((code) => option('little', code, [MOST, 8])),
  END_OF_OPTIONS,
);

const withClock = (resolution: number, offset: bigint): Uint8Array =>
  interfaceDescription(
    'little',
    0,
    option('little', 9, [resolution, 1]),
    option('little', 14, [offset, 8]),
    END_OF_OPTIONS,
  );

const numbers: readonly HostileFile[] = [
  small(
    'totals-of-all-ones',
    'either',
    ...[1, 2, 3].map(() =>
      enhancedPacket('little', 0, 5n, DATA, option('little', 4, [MOST, 8]), END_OF_OPTIONS),
    ),
    block('little', 5, u32(0, 0xffff_ffff, 0xffff_ffff), EVERY_TOTAL),
    block('little', 5, u32(0, 0, 0), EVERY_TOTAL),
  ),
  small(
    'times-at-both-ends',
    'either',
    enhancedPacket('little', 0, 0n, DATA),
    enhancedPacket('little', 0, MOST, DATA),
    enhancedPacket('little', 0, 1n, DATA, option('little', 4, [7n, 8]), END_OF_OPTIONS),
    enhancedPacket('little', 0, MOST - 1n, DATA, option('little', 4, [7n, 8]), END_OF_OPTIONS),
  ),
  ...[0x00, 0x09, 0x12, 0x7f, 0x80, 0xbf, 0xff].flatMap((resolution) =>
    [0n, 0x7fff_ffff_ffff_ffffn, -0x8000_0000_0000_0000n].map(
      (offset, i): HostileFile => ({
        name: `clock-of-${resolution}-and-${i}`,
        outcome: 'either',
        pieces: () => [
          sectionHeader('little'),
          withClock(resolution, offset),
          ...[0n, 1n, 1n << 63n, MOST].map((ticks) =>
            enhancedPacket('little', 0, ticks, DATA, option('little', 4, [1n, 8]), END_OF_OPTIONS),
          ),
        ],
      }),
    ),
  ),
];

/** Files of a few hundred bytes. */
export const SMALL_HOSTILE_FILES: readonly HostileFile[] = [...lengths, ...numbers];

const COMMENT: Uint8Array = option('little', 1, '');
const SECTION: Uint8Array = u32(0x1a2b_3c4d, 1, 0xffff_ffff, 0xffff_ffff);
const NAMED: Uint8Array = interfaceDescription(
  'little',
  0,
  option('little', 2, 'x'.repeat(16)),
  END_OF_OPTIONS,
);

/** An Ethernet frame of VLAN tags alone. */
const VLAN_STACK: Uint8Array = (() => {
  const frame = new Uint8Array(262_144);
  for (let at = 12; at + 4 <= frame.length; at += 4) frame.set([0x81, 0x00, 0x00, 0x01], at);
  return frame;
})();

/** Files of some megabytes. */
export const LARGE_HOSTILE_FILES: readonly HostileFile[] = [
  {
    name: 'a-million-interfaces',
    outcome: 'refused',
    pieces: () => after(START, repeated(NAMED, 1_000_000)),
  },
  {
    name: 'ten-thousand-sections',
    outcome: 'read',
    pieces: () => repeated(START, 10_000),
  },
  {
    name: 'a-million-sections',
    outcome: 'refused',
    pieces: () => after(START, repeated(sectionHeader('little'), 1_000_000)),
  },
  {
    name: 'options-in-a-section',
    outcome: 'either',
    pieces: () => after(new Uint8Array(0), optionBomb(0x0a0d0d0a, SECTION, COMMENT), [START]),
  },
  {
    name: 'options-of-an-interface',
    outcome: 'either',
    pieces: () => after(START, optionBomb(1, u32(1, 0), COMMENT)),
  },
  {
    name: 'options-of-a-frame',
    outcome: 'either',
    pieces: () =>
      after(START, optionBomb(6, concat(u32(0, 0, 1, 60, 60), DATA), COMMENT), [
        enhancedPacket('little', 0, 5n, DATA),
      ]),
  },
  {
    name: 'options-of-statistics',
    outcome: 'either',
    pieces: () => after(START, optionBomb(5, u32(0, 0, 0), COMMENT)),
  },
  {
    name: 'names-of-16-mib',
    outcome: 'refused',
    pieces: () => after(START, ...Array.from({ length: 12 }, () => longNames())),
  },
  {
    name: 'vlan-tags-alone',
    outcome: 'read',
    pieces: () => after(START, repeated(enhancedPacket('little', 0, 9n, VLAN_STACK), 40)),
  },
];

/** An interface with names that fill the longest block believed. */
function* longNames(): Pieces {
  yield* optionBomb(1, u32(1, 0), option('little', 2, 'y'.repeat(65_532)));
}

/** A connection to be made up. */
interface Connections {
  /** How many there are. */
  readonly count: number;
  /** Segments of each behind its SYN, each with a hole before it. */
  readonly holes: number;
}

/**
 * TCP connections of nobody, each begun and then left with holes in it, one round of segments after the
 * other: whoever follows them has to keep something of each.
 */
export function* endlessConnections({ count, holes }: Connections): Pieces {
  yield concat(sectionHeader('little'), interfaceDescription('little'));
  for (let step = 0; step <= holes; step++) yield* roundOfSegments(count, tcpFrame(step));
}

function* roundOfSegments(count: number, frame: Uint8Array): Pieces {
  const perChunk = 4096;
  for (let first = 0; first < count; first += perChunk) {
    const some = Math.min(perChunk, count - first);
    const chunk = new Uint8Array(some * frame.length);
    const view = new DataView(chunk.buffer);
    for (let i = 0; i < some; i++) {
      chunk.set(frame, i * frame.length);
      // The client's address: another one for each connection.
      view.setUint32(i * frame.length + 28 + 26, 0x0a00_0000 + first + i);
    }
    yield chunk;
  }
}

/** A packet block with a SYN (0), or a segment of 8 bytes that follows on nothing. */
function tcpFrame(step: number): Uint8Array {
  const frame = new Uint8Array(62);
  const view = new DataView(frame.buffer);
  view.setUint16(12, 0x0800);
  frame.set([0x45, 0, 0, step === 0 ? 40 : 48, step >> 8, step & 0xff, 0, 0, 64, 6, 0, 0], 14);
  view.setUint32(30, 0xc000_0201);
  view.setUint16(34, 40_000);
  view.setUint16(36, 443);
  view.setUint32(38, 1000 * step);
  frame.set([0x50, step === 0 ? 0x02 : 0x18, 0xff, 0xff], 46);
  return enhancedPacket('little', 0, 1_795_355_060_000_000n + BigInt(step), frame);
}

/** One connection with one hole, which selective acknowledgments cut into as many as they can. */
export function* selectiveAcknowledgments(count: number): Pieces {
  yield concat(sectionHeader('little'), interfaceDescription('little'));
  const start = 1_795_355_060_000_000n;
  const packet = (length: number, fromClient: boolean, fields: readonly number[]): Uint8Array => {
    const [sequence, acknowledgment, flags, ...edges] = fields;
    const frame = new Uint8Array(54 + (edges.length > 0 ? 12 : 0) + length);
    const view = new DataView(frame.buffer);
    view.setUint16(12, 0x0800);
    frame.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0], 14);
    view.setUint16(16, frame.length - 14);
    view.setUint32(26, fromClient ? 0x0a00_0001 : 0x0a00_0002);
    view.setUint32(30, fromClient ? 0x0a00_0002 : 0x0a00_0001);
    view.setUint16(34, fromClient ? 40_000 : 443);
    view.setUint16(36, fromClient ? 443 : 40_000);
    view.setUint32(38, sequence!);
    view.setUint32(42, acknowledgment!);
    frame.set([edges.length > 0 ? 0x80 : 0x50, flags!, 0xff, 0xff], 46);
    if (edges.length > 0) {
      frame.set([1, 1, 5, 10], 54);
      view.setUint32(58, edges[0]!);
      view.setUint32(62, edges[1]!);
    }
    return enhancedPacket('little', 0, start, frame);
  };
  yield packet(0, true, [0, 0, 0x02]);
  yield packet(0, false, [0, 1, 0x12]);
  yield packet(1, true, [2 ** 29, 1, 0x18]);
  for (let i = 0; i < count; i++) {
    const at = 1000 + 20 * i;
    yield packet(0, false, [1, 1, 0x10, at, at + 10]);
  }
}

/** Writes a file. */
export function writePieces(path: string, pieces: Pieces): void {
  const fd = openSync(path, 'w');
  try {
    for (const piece of pieces) writeSync(fd, piece);
  } finally {
    closeSync(fd);
  }
}

/** A gzip file that grows a thousandfold: a good start, then blocks of nothing. */
export async function writeBomb(path: string, decompressedBytes: number): Promise<void> {
  const blockBytes = 1_048_576;
  const nothing = fields('little', [0xbad, 4], [blockBytes, 4], new Uint8Array(blockBytes - 12), [
    blockBytes,
    4,
  ]);
  const gzip = createGzip({ level: zlibConstants.Z_BEST_COMPRESSION });
  const fd = openSync(path, 'w');
  gzip.on('data', (bytes: Uint8Array) => writeSync(fd, bytes));
  const written = new Promise((resolve, reject) => {
    gzip.once('end', resolve);
    gzip.once('error', reject);
  });
  gzip.write(START);
  for (let left = decompressedBytes; left > 0; left -= blockBytes) {
    if (!gzip.write(nothing)) await new Promise((resolve) => gzip.once('drain', resolve));
  }
  gzip.end();
  await written;
  closeSync(fd);
}
