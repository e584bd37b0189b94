/**
 * Sends batches of frames out of an interface: one system call for a batch, nothing allocated or
 * laid out per frame.
 *
 * The frames' memory is divided into slots of equal size. The caller rewrites bytes in the slots in
 * place and sends a run of neighbouring slots.
 *
 *     slots     [ frame 0 ............ | frame 1 ............ | … ]   slotLength each
 *     vectors   [ address, length      | address, length      | … ]   struct iovec, 16 bytes each
 *     headers   [ msg_iov, msg_iovlen  | msg_iov, msg_iovlen  | … ]   struct mmsghdr, 64 bytes each
 *
 * Layouts of 64-bit little-endian Linux (x86-64, arm64): struct msghdr has 56 bytes, msg_iov at 16,
 * msg_iovlen at 24; struct mmsghdr adds msg_len at 56 and four bytes of padding.
 */

import { constants } from 'node:os';
import { ArgumentError } from '../core/errors.js';
import { addressOf, type Libc, lastErrno, libc, systemCallError } from './libc.js';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_SNDBUFFORCE = 32;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
const MSG_DONTWAIT = 0x40;
const POLLOUT = 4;

const IOVEC_BYTES = 16;
const MMSGHDR_BYTES = 64;
const MSG_IOV_OFFSET = 16;
const MSG_IOVLEN_OFFSET = 24;

/** `send` gives up after this long without a frame taken by the kernel. */
const STALL_MS = 100;

/** How a `FrameSender` is set up. */
export interface FrameSenderOptions {
  /** The interface's number. */
  interfaceIndex: number;
  /** Frames sent by one system call at most, 1 … 1024 (the kernel's UIO_MAXIOV). */
  slotCount: number;
  /** Bytes reserved for each frame, link-layer header included. */
  slotLength: number;
  /** Send buffer asked of the kernel, in bytes; without privilege limited by net.core.wmem_max. */
  sendBufferBytes?: number;
  /**
   * Hands frames to the driver past the queueing discipline; they are then invisible to captures
   * on the sending interface itself, and visible as always on the other end.
   */
  bypassQdisc?: boolean;
}

/** Owns a packet socket that only sends; see the file's head for the memory layout. */
export class FrameSender implements Disposable {
  /** The memory of all slots; slot i starts at `i * slotStride`. */
  readonly frames: Uint8Array;
  /** Bytes from one slot's start to the next; `slotLength` rounded up to a multiple of 8. */
  readonly slotStride: number;
  readonly slotCount: number;
  /** Calls in which the kernel took no frame for want of room; its first was offered again. */
  retryCount = 0;

  readonly #libc: Libc = libc();
  readonly #vectors: DataView;
  /** The header of each slot up to the last; kept as views so that a call allocates nothing. */
  readonly #headers: Uint8Array[] = [];
  readonly #pollFd = new Int32Array(new ArrayBuffer(8));
  #fd: number;

  /**
   * Opens the socket and lays out all memory.
   *
   * @throws {SystemCallError} `EPERM` without CAP_NET_RAW, `ENODEV` where there is no such interface
   * @throws {ArgumentError} `BAD_SLOT_COUNT`
   */
  constructor(options: FrameSenderOptions) {
    const { slotCount } = options;
    if (!Number.isInteger(slotCount) || slotCount < 1 || slotCount > 1024) {
      throw new ArgumentError('BAD_SLOT_COUNT', `A batch can't have ${slotCount} frames.`, {
        argument: 'slotCount',
        value: slotCount,
        expected: 'a whole number from 1 to 1024',
      });
    }
    this.slotCount = slotCount;
    this.slotStride = (options.slotLength + 7) & ~7;
    this.frames = new Uint8Array(new ArrayBuffer(this.slotStride * slotCount));
    this.#vectors = new DataView(new ArrayBuffer(IOVEC_BYTES * slotCount));
    this.#layOut(options.slotLength);
    this.#fd = openSendingSocket(this.#libc, options);
    this.#pollFd[0] = this.#fd;
    this.#pollFd[1] = POLLOUT;
  }

