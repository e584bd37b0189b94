/**
 * Captures of one traffic as other machines would have written them: byte order, resolution of times, link
 * layer, snapshot length, interfaces, sections, bounded losses and a torn end are each capture's own. Bytes
 * are laid down here, with no code of `src`.
 */

import { writeFileSync } from 'node:fs';

const START_SECONDS = 1_795_355_060n;
const ETHERNET = 1;
const COOKED_V2 = 276;
/** Frames are at least 200 ns apart. */
const AFTER_LAST_NS = 100n;
const BEFORE_FIRST_NS = 100n;
const HEADER_LENGTHS = { ethernet: 14, vlan: 18, cooked: 20 } as const;

/** One frame on the wire. */
export interface AdverseFrame {
  /** Equal ones look alike. */
  readonly content: number;
  /** Of the UDP payload, at least 4. */
  readonly payloadLength: number;
  readonly timeNs: number;
  /** Which interface of a capture with several sees it. */
  readonly wire: number;
}

/** How a capture writes what it sees. */
export interface AdverseStyle {
  readonly bigEndian: boolean;
  readonly inMicroseconds: boolean;
  readonly link: keyof typeof HEADER_LENGTHS;
  /** 0: none. */
  readonly snapshotLength: number;
  /** Whether each wire has an interface of its own. */
  readonly splitsWires: boolean;
  /** Rings of each interface, of which each frame has one by its content, and a loss is recorded at the next frame of its ring; 0: one. */
  readonly rings: number;
  /** The only ring that loses frames; -1: all do. */
  readonly lossyRing: number;
  /** Whether losses are recorded, at frames and in statistics, as gapcap does. */
  readonly recordsLoss: boolean;
  /** Whether neighbouring losses are recorded as a group of which the sum alone is known. */
  readonly bounded: boolean;
  /** Frame of the file before which a new section begins; 0: none. */
  readonly newSectionAt: number;
  /** Whether the file ends inside a block, without statistics. */
  readonly torn: boolean;
}

/** What was lost before a frame, or behind the last one: indices into the traffic. */
export interface AdverseRun {
  readonly section: number;
  readonly interfaceId: number;
  /** Index of the ring's frame before; undefined: its first gap. */
  readonly after: number | undefined;
  /** Index of the frame that follows; undefined: the final gap. */
  readonly before: number | undefined;
  readonly lost: readonly number[];
}

/** What was written. */
export interface AdverseTruth {
  /** Indices into the traffic of the frames, in the file's order. */
  readonly kept: readonly number[];
  /** Losses, by the file's order of the frames that follow; final gaps where their section ends. */
  readonly runs: readonly AdverseRun[];
}

/** Which ring a frame comes to; what looks alike comes to the same. */
export function ringOf({ content }: AdverseFrame, { rings }: AdverseStyle): number {
  return rings === 0 ? 0 : (Math.imul(content + 1, 0x85ebca6b) >>> 9) % rings;
}

/** Bytes in the order of a machine. */
class Bytes {
  readonly #parts: Buffer[] = [];
  readonly #big: boolean;

  constructor(big: boolean) {
    this.#big = big;
  }

