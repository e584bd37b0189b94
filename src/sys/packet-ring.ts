/** A TPACKET_V3 receive ring: blocks of memory that the kernel fills and the process reads in place. */

import { constants } from 'node:os';
import { ArgumentError, SystemCallError, UnsupportedError } from '../core/errors.js';
import { LoopMemory } from '../core/loop-memory.js';
import { addressLimitError, readAddressRoom, SPARE_BYTES } from './address-room.js';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
  PACKET_RESERVE,
  PACKET_RX_RING,
  PACKET_VERSION,
  PROT_READ,
  PROT_WRITE,
  SOL_PACKET,
  TPACKET_V3,
} from './constants.js';
import { TpacketReq3 } from './layouts.js';
import { addressOf, libc, MAP_FAILED, systemCallError, viewMemory } from './libc.js';
import type { PacketSocket } from './packet-socket.js';

/** The shape of a ring. */
export interface RingGeometry {
  /** Bytes of one block: a multiple of 4096; also the longest frame a ring can hold, about. */
  readonly blockSizeBytes: number;
  /** Number of blocks. */
  readonly blockCount: number;
  /**
   * Milliseconds within which the kernel hands over a block with a frame in it that isn't full
   * (1 … 60,000), but for the timer's own lateness. Since Linux 6.18 the timer runs freely: mostly sooner.
   */
  readonly retireMs: number;
  /** Bytes left free before each frame beyond what the kernel's alignment leaves (tp_reserve). */
  readonly reserveBytes: number;
}

/**
 * tp_frame_size means nothing for V3 but is checked: it must divide the block and hold the headers.
 * Source: net/packet/af_packet.c, packet_set_ring().
 */
const NOMINAL_FRAME_SIZE = 2048;

/** Memory in front of a ring that is mapped into a loop's memory: address 0 stays unused. */
const LOOP_RING_AT = 65_536;
/**
 * Bytes behind it that a loop may read: it copies more at a time than the last frame has, and touches
 * memory up to 897 bytes from a header's first on, to have it in the cache when its turn comes.
 */
const LOOP_SLACK_BYTES = 1024;

/** Where a ring lies in memory that a WebAssembly module reaches, too. */
export interface LoopPlace {
  readonly memory: LoopMemory;
  /** First byte behind the ring that is the loop's own. */
  readonly roomAt: number;
}

/** The mapping of one ring. It goes with its socket: unmap before the socket is closed. */
export class PacketRing {
  #address: bigint;
  readonly geometry: RingGeometry;
  /** The mapping as 32-bit words. Never touch it after `unmap`: the memory is gone. */
  readonly words: Int32Array;
  /** The mapping as bytes; the same warning. */
  readonly bytes: Uint8Array;
  /** Where a loop reaches it; undefined where it lies elsewhere. */
  readonly loopPlace: LoopPlace | undefined;

  private constructor(
    address: bigint,
    geometry: RingGeometry,
    buffer: ArrayBuffer,
    loopPlace?: LoopPlace,
  ) {
    const sizeBytes = geometry.blockSizeBytes * geometry.blockCount;
    const at = loopPlace === undefined ? 0 : LOOP_RING_AT;
    this.#address = address;
    this.geometry = geometry;
    this.loopPlace = loopPlace;
    this.words = new Int32Array(buffer, at, sizeBytes / 4);
    this.bytes = new Uint8Array(buffer, at, sizeBytes);
  }

  /**
   * Asks the kernel for a ring on a socket that isn't bound yet, and maps it: into the memory of a
   * WebAssembly module where `roomBytes` are given and there is such memory, else wherever there is
   * room.
   *
   * @param roomBytes bytes of that memory that the module wants for itself
   * @throws {SystemCallError} `ENOMEM` where the kernel won't give the memory
   * @throws {UnsupportedError} `NO_TPACKET_V3` where the kernel knows no block rings, `ADDRESS_LIMIT`
   *   where the process may use too few addresses to go on with such a ring
   */
  static map(socket: PacketSocket, geometry: RingGeometry, roomBytes?: number): PacketRing {
    checkGeometry(geometry);
    const sizeBytes = geometry.blockSizeBytes * geometry.blockCount;
    try {
      socket.setOption(SOL_PACKET, PACKET_VERSION, new Int32Array([TPACKET_V3]), 'TPACKET_V3');
    } catch (cause) {
      throw new UnsupportedError(
        'NO_TPACKET_V3',
        'This kernel has no TPACKET_V3 rings; they came with Linux 3.2.',
        { feature: 'TPACKET_V3', hint: 'Capture with --engine socket.', cause },
      );
    }
    socket.setOption(
      SOL_PACKET,
      PACKET_RESERVE,
      new Uint32Array([geometry.reserveBytes]),
      `Can't reserve ${geometry.reserveBytes} bytes before each frame`,
    );
    const request = new Uint32Array(TpacketReq3.size / 4);
    request[TpacketReq3.blockSize / 4] = geometry.blockSizeBytes;
    request[TpacketReq3.blockCount / 4] = geometry.blockCount;
    request[TpacketReq3.frameSize / 4] = NOMINAL_FRAME_SIZE;
    request[TpacketReq3.frameCount / 4] =
      (geometry.blockSizeBytes / NOMINAL_FRAME_SIZE) * geometry.blockCount;
    request[TpacketReq3.retireBlkTov / 4] = geometry.retireMs;
    if (libc().setsockopt(socket.fd, SOL_PACKET, PACKET_RX_RING, request, TpacketReq3.size) < 0) {
      throw ringError('setsockopt', geometry);
    }
    const leftBytes = readAddressRoom();
    const neededBytes = sizeBytes + SPARE_BYTES;
    const isTight = leftBytes !== undefined && leftBytes < neededBytes;
    // V8 would look for the addresses by collecting garbage, which needs some more.
    const memory =
      roomBytes === undefined || isTight
        ? undefined
        : LoopMemory.allocate(LOOP_RING_AT + sizeBytes + LOOP_SLACK_BYTES + roomBytes);
    const place = memory === undefined ? null : loopAddress(memory);
    const flags = place === null ? MAP_SHARED : MAP_SHARED | MAP_FIXED;
    const address = libc().mmap(place, sizeBytes, PROT_READ | PROT_WRITE, flags, socket.fd, 0);
    if (address === MAP_FAILED) throw ringError('mmap', geometry, leftBytes);
    if (isTight) {
      libc().munmap(address, sizeBytes);
      throw addressLimitError(`A ring of ${sizeBytes / 2 ** 20} MiB`, neededBytes, leftBytes);
    }
    if (memory === undefined) {
      return new PacketRing(address, geometry, viewMemory(address, sizeBytes));
    }
    const roomAt = LOOP_RING_AT + sizeBytes + LOOP_SLACK_BYTES;
    return new PacketRing(address, geometry, memory.buffer, { memory, roomAt });
  }

