/** Classic BPF programs: which frames a socket takes, and how many bytes of each. */

import { SockFilter } from './layouts.js';

/** BPF_RET | BPF_K: return the constant k. */
const RETURN_CONSTANT = 0x06;

/** One instruction of a classic BPF program (struct sock_filter). */
export interface FilterInstruction {
  /** Operation code (u16). */
  readonly code: number;
  /** Instructions to skip where a comparison holds (u8). */
  readonly jt: number;
  /** Instructions to skip where it doesn't (u8). */
  readonly jf: number;
  /** The operand (u32). */
  readonly k: number;
}

/**
 * A classic BPF program. The value it returns for a frame is the number of bytes to keep; 0 rejects
 * the frame, which then is in no counter of the socket.
 */
export type FilterProgram = readonly FilterInstruction[];

/** The program that takes no frame at all: what a socket has before it starts and after it stops. */
export const REJECT_ALL: FilterProgram = [{ code: RETURN_CONSTANT, jt: 0, jf: 0, k: 0 }];

/**
 * The program that takes every frame and keeps the first `snapshotLength` bytes of it.
 *
 * @param snapshotLength bytes, 1 … 2^32 − 1
 */
export function acceptAll(snapshotLength: number): FilterProgram {
  return [{ code: RETURN_CONSTANT, jt: 0, jf: 0, k: snapshotLength >>> 0 }];
}

/** BPF_LD | BPF_W | BPF_ABS: load from a fixed place into the accumulator. */
const LOAD_WORD = 0x20;
/** BPF_JMP | BPF_JEQ | BPF_K: compare the accumulator with a constant. */
const JUMP_IF_EQUAL = 0x15;
/** Places beyond a frame's bytes (include/uapi/linux/filter.h): SKF_AD_OFF with what it is added to. */
const PKTTYPE_PLACE = 0xffff_f004;
const HATYPE_PLACE = 0xffff_f01c;
const PACKET_OUTGOING = 4;
const ARPHRD_LOOPBACK = 772;

/**
 * A program that first rejects what a loopback interface sends: each such frame comes in again
 * right away, and would be seen twice.
 *
 * libpcap leaves these frames out, too (pcap-linux.c, linux_check_direction()).
 */
export function withoutLoopbackEcho(program: FilterProgram): FilterProgram {
  return [
    { code: LOAD_WORD, jt: 0, jf: 0, k: PKTTYPE_PLACE },
    { code: JUMP_IF_EQUAL, jt: 0, jf: 3, k: PACKET_OUTGOING },
    { code: LOAD_WORD, jt: 0, jf: 0, k: HATYPE_PLACE },
    { code: JUMP_IF_EQUAL, jt: 0, jf: 1, k: ARPHRD_LOOPBACK },
    { code: RETURN_CONSTANT, jt: 0, jf: 0, k: 0 },
    ...program,
  ];
}

/**
 * Which frames to take by their way: `in`, those that come to this host; `out`, those that it sends;
 * `inout`, both.
 */
export type Direction = 'in' | 'out' | 'inout';

/**
 * A program that takes frames of one direction only. What a loopback interface sends comes in again:
 * `out` takes it when it is sent, `in` when it is received, so once each.
 *
 * A frame of the other direction is filtered: it is in no counter of the socket.
 *
 * Source: pcap-linux.c, linux_check_direction(), which for `out` leaves out what a loopback interface
 * sends; it tells the direction only of what was received and counted already.
 */
export function withDirection(
  program: FilterProgram,
  direction: Exclude<Direction, 'inout'>,
): FilterProgram {
  const [jt, jf] = direction === 'in' ? [0, 1] : [1, 0];
  return [
    { code: LOAD_WORD, jt: 0, jf: 0, k: PKTTYPE_PLACE },
    { code: JUMP_IF_EQUAL, jt, jf, k: PACKET_OUTGOING },
    { code: RETURN_CONSTANT, jt: 0, jf: 0, k: 0 },
    ...program,
  ];
}

/** The program as an array of struct sock_filter. */
export function encodeFilter(program: FilterProgram): Uint8Array {
  const bytes = new Uint8Array(program.length * SockFilter.size);
  const view = new DataView(bytes.buffer);
  for (const [index, instruction] of program.entries()) {
    const at = index * SockFilter.size;
    view.setUint16(at + SockFilter.code, instruction.code, true);
    view.setUint8(at + SockFilter.jt, instruction.jt);
    view.setUint8(at + SockFilter.jf, instruction.jf);
    view.setUint32(at + SockFilter.k, instruction.k, true);
  }
  return bytes;
}
