/** One AF_PACKET socket: owns its file descriptor, its options and its counters. */

import { StateError, SystemCallError } from '../core/errors.js';
import {
  AF_PACKET,
  ETH_P_ALL,
  PACKET_ADD_MEMBERSHIP,
  PACKET_IGNORE_OUTGOING,
  PACKET_MR_PROMISC,
  PACKET_STATISTICS,
  POLLERR,
  POLLHUP,
  POLLIN,
  SK_MEMINFO_VARS,
  SO_ATTACH_FILTER,
  SO_ERROR,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
} from './constants.js';
import { encodeFilter, type FilterProgram } from './filter-program.js';
import { assertLayouts, PacketMreq, SockaddrLl, SockFprog, TpacketStatsV3 } from './layouts.js';
import { addressOf, errnoName, libc, systemCallError } from './libc.js';

/**
 * A packet socket that receives nothing until it is bound.
 *
 * The counters are running totals over the kernel's, which are 32 bits wide and cleared by every
 * read: `readStatistics` must be called before 2^32 frames have passed (71 minutes at a million a
 * second). No other process may read them from the same socket.
 */
export class PacketSocket implements Disposable {
  #fd: number;
  readonly #statistics = new Uint32Array(TpacketStatsV3.size / 4);
  readonly #statisticsLength = new Uint32Array(1);
  readonly #poll = new Int32Array(2);
  readonly #memoryInfo = new Uint32Array(SK_MEMINFO_VARS);

  /**
   * Frames the kernel tried to give to this socket since it was opened, after the filter,
   * dropped ones included.
   *
   * Source: net/packet/af_packet.c, packet_getsockopt(): tp_packets has tp_drops added to it.
   */
  received = 0;
  /**
   * Frames the kernel discarded because this socket's queue or ring was full, or, of a queue, because
   * there was no memory for a copy (packet_rcv(): skb_clone()).
   *
   * Counts frames that passed the filter. Doesn't count losses in the driver or NIC.
   */
  dropped = 0;
  /** Times the ring was found full when a block closed (tp_freeze_q_cnt); 0 without a ring. */
  freezes = 0;

  private constructor(fd: number) {
    this.#fd = fd;
    this.#poll[0] = fd;
  }

  /**
   * Opens a socket that sees no frame until `bind`.
   *
   * @param cooked true: frames come without their link-level header (SOCK_DGRAM)
   * @throws {SystemCallError} `EPERM` without CAP_NET_RAW
   * @throws {UnsupportedError} `NOT_LINUX`
   */
  static open(cooked: boolean): PacketSocket {
    const c = libc();
    assertLayouts();
    // Protocol 0: no frame is queued before the filter and the ring are in place.
    const fd = c.socket(AF_PACKET, (cooked ? SOCK_DGRAM : SOCK_RAW) | SOCK_CLOEXEC, 0);
    if (fd < 0) throw systemCallError('socket', "Can't open a packet socket");
    return new PacketSocket(fd);
  }

  /** The file descriptor. */
  get fd(): number {
    if (this.#fd < 0) {
      throw new StateError('CLOSED', 'The packet socket is closed.', {
        state: 'closed',
        operation: 'use',
      });
    }
    return this.#fd;
  }

  /**
   * Starts receiving all protocols from an interface.
   *
   * @param ifindex the interface's number; 0 means all interfaces
   * @throws {SystemCallError} `ENODEV` where there is no such interface
   */
  bind(ifindex: number): void {
    const address = new Uint8Array(SockaddrLl.size);
    const view = new DataView(address.buffer);
    view.setUint16(SockaddrLl.family, AF_PACKET, true);
    view.setUint16(SockaddrLl.protocol, ETH_P_ALL, false);
    view.setInt32(SockaddrLl.ifindex, ifindex, true);
    if (libc().bind(this.fd, address, address.length) < 0) {
      throw systemCallError('bind', `Can't bind the packet socket to interface number ${ifindex}`);
    }
  }

  /** Makes the interface hand over frames for any destination, for as long as the socket is open. */
  joinPromiscuous(ifindex: number): void {
    const request = new Uint8Array(PacketMreq.size);
    const view = new DataView(request.buffer);
    view.setInt32(PacketMreq.ifindex, ifindex, true);
    view.setUint16(PacketMreq.type, PACKET_MR_PROMISC, true);
    this.setOption(
      SOL_PACKET,
      PACKET_ADD_MEMBERSHIP,
      request,
      `Can't make interface number ${ifindex} promiscuous`,
    );
  }

  /**
   * Spares the kernel from showing this socket what the host sends, where it knows how to (since Linux
   * 4.20); elsewhere the filter has to leave it out.
   *
   * @returns whether it does
   */
  tryIgnoreOutgoing(): boolean {
    const on = Int32Array.of(1);
    return libc().setsockopt(this.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, on, 4) >= 0;
  }

