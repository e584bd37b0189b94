/** A TPACKET_V3 ring as the probes look at it: block by block, with nothing kept track of. */

import { tryReadSequence } from '../core/numbered-frame.js';
import {
  PACKET_STATISTICS,
  SOL_PACKET,
  TP_STATUS_LOSING,
  TP_STATUS_USER,
} from '../sys/constants.js';
import { acceptAll, type FilterProgram, REJECT_ALL } from '../sys/filter-program.js';
import { Tpacket3Hdr, TpacketBlockDesc } from '../sys/layouts.js';
import { libc, systemCallError } from '../sys/libc.js';
import { PacketRing } from '../sys/packet-ring.js';
import { PacketSocket } from '../sys/packet-socket.js';

/** The kernel's counters since they were last read. */
export interface Statistics {
  readonly packets: number;
  readonly drops: number;
  readonly freezes: number;
}

/** Reads PACKET_STATISTICS of a socket with a ring, or of one without (freezes 0). */
export function readStatistics(socket: PacketSocket): Statistics {
  const values = new Uint32Array(3);
  const length = Uint32Array.of(values.byteLength);
  if (libc().getsockopt(socket.fd, SOL_PACKET, PACKET_STATISTICS, values, length) < 0) {
    throw systemCallError('getsockopt', "Can't read the counters");
  }
  return { packets: values[0]!, drops: values[1]!, freezes: values[2]! };
}

/** How a probe's ring is made; the timer never comes within a test unless `retireMs` says so. */
export interface ProbeRingOptions {
  readonly blockCount?: number;
  readonly blockSizeBytes?: number;
  readonly retireMs?: number;
  readonly reserveBytes?: number;
  readonly cooked?: boolean;
  readonly filter?: FilterProgram;
}

/** One frame in a block. */
export interface ProbeFrame {
  /** Where its struct tpacket3_hdr is in the ring's memory. */
  readonly header: number;
  /** tp_next_offset: from this header to the next one. */
  readonly nextOffset: number;
  /** tp_mac: from the header to the frame's first byte. */
  readonly mac: number;
  readonly capturedLength: number;
  readonly originalLength: number;
  /** tp_status */
  readonly status: number;
  readonly vlanTci: number;
  readonly vlanTpid: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** A copy. */
  readonly bytes: Uint8Array;
}

/** A socket with a ring, bound and accepting. */
export class ProbeRing implements Disposable {
  readonly socket: PacketSocket;
  readonly blockCount: number;
  readonly memory: Uint8Array;
  readonly #ring: PacketRing;
  readonly #blockSizeBytes: number;
  readonly #view: DataView;

  constructor(interfaceIndex: number, options: ProbeRingOptions = {}) {
    this.blockCount = options.blockCount ?? 3;
    this.#blockSizeBytes = options.blockSizeBytes ?? 4096;
    this.socket = PacketSocket.open(options.cooked ?? false);
    this.socket.attachFilter(REJECT_ALL);
    this.#ring = PacketRing.map(this.socket, {
      blockSizeBytes: this.#blockSizeBytes,
      blockCount: this.blockCount,
      retireMs: options.retireMs ?? 60_000,
      reserveBytes: options.reserveBytes ?? 2,
    });
    this.memory = this.#ring.bytes;
    this.#view = new DataView(this.memory.buffer);
    this.socket.bind(interfaceIndex);
    readStatistics(this.socket);
    this.socket.attachFilter(options.filter ?? acceptAll(65_535));
  }

  /** Block status of a slot. */
  status(slot: number): number {
    return Atomics.load(this.#ring.words, (this.#base(slot) + TpacketBlockDesc.blockStatus) / 4);
  }

  isClosed(slot: number): boolean {
    return (this.status(slot) & TP_STATUS_USER) !== 0;
  }

  isLosing(slot: number): boolean {
    return (this.status(slot) & TP_STATUS_LOSING) !== 0;
  }

  frameCount(slot: number): number {
    return this.#view.getUint32(this.#base(slot) + TpacketBlockDesc.numPkts, true);
  }

  /** The number of the block that is, or was last, in a slot. */
  blockNumber(slot: number): number {
    return Number(this.#view.getBigUint64(this.#base(slot) + TpacketBlockDesc.seqNum, true));
  }

  /** Gives a block back; a frame count of 0 is left in it, so that a count is never an old one. */
  release(slot: number): void {
    this.#view.setUint32(this.#base(slot) + TpacketBlockDesc.numPkts, 0, true);
    Atomics.store(this.#ring.words, (this.#base(slot) + TpacketBlockDesc.blockStatus) / 4, 0);
  }

  /** The frames of a closed block. */
  frames(slot: number): ProbeFrame[] {
    const frames: ProbeFrame[] = [];
    const view = this.#view;
    let header = this.#firstHeader(slot);
    for (let left = this.frameCount(slot); left > 0; left--) {
      const mac = view.getUint16(header + Tpacket3Hdr.mac, true);
      const capturedLength = view.getUint32(header + Tpacket3Hdr.snaplen, true);
      const nextOffset = view.getUint32(header + Tpacket3Hdr.nextOffset, true);
      frames.push({
        header,
        nextOffset,
        mac,
        capturedLength,
        originalLength: view.getUint32(header + Tpacket3Hdr.len, true),
        status: view.getUint32(header + Tpacket3Hdr.status, true),
        vlanTci: view.getUint32(header + Tpacket3Hdr.vlanTci, true),
        vlanTpid: view.getUint16(header + Tpacket3Hdr.vlanTpid, true),
        seconds: view.getUint32(header + Tpacket3Hdr.sec, true),
        nanoseconds: view.getUint32(header + Tpacket3Hdr.nsec, true),
        bytes: this.memory.slice(header + mac, header + mac + capturedLength),
      });
      header += nextOffset;
    }
    return frames;
  }

  /** The numbers of the numbered frames in a closed block, appended to a list. */
  appendSequences(slot: number, list: number[]): void {
    let header = this.#firstHeader(slot);
    for (let left = this.frameCount(slot); left > 0; left--) {
      const at = header + this.#view.getUint16(header + Tpacket3Hdr.mac, true);
      const sequence = tryReadSequence(this.#view, at, 60);
      if (sequence === undefined) throw new Error('A frame came that nobody sent');
      list.push(sequence);
      header += this.#view.getUint32(header + Tpacket3Hdr.nextOffset, true);
    }
  }

  /** The numbers of the numbered frames in a closed block. */
  sequences(slot: number): number[] {
    const list: number[] = [];
    this.appendSequences(slot, list);
    return list;
  }

  readStatistics(): Statistics {
    return readStatistics(this.socket);
  }

  [Symbol.dispose](): void {
    this.#ring.unmap();
    this.socket.close();
  }

  #base(slot: number): number {
    return slot * this.#blockSizeBytes;
  }

  #firstHeader(slot: number): number {
    const base = this.#base(slot);
    return base + this.#view.getUint32(base + TpacketBlockDesc.offsetToFirstPkt, true);
  }
}

/** Whole numbers from `first`, `count` of them. */
export function numbersFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