  /** Sets the length of the frame in a slot; at first it is the whole `slotLength`. */
  setLength(slot: number, length: number): void {
    this.#vectors.setBigUint64(slot * IOVEC_BYTES + 8, BigInt(length), true);
  }

  /**
   * Sends the frames of a run of slots, in order; waits while the kernel has no room.
   *
   * @param firstSlot where the run begins
   * @param count slots in the run; it doesn't wrap, so `firstSlot + count <= slotCount`
   * @returns frames sent; fewer than `count` only when the kernel took none for 100 ms
   * @throws {SystemCallError} `ENETDOWN` when the interface is down, `EMSGSIZE` above its MTU
   */
  send(firstSlot: number, count: number): number {
    let done = 0;
    let stalledSinceMs: number | undefined;
    while (done < count) {
      const header = this.#headers[firstSlot + done]!;
      const sent = this.#libc.sendmmsg(this.#fd, header, count - done, MSG_DONTWAIT);
      if (sent > 0) {
        done += sent;
        stalledSinceMs = undefined;
        continue;
      }
      const errno = lastErrno();
      if (errno === constants.errno.EINTR) continue;
      if (errno !== constants.errno.EAGAIN && errno !== constants.errno.ENOBUFS) {
        throw systemCallError('sendmmsg', "Can't send frames", { errno });
      }
      this.retryCount++;
      stalledSinceMs ??= performance.now();
      if (performance.now() - stalledSinceMs > STALL_MS) break;
      // Returns at once after ENOBUFS: the frame was refused by a queue further down, and offering
      // it again is what empties that queue.
      this.#libc.poll(this.#pollFd, 1, 10);
    }
    return done;
  }

  /** Closes the socket; may be called again. */
  close(): void {
    if (this.#fd < 0) return;
    this.#libc.close(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #layOut(slotLength: number): void {
    const headers = new Uint8Array(new ArrayBuffer(MMSGHDR_BYTES * this.slotCount));
    const view = new DataView(headers.buffer);
    const framesAddress = addressOf(this.frames);
    const vectorsAddress = addressOf(this.#vectors);
    for (let slot = 0; slot < this.slotCount; slot++) {
      const frameAddress = framesAddress + BigInt(slot * this.slotStride);
      this.#vectors.setBigUint64(slot * IOVEC_BYTES, frameAddress, true);
      this.setLength(slot, slotLength);
      const header = slot * MMSGHDR_BYTES;
      const vectorAddress = vectorsAddress + BigInt(slot * IOVEC_BYTES);
      view.setBigUint64(header + MSG_IOV_OFFSET, vectorAddress, true);
      view.setBigUint64(header + MSG_IOVLEN_OFFSET, 1n, true);
      this.#headers.push(headers.subarray(header));
    }
  }
}

function openSendingSocket(c: Libc, options: FrameSenderOptions): number {
  // Protocol 0: the socket receives nothing, so it costs the receive path nothing.
  const fd = c.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemCallError('socket', "Can't open a packet socket to send frames");
  try {
    const size = Int32Array.of(options.sendBufferBytes ?? 4 << 20);
    // The second way never fails: it takes what net.core.wmem_max allows.
    if (c.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, size, 4) !== 0) {
      c.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, size, 4);
    }
    if (options.bypassQdisc === true) {
      const on = Int32Array.of(1);
      if (c.setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, on, 4) !== 0) {
        throw systemCallError('setsockopt', "Can't set PACKET_QDISC_BYPASS");
      }
    }
    const address = linkLayerAddress(options.interfaceIndex);
    if (c.bind(fd, address, address.byteLength) !== 0) {
      const what = `Can't bind the sending socket to interface ${options.interfaceIndex}`;
      throw systemCallError('bind', what);
    }
    return fd;
  } catch (error) {
    c.close(fd);
    throw error;
  }
}

/** struct sockaddr_ll (include/uapi/linux/if_packet.h), 20 bytes, with protocol 0. */
function linkLayerAddress(interfaceIndex: number): Uint8Array {
  const address = new Uint8Array(20);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setInt32(4, interfaceIndex, true);
  return address;
}