  /** Gives the mapping back; may be called again. */
  unmap(): void {
    if (this.#address === 0n) return;
    const sizeBytes = this.geometry.blockSizeBytes * this.geometry.blockCount;
    if (this.loopPlace === undefined) libc().munmap(this.#address, sizeBytes);
    else replaceByNothing(this.#address, sizeBytes);
    this.#address = 0n;
  }
}

function loopAddress(memory: LoopMemory): bigint {
  return addressOf(new Uint8Array(memory.buffer, LOOP_RING_AT));
}

/**
 * Puts untouched pages where the ring was: the addresses stay V8's, which gives back all of them when
 * nobody knows the memory any more.
 */
function replaceByNothing(address: bigint, sizeBytes: number): void {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  const place = libc().mmap(address, sizeBytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  // Without memory for that the ring goes all the same, and nothing may touch its place, as elsewhere.
  if (place === MAP_FAILED) libc().munmap(address, sizeBytes);
}

function checkGeometry(geometry: RingGeometry): void {
  const { blockSizeBytes, blockCount, retireMs } = geometry;
  if (!Number.isInteger(blockSizeBytes) || blockSizeBytes < 4096 || blockSizeBytes % 4096 !== 0) {
    throw new ArgumentError(
      'BAD_BLOCK_SIZE',
      `A ring block of ${blockSizeBytes} bytes isn't possible: it must be a multiple of 4096.`,
      { argument: 'blockSizeBytes', value: blockSizeBytes, expected: 'a multiple of 4096' },
    );
  }
  const most = Math.floor(0x7fff_f000 / blockSizeBytes);
  if (most < 2) {
    throw new ArgumentError(
      'BAD_BLOCK_SIZE',
      `A ring block of ${blockSizeBytes} bytes isn't possible: a ring has two or more, under 2 GiB in all.`,
      { argument: 'blockSizeBytes', value: blockSizeBytes, expected: 'under 1 GiB' },
    );
  }
  if (!Number.isInteger(blockCount) || blockCount < 2 || blockCount > most) {
    throw new ArgumentError(
      'BAD_BLOCK_COUNT',
      `A ring of ${blockCount} blocks of ${blockSizeBytes} bytes isn't possible: it needs 2 to ${most} blocks (under 2 GiB).`,
      { argument: 'blockCount', value: blockCount, expected: `2 … ${most}` },
    );
  }
  if (!Number.isInteger(retireMs) || retireMs < 1 || retireMs > 60_000) {
    throw new ArgumentError(
      'BAD_RETIRE_TIME',
      `A retire time of ${retireMs} ms isn't possible: it must be 1 to 60,000.`,
      { argument: 'retireMs', value: retireMs, expected: '1 … 60000' },
    );
  }
}

/** @param leftBytes addresses that are left to the process, where they are limited */
function ringError(
  syscall: string,
  geometry: RingGeometry,
  leftBytes = Number.POSITIVE_INFINITY,
): SystemCallError {
  const sizeBytes = geometry.blockSizeBytes * geometry.blockCount;
  const mebibytes = sizeBytes / 2 ** 20;
  const error = systemCallError(
    syscall,
    `The kernel won't give a ring of ${mebibytes} MiB (${geometry.blockCount} blocks of ${geometry.blockSizeBytes / 1024} KiB)`,
  );
  if (error.errno !== constants.errno.ENOMEM) return error;
  const left = Math.floor(leftBytes / 2 ** 20);
  const most = Math.min(Math.max(1, Math.floor(mebibytes / 2)), left - SPARE_BYTES / 2 ** 20);
  const smaller = `Try a smaller buffer (-B ${most}), smaller blocks, or --engine socket.`;
  const limit = `The limit of addresses (ulimit -v) leaves ${left} MiB: raise it.`;
  const hints = [...(most > 0 ? [smaller] : []), ...(left < mebibytes ? [limit] : [])];
  return new SystemCallError(error.code, error.message, {
    syscall,
    errno: error.errno,
    hint: hints.join(' '),
  });
}