  /** Replaces the filter, in one step: each frame is judged by the old program or by the new one. */
  attachFilter(program: FilterProgram): void {
    const instructions = encodeFilter(program);
    // One piece of memory for both, so that what the struct points to lives as long as the call.
    const request = new Uint8Array(new ArrayBuffer(SockFprog.size + instructions.length));
    request.set(instructions, SockFprog.size);
    const view = new DataView(request.buffer);
    view.setUint16(SockFprog.len, program.length, true);
    view.setBigUint64(SockFprog.filter, addressOf(request) + BigInt(SockFprog.size), true);
    this.setOption(
      SOL_SOCKET,
      SO_ATTACH_FILTER,
      request.subarray(0, SockFprog.size),
      `Can't attach a filter of ${program.length} instructions`,
    );
  }

  /**
   * Sets the limit of the receive queue, as large as the kernel allows.
   *
   * @returns the limit in force, in bytes of the kernel's own accounting (it doubles what is asked)
   */
  setReceiveBuffer(bytes: number): number {
    const value = new Int32Array([Math.min(bytes, 0x3fff_ffff)]);
    // FORCE passes net.core.rmem_max; it needs CAP_NET_ADMIN, so fall back to the limited one.
    if (libc().setsockopt(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, value, 4) < 0) {
      this.setOption(SOL_SOCKET, SO_RCVBUF, value, `Can't set a receive buffer of ${bytes} bytes`);
    }
    return this.#getInt(SO_RCVBUF);
  }

  /** Sets one option from memory laid out as the kernel wants it. */
  setOption(level: number, name: number, value: ArrayBufferView, what: string): void {
    if (libc().setsockopt(this.fd, level, name, value, value.byteLength) < 0) {
      throw systemCallError('setsockopt', what);
    }
  }

  /**
   * Reads the kernel's counters, which clears them there, and adds them to the totals.
   * Allocates nothing; costs about 0.3 µs.
   */
  readStatistics(): void {
    this.#statisticsLength[0] = TpacketStatsV3.size;
    this.#statistics[2] = 0;
    const status = libc().getsockopt(
      this.#fd,
      SOL_PACKET,
      PACKET_STATISTICS,
      this.#statistics,
      this.#statisticsLength,
    );
    if (status < 0) throw systemCallError('getsockopt', "Can't read the socket's counters");
    this.received += this.#statistics[0]!;
    this.dropped += this.#statistics[1]!;
    this.freezes += this.#statistics[2]!;
  }

  /**
   * Bytes that frames in the receive queue take in the kernel's accounting (SK_MEMINFO_RMEM_ALLOC);
   * what the queue's limit is compared with. Source: net/core/sock.c, sk_get_meminfo().
   */
  readQueuedBytes(): number {
    this.#statisticsLength[0] = this.#memoryInfo.byteLength;
    const status = libc().getsockopt(
      this.fd,
      SOL_SOCKET,
      SO_MEMINFO,
      this.#memoryInfo,
      this.#statisticsLength,
    );
    if (status < 0) throw systemCallError('getsockopt', "Can't read the socket's memory use");
    return this.#memoryInfo[0]!;
  }

  /**
   * Waits until frames can be read.
   *
   * @returns true where there are some; false when the time ran out or a signal came
   * @throws {SystemCallError} `ENETDOWN` when the interface went down or away; waiting may be
   *   tried again
   */
  wait(timeoutMs: number): boolean {
    this.#poll[1] = POLLIN;
    const count = libc().poll(this.#poll, 1, timeoutMs);
    if (count <= 0) return false;
    const events = this.#poll[1] >>> 16;
    if ((events & (POLLERR | POLLHUP)) !== 0) this.throwPendingError();
    return (events & POLLIN) !== 0;
  }

  /**
   * Throws the error that the kernel holds for this socket, and clears it there.
   *
   * @throws {SystemCallError} `ENETDOWN` where the interface is down
   */
  throwPendingError(): void {
    const errno = this.#getInt(SO_ERROR);
    if (errno === 0) return;
    throw new SystemCallError(
      errnoName(errno),
      `The packet socket reports ${errnoName(errno)}: its interface went down or away.`,
      { syscall: 'poll', errno, hint: 'Bring it up with: ip link set dev NAME up' },
    );
  }

  /** Closes the file descriptor; may be called again. */
  close(): void {
    if (this.#fd < 0) return;
    libc().close(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #getInt(name: number): number {
    const value = new Int32Array(1);
    const length = new Uint32Array([4]);
    if (libc().getsockopt(this.fd, SOL_SOCKET, name, value, length) < 0) {
      throw systemCallError('getsockopt', `Can't read socket option ${name}`);
    }
    return value[0]!;
  }
}
