/**
 * Struct layouts of the kernel's packet interface as byte offsets (include/uapi/linux/if_packet.h,
 * filter.h, socket.h), compared with the C compiler's in test/platform.
 *
 * Structs are in host order; gapcap runs on little-endian hosts only, asserted here once.
 */

import { endianness } from 'node:os';
import { UnsupportedError } from '../core/errors.js';

/** struct sockaddr_ll, 20 bytes. */
export const SockaddrLl = {
  family: 0,
  protocol: 2,
  ifindex: 4,
  hatype: 8,
  pkttype: 10,
  halen: 11,
  addr: 12,
  size: 20,
} as const;

/** struct tpacket_req3, 28 bytes of u32. */
export const TpacketReq3 = {
  blockSize: 0,
  blockCount: 4,
  frameSize: 8,
  frameCount: 12,
  retireBlkTov: 16,
  sizeofPriv: 20,
  featureReqWord: 24,
  size: 28,
} as const;

/** struct tpacket_block_desc with its struct tpacket_hdr_v1. */
export const TpacketBlockDesc = {
  version: 0,
  offsetToPriv: 4,
  blockStatus: 8,
  numPkts: 12,
  offsetToFirstPkt: 16,
  blkLen: 20,
  seqNum: 24,
  tsFirstPkt: 32,
  tsLastPkt: 40,
  size: 48,
} as const;

/** struct tpacket3_hdr; a struct sockaddr_ll follows it at `size`. */
export const Tpacket3Hdr = {
  nextOffset: 0,
  sec: 4,
  nsec: 8,
  snaplen: 12,
  len: 16,
  status: 20,
  mac: 24,
  net: 26,
  rxhash: 28,
  vlanTci: 32,
  vlanTpid: 36,
  size: 48,
} as const;

/** struct tpacket_auxdata, the PACKET_AUXDATA control message. */
export const TpacketAuxdata = {
  status: 0,
  len: 4,
  snaplen: 8,
  mac: 12,
  net: 14,
  vlanTci: 16,
  vlanTpid: 18,
  size: 20,
} as const;

/** struct tpacket_stats_v3; struct tpacket_stats is its first 8 bytes. */
export const TpacketStatsV3 = { packets: 0, drops: 4, freezeQCnt: 8, size: 12 } as const;

/** struct packet_mreq. */
export const PacketMreq = { ifindex: 0, type: 4, alen: 6, address: 8, size: 16 } as const;

/** struct mmsghdr: a struct msghdr and the length received (64-bit layout). */
export const Mmsghdr = {
  name: 0,
  namelen: 8,
  iov: 16,
  iovlen: 24,
  control: 32,
  controllen: 40,
  flags: 48,
  len: 56,
  size: 64,
} as const;

/** struct iovec (64-bit layout). */
export const Iovec = { base: 0, len: 8, size: 16 } as const;

/** struct cmsghdr (64-bit layout): data follows at `size`, the next header at the next multiple of 8. */
export const Cmsghdr = { len: 0, level: 8, type: 12, size: 16 } as const;

/** struct sock_filter: one instruction of a classic BPF program. */
export const SockFilter = { code: 0, jt: 2, jf: 3, k: 4, size: 8 } as const;

/** struct sock_fprog (64-bit layout). */
export const SockFprog = { len: 0, filter: 8, size: 16 } as const;

/**
 * Throws where the kernel's structs are not laid out as this file says.
 *
 * @throws {UnsupportedError} `NOT_LITTLE_ENDIAN` or `NOT_64_BIT`
 */
export function assertLayouts(): void {
  if (endianness() !== 'LE') {
    throw new UnsupportedError(
      'NOT_LITTLE_ENDIAN',
      'Capturing needs a little-endian processor (x86-64, arm64).',
      { feature: 'little-endian' },
    );
  }
  if (!['x64', 'arm64', 'riscv64', 'loong64'].includes(process.arch)) {
    throw new UnsupportedError(
      'NOT_64_BIT',
      `Capturing needs a 64-bit system; this Node is built for ${process.arch}.`,
      { feature: '64-bit' },
    );
  }
}