  u16(value: number): this {
    const part = Buffer.alloc(2);
    if (this.#big) part.writeUInt16BE(value);
    else part.writeUInt16LE(value);
    return this.raw(part);
  }

  u32(value: number): this {
    const part = Buffer.alloc(4);
    if (this.#big) part.writeUInt32BE(value);
    else part.writeUInt32LE(value);
    return this.raw(part);
  }

  u64(value: bigint): this {
    const part = Buffer.alloc(8);
    if (this.#big) part.writeBigUInt64BE(value);
    else part.writeBigUInt64LE(value);
    return this.raw(part);
  }

  raw(part: Uint8Array): this {
    this.#parts.push(Buffer.from(part));
    return this;
  }

  padded(part: Uint8Array): this {
    return this.raw(part).raw(Buffer.alloc(-part.length & 3));
  }

  option(code: number, value: Uint8Array): this {
    return this.u16(code).u16(value.length).padded(value);
  }

  option64(code: number, value: bigint): this {
    return this.u16(code).u16(8).u64(value);
  }

  /** As the body of a block. */
  block(type: number): Buffer {
    const body = Buffer.concat(this.#parts);
    const length = body.length + 12;
    const head = new Bytes(this.#big).u32(type).u32(length).bytes();
    return Buffer.concat([head, body, new Bytes(this.#big).u32(length).bytes()]);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** The frame as it is on the wire before a capture: IPv4 and UDP below a link header of its own. */
export function adverseBytes(frame: AdverseFrame, link: AdverseStyle['link']): Buffer {
  const head = HEADER_LENGTHS[link];
  const udpLength = 8 + frame.payloadLength;
  const bytes = Buffer.alloc(head + 20 + udpLength);
  if (link === 'cooked') bytes.writeUInt16BE(0x0800, 0);
  else {
    bytes.fill(link === 'vlan' ? 9 : 2, 0, 12);
    if (link === 'vlan') bytes.writeUInt32BE(0x8100_0064, 12);
    bytes.writeUInt16BE(0x0800, head - 2);
  }
  bytes[head] = 0x45;
  bytes.writeUInt16BE(20 + udpLength, head + 2);
  bytes[head + 8] = link === 'ethernet' ? 64 : 61;
  bytes[head + 9] = 17;
  bytes.writeUInt32BE(0xc000_0201, head + 12);
  bytes.writeUInt32BE(0xc633_6401, head + 16);
  bytes.writeUInt16BE(4000, head + 20);
  bytes.writeUInt16BE(5000, head + 22);
  bytes.writeUInt16BE(udpLength, head + 24);
  bytes.writeUInt32BE(frame.content, head + 28);
  return bytes;
}

/**
 * Writes a capture.
 *
 * @param order indices into the traffic in the order in which it was seen, lost ones included
 * @param lost which places of `order` were lost
 * @param stamp its clock
 */
export function writeAdverse(
  path: string,
  traffic: readonly AdverseFrame[],
  seen: {
    readonly order: readonly number[];
    readonly lost: readonly boolean[];
    readonly stamp: (timeNs: number, index: number) => number;
  },
  style: AdverseStyle,
): AdverseTruth {
  const writer = new AdverseWriter(style);
  writer.beginSection();
  for (const [place, index] of seen.order.entries()) {
    const frame = traffic[index]!;
    const stampNs = seen.stamp(frame.timeNs, index);
    if (seen.lost[place] === true) writer.lose(index, frame, stampNs);
    else writer.keep(index, frame, stampNs);
  }
  return writer.end(path);
}

/** What an interface has counted in a section. */
interface Counter {
  frames: number;
  dropped: number;
  groups: number;
  readonly rings: readonly RingCounter[];
}

/** What a ring has lost since its last frame. */
interface RingCounter {
  last: number | undefined;
  lost: number[];
  /** A loss that waits for the next one, to be a group with it. */
  open: { readonly at: number; readonly lost: number } | undefined;
}

/** A frame that is to be written, and the loss that is recorded at it. */
interface Entry {
  readonly index: number;
  readonly frame: AdverseFrame;
  readonly timeNs: bigint;
  readonly interfaceId: number;
  readonly ring: number;
  dropCount: number;
  comment: string | undefined;
}

class AdverseWriter {
  readonly #style: AdverseStyle;
  readonly #blocks: Buffer[] = [];
  readonly #kept: number[] = [];
  readonly #runs: AdverseRun[] = [];
  #counters: Counter[] = [];
  #entries: Entry[] = [];
  #section = -1;
  /** When the section's first frame came, and the last one. */
  #firstNs: bigint | undefined = undefined;
  #lastNs = 0n;

  constructor(style: AdverseStyle) {
    this.#style = style;
  }

  #bytes(): Bytes {
    return new Bytes(this.#style.bigEndian);
  }

  beginSection(): void {
    const { recordsLoss, link, snapshotLength, inMicroseconds, splitsWires } = this.#style;
    this.#section++;
    this.#blocks.push(
      this.#bytes()
        .u32(0x1a2b_3c4d)
        .u16(1)
        .u16(0)
        .u64(0xffff_ffff_ffff_ffffn)
        .option(4, Buffer.from(recordsLoss ? 'gapcap 1.0' : 'another tool'))
        .u32(0)
        .block(0x0a0d_0d0a),
    );
    const count = splitsWires ? 2 : 1;
    for (let i = 0; i < count; i++) {
      const description = this.#bytes()
        .u16(link === 'cooked' ? COOKED_V2 : ETHERNET)
        .u16(0)
        .u32(snapshotLength)
        .option(2, Buffer.from(`eth${i}`));
      if (!inMicroseconds) description.option(9, Buffer.of(9));
      this.#blocks.push(description.u32(0).block(1));
    }
    this.#counters = Array.from({ length: count }, () => ({
      ...{ frames: 0, dropped: 0, groups: 0 },
      rings: Array.from({ length: Math.max(1, this.#style.rings) }, () => ({
        ...{ last: undefined, lost: [], open: undefined },
      })),
    }));
  }

  #interfaceOf({ wire }: AdverseFrame): number {
    return this.#style.splitsWires ? wire : 0;
  }

  #timeOf(stampNs: number): bigint {
    return START_SECONDS * 1_000_000_000n + BigInt(Math.round(stampNs));
  }

  #see(timeNs: bigint): void {
    this.#firstNs ??= timeNs;
    this.#lastNs = timeNs;
  }

  lose(index: number, frame: AdverseFrame, stampNs: number): void {
    this.#see(this.#timeOf(stampNs));
    const counter = this.#counters[this.#interfaceOf(frame)]!;
    counter.rings[ringOf(frame, this.#style)]!.lost.push(index);
    counter.dropped++;
  }

  keep(index: number, frame: AdverseFrame, stampNs: number): void {
    const { newSectionAt, recordsLoss, bounded } = this.#style;
    if (newSectionAt > 0 && this.#kept.length === newSectionAt) {
      this.#endSection();
      this.beginSection();
    }
    const interfaceId = this.#interfaceOf(frame);
    const counter = this.#counters[interfaceId]!;
    const ring = ringOf(frame, this.#style);
    const own = counter.rings[ring]!;
    const lost = own.lost.length;
    this.#runs.push({
      ...{ section: this.#section, interfaceId, after: own.last, before: index, lost: own.lost },
    });
    own.lost = [];
    own.last = index;
    counter.frames++;
    const timeNs = this.#timeOf(stampNs);
    this.#see(timeNs);
    const entry: Entry = {
      ...{ index, frame, timeNs, interfaceId, ring },
      dropCount: recordsLoss ? lost : 0,
      comment: undefined,
    };
    if (recordsLoss && bounded && lost > 0) this.#bound(counter, own, entry, lost);
    this.#entries.push(entry);
    this.#kept.push(index);
  }

  /** Every second loss of a ring makes a group with the one before it; the split is hidden. */
  #bound(counter: Counter, ring: RingCounter, entry: Entry, lost: number): void {
    const { open } = ring;
    if (open === undefined) {
      ring.open = { at: this.#entries.length, lost };
      return;
    }
    ring.open = undefined;
    const sum = open.lost + lost;
    const group = ++counter.groups;
    const first = this.#entries[open.at]!;
    first.dropCount = sum >> 1;
    entry.dropCount = sum - first.dropCount;
    const text = (most: number): string =>
      `gapcap: bounded, at least 0 and at most ${most} frames lost here; the sum over group ${group} is exact`;
    first.comment = text(sum);
    entry.comment = text(sum);
  }

  #writeFrame({ frame, timeNs, interfaceId, ring, dropCount, comment }: Entry): void {
    const { link, snapshotLength, inMicroseconds, rings } = this.#style;
    const bytes = adverseBytes(frame, link);
    const captured = snapshotLength > 0 ? bytes.subarray(0, snapshotLength) : bytes;
    const ticks = inMicroseconds ? timeNs / 1000n : timeNs;
    const body = this.#bytes()
      .u32(interfaceId)
      .u32(Number(ticks >> 32n))
      .u32(Number(ticks & 0xffff_ffffn))
      .u32(captured.length)
      .u32(bytes.length)
      .padded(captured);
    if (comment !== undefined) body.option(1, Buffer.from(comment));
    if (dropCount > 0) body.option64(4, BigInt(dropCount));
    if (rings > 0) body.u16(6).u16(4).u32(ring);
    if (comment !== undefined || dropCount > 0 || rings > 0) body.u32(0);
    this.#blocks.push(body.block(6));
  }

  #endSection(): void {
    for (const entry of this.#entries) this.#writeFrame(entry);
    this.#entries = [];
    // It ended, and read its counters, before the next frame came.
    const endNs = this.#lastNs + AFTER_LAST_NS;
    const ticksOf = (ns: bigint): bigint => (this.#style.inMicroseconds ? ns / 1000n : ns);
    const ticks = ticksOf(endNs);
    const startTicks = ticksOf((this.#firstNs ?? endNs) - BEFORE_FIRST_NS);
    this.#firstNs = undefined;
    for (const [interfaceId, { rings, frames, dropped }] of this.#counters.entries()) {
      for (const { lost, last } of rings) {
        this.#runs.push({
          ...{ section: this.#section, interfaceId, after: last, before: undefined, lost },
        });
      }
      const finals = rings.flatMap(({ lost }, i) =>
        lost.length > 0 ? [`ring ${i}: ${lost.length}`] : [],
      );
      if (!this.#style.recordsLoss || this.#style.torn) continue;
      const statistics = this.#bytes()
        .u32(interfaceId)
        .u32(Number(ticks >> 32n))
        .u32(Number(ticks & 0xffff_ffffn))
        .u16(2)
        .u16(8)
        .u32(Number(startTicks >> 32n))
        .u32(Number(startTicks & 0xffff_ffffn))
        .option64(6, BigInt(frames + dropped))
        .option64(7, BigInt(dropped))
        .option64(8, BigInt(frames));
      if (this.#style.rings > 0 && finals.length > 0) {
        const text = `gapcap: lost after the last frame of ${finals.join(', ')}`;
        statistics.option(1, Buffer.from(text));
      }
      this.#blocks.push(statistics.u32(0).block(5));
    }
  }

  end(path: string): AdverseTruth {
    this.#endSection();
    if (this.#style.torn) this.#blocks.push(this.#bytes().u32(6).u32(200).u32(0).bytes());
    writeFileSync(path, Buffer.concat(this.#blocks));
    return { kept: this.#kept, runs: this.#runs };
  }
}
