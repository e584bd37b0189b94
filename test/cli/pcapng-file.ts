/** Little pcapng files, built byte by byte from the specification (draft-ietf-opsawg-pcapng). */

import { readFileSync } from 'node:fs';

const u16 = (value: number): number[] => [value & 0xff, value >>> 8];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const u64 = (value: bigint): number[] => [
  ...u32(Number(value & 0xffff_ffffn)),
  ...u32(Number(value >> 32n)),
];
/** A 64-bit time is written as two 32-bit words, the high one first. */
const time = (value: bigint): number[] => [
  ...u32(Number(value >> 32n)),
  ...u32(Number(value & 0xffff_ffffn)),
];
const padded = (bytes: readonly number[]): number[] => [
  ...bytes,
  ...new Array<number>((4 - (bytes.length % 4)) % 4).fill(0),
];
const option = (code: number, value: readonly number[]): number[] => [
  ...u16(code),
  ...u16(value.length),
  ...padded(value),
];
const endOfOptions = option(0, []);
const ascii = (text: string): number[] => [...Buffer.from(text, 'ascii')];

function block(type: number, body: readonly number[]): number[] {
  const length = 12 + body.length;
  return [...u32(type), ...u32(length), ...body, ...u32(length)];
}

/** One frame of `pcapngFile`. */
export interface FileFrame {
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly timeNs: bigint;
  /** epb_dropcount; left out where undefined. */
  readonly lostBefore?: number;
  /** epb_queue; left out where undefined. */
  readonly queue?: number;
}

/** Totals for the Interface Statistics Block. */
export interface FileTotals {
  /** isb_filteraccept */
  readonly received: number;
  /** isb_osdrop */
  readonly dropped: number;
  /** isb_usrdeliv */
  readonly delivered: number;
  /** opt_comment */
  readonly comment?: string;
}

/** A section with one Ethernet interface in nanoseconds, frames of 60 zero bytes, and totals. */
export function pcapngFile(
  interfaceName: string,
  frames: readonly FileFrame[],
  totals?: FileTotals,
): Uint8Array {
  const section = block(0x0a0d0d0a, [
    ...u32(0x1a2b3c4d),
    ...u16(1),
    ...u16(0),
    ...u64(0xffff_ffff_ffff_ffffn),
  ]);
  const description = block(1, [
    ...u16(1), // LINKTYPE_ETHERNET
    ...u16(0),
    ...u32(262_144),
    ...option(2, ascii(interfaceName)), // if_name
    ...option(9, [9]), // if_tsresol: 10^-9
    ...endOfOptions,
  ]);
  const packets = frames.flatMap(({ timeNs, lostBefore, queue }) => {
    const options = [
      ...(lostBefore === undefined ? [] : option(4, u64(BigInt(lostBefore)))), // epb_dropcount
      ...(queue === undefined ? [] : option(6, u32(queue))), // epb_queue
    ];
    return block(6, [
      ...u32(0),
      ...time(timeNs),
      ...u32(60),
      ...u32(60),
      ...new Array<number>(60).fill(0),
      ...(options.length === 0 ? [] : [...options, ...endOfOptions]),
    ]);
  });
  const statistics =
    totals === undefined
      ? []
      : block(5, [
          ...u32(0),
          ...time(frames.at(-1)?.timeNs ?? 0n),
          ...(totals.comment === undefined ? [] : option(1, ascii(totals.comment))),
          ...option(6, u64(BigInt(totals.received))), // isb_filteraccept
          ...option(7, u64(BigInt(totals.dropped))), // isb_osdrop
          ...option(8, u64(BigInt(totals.delivered))), // isb_usrdeliv
          ...endOfOptions,
        ]);
  return Uint8Array.from([...section, ...description, ...packets, ...statistics]);
}

/** Counts the blocks of a file by walking their lengths; throws where it doesn't end with a block. */
export function countBlocks(path: string): {
  sections: number;
  interfaces: number;
  frames: number;
  statistics: number;
} {
  const bytes = readFileSync(path);
  const types = new Map<number, number>();
  let at = 0;
  while (at < bytes.length) {
    const type = bytes.readUInt32LE(at);
    const length = bytes.readUInt32LE(at + 4);
    if (bytes.readUInt32LE(at + length - 4) !== length) throw new Error(`bad block at ${at}`);
    types.set(type, (types.get(type) ?? 0) + 1);
    at += length;
  }
  return {
    sections: types.get(0x0a0d0d0a) ?? 0,
    interfaces: types.get(1) ?? 0,
    frames: types.get(6) ?? 0,
    statistics: types.get(5) ?? 0,
  };
}
