/** Fanout groups: several packet sockets on one interface, each frame to exactly one of them. */

import { SOL_PACKET } from './constants.js';
import { libc, systemCallError } from './libc.js';
import type { PacketSocket } from './packet-socket.js';

/**
 * Which socket of a group gets a frame: `cpu` that of the processor it is handled on, `qm` that of the
 * receive queue of the network card, `hash` that of its flow, whatever processor handles it.
 */
export type FanoutMode = 'cpu' | 'qm' | 'hash';

// include/uapi/linux/if_packet.h
const PACKET_FANOUT = 18;
const PACKET_FANOUT_HASH = 0;
const PACKET_FANOUT_CPU = 2;
const PACKET_FANOUT_QM = 5;
/** The kernel chooses a number for the group that no other has (since Linux 4.12). */
const PACKET_FANOUT_FLAG_UNIQUEID = 0x2000;

/** Most sockets that a group takes on every kernel (PACKET_FANOUT_MAX before Linux 5.13). */
export const LARGEST_FANOUT = 256;

const TYPE: Readonly<Record<FanoutMode, number>> = {
  cpu: PACKET_FANOUT_CPU,
  qm: PACKET_FANOUT_QM,
  hash: PACKET_FANOUT_HASH,
};

/**
 * Puts a bound socket into a group of its own, as its first member.
 *
 * From then on the group's members share the interface's frames among them. The member that joined as
 * number i, from 0, gets what has index i modulo the number of members; where an interface goes down
 * members leave, and join again in the order of the kernel's list when it comes up
 * (net/packet/af_packet.c, fanout_add(), __fanout_link(), fanout_demux_cpu()).
 *
 * @returns the group's number
 * @throws {SystemCallError} `EINVAL` where the kernel knows no such rule, or the interface is down
 */
export function createFanout(socket: PacketSocket, mode: FanoutMode): number {
  setFanout(socket, 0, (TYPE[mode] << 16) | (PACKET_FANOUT_FLAG_UNIQUEID << 16));
  const value = new Uint32Array(1);
  const length = Uint32Array.of(4);
  if (libc().getsockopt(socket.fd, SOL_PACKET, PACKET_FANOUT, value, length) < 0) {
    throw systemCallError('getsockopt', "Can't read the number of a fanout group");
  }
  return value[0]! & 0xffff;
}

/** Adds a bound socket to a group, as its last member; `mode` must be that of the group. */
export function joinFanout(socket: PacketSocket, group: number, mode: FanoutMode): void {
  setFanout(socket, group, TYPE[mode] << 16);
}

function setFanout(socket: PacketSocket, group: number, flags: number): void {
  const value = Int32Array.of(group | flags);
  socket.setOption(
    SOL_PACKET,
    PACKET_FANOUT,
    value,
    "Can't share an interface's frames among rings",
  );
}
