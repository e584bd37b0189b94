/** A plain packet socket as the probes look at it: every control message of every frame. */

import { tryReadSequence } from '../core/numbered-frame.js';
import {
  PACKET_AUXDATA,
  SK_MEMINFO_VARS,
  SO_MEMINFO,
  SO_RXQ_OVFL,
  SO_TIMESTAMPNS,
  SOL_PACKET,
  SOL_SOCKET,
} from '../sys/constants.js';
import { acceptAll, type FilterProgram, REJECT_ALL } from '../sys/filter-program.js';
import { Cmsghdr, SockaddrLl, TpacketAuxdata } from '../sys/layouts.js';
import { libc, systemCallError } from '../sys/libc.js';
import { MessageBatch } from '../sys/message-batch.js';
import { PacketSocket } from '../sys/packet-socket.js';
import { readStatistics, type Statistics } from './probe-ring.js';

/** SK_MEMINFO_DROPS (include/uapi/linux/sock_diag.h). */
const MEMINFO_DROPS = 8;

/** One received frame. */
export interface ProbeMessage {
  /** Of a numbered frame its number. */
  readonly sequence: number | undefined;
  /** What SO_RXQ_OVFL said; undefined where there was no such control message. */
  readonly dropTotal: number | undefined;
  /** sll_pkttype */
  readonly packetType: number;
  readonly bytes: Uint8Array;
  /** SO_TIMESTAMPNS as nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** Fields of PACKET_AUXDATA. */
  readonly status: number;
  readonly originalLength: number;
  readonly vlanTci: number;
  readonly vlanTpid: number;
}

/** A bound and accepting socket that asks for all control messages. */
export class ProbeQueue implements Disposable {
  readonly socket: PacketSocket;
  readonly #messages = new MessageBatch(64, 2048);

  /** @param bufferBytes the receive queue's limit before the kernel doubles it */
  constructor(
    interfaceIndex: number,
    options: { bufferBytes?: number; cooked?: boolean; filter?: FilterProgram } = {},
  ) {
    this.socket = PacketSocket.open(options.cooked ?? false);
    this.socket.attachFilter(REJECT_ALL);
    const on = Int32Array.of(1);
    this.socket.setOption(SOL_SOCKET, SO_RXQ_OVFL, on, 'SO_RXQ_OVFL');
    this.socket.setOption(SOL_SOCKET, SO_TIMESTAMPNS, on, 'SO_TIMESTAMPNS');
    this.socket.setOption(SOL_PACKET, PACKET_AUXDATA, on, 'PACKET_AUXDATA');
    this.socket.setReceiveBuffer(options.bufferBytes ?? 1 << 20);
    this.socket.bind(interfaceIndex);
    this.socket.attachFilter(options.filter ?? acceptAll(65_535));
  }

  /** What is queued, up to 64 frames, without waiting; empty where nothing is. */
  receive(): ProbeMessage[] {
    const count = this.#messages.receive(this.socket.fd);
    return Array.from({ length: Math.max(0, count) }, (_, index) => this.#message(index));
  }

  /** Everything that is queued. */
  receiveAll(): ProbeMessage[] {
    const all: ProbeMessage[] = [];
    for (let some = this.receive(); some.length > 0; some = this.receive()) all.push(...some);
    return all;
  }

  readStatistics(): Statistics {
    return readStatistics(this.socket);
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }

  #message(index: number): ProbeMessage {
    const m = this.#messages;
    const start = m.frameOffset(index);
    const length = m.frameLength(index);
    const frames = new DataView(m.bytes.buffer);
    const control = new DataView(m.controlWords.buffer);
    let dropTotal: number | undefined;
    let timeNs = 0n;
    let auxiliary = -1;
    const end = m.controlOffset(index) + m.controlLength(index);
    for (let at = m.controlOffset(index); at + Cmsghdr.size <= end; ) {
      const level = control.getInt32(at + Cmsghdr.level, true);
      const type = control.getInt32(at + Cmsghdr.type, true);
      const data = at + Cmsghdr.size;
      if (level === SOL_SOCKET && type === SO_RXQ_OVFL) dropTotal = control.getUint32(data, true);
      if (level === SOL_SOCKET && type === SO_TIMESTAMPNS) {
        timeNs =
          control.getBigInt64(data, true) * 1_000_000_000n + control.getBigInt64(data + 8, true);
      }
      if (level === SOL_PACKET && type === PACKET_AUXDATA) auxiliary = data;
      at += (Number(control.getBigUint64(at + Cmsghdr.len, true)) + 7) & ~7;
    }
    return {
      sequence: tryReadSequence(frames, start, length),
      dropTotal,
      packetType: m.names[m.nameOffset(index) + SockaddrLl.pkttype]!,
      bytes: m.bytes.slice(start, start + length),
      timeNs,
      status: control.getUint32(auxiliary + TpacketAuxdata.status, true),
      originalLength: control.getUint32(auxiliary + TpacketAuxdata.len, true),
      vlanTci: control.getUint16(auxiliary + TpacketAuxdata.vlanTci, true),
      vlanTpid: control.getUint16(auxiliary + TpacketAuxdata.vlanTpid, true),
    };
  }
}

/** The socket's drop total as SO_MEMINFO gives it, which changes nothing. */
export function readDropTotal(socket: PacketSocket): number {
  const values = new Uint32Array(SK_MEMINFO_VARS);
  const length = Uint32Array.of(values.byteLength);
  if (libc().getsockopt(socket.fd, SOL_SOCKET, SO_MEMINFO, values, length) < 0) {
    throw systemCallError('getsockopt', "Can't read SO_MEMINFO");
  }
  return values[MEMINFO_DROPS]!;
}
