/** Memory for receiving many frames with one recvmmsg call: buffers, addresses, control messages. */

import { MSG_DONTWAIT } from './constants.js';
import { Iovec, Mmsghdr, SockaddrLl } from './layouts.js';
import { addressOf, libc } from './libc.js';

/** Room for the control messages of one frame: time (32), drop total (24), auxiliary data (40). */
const CONTROL_SIZE = 128;
const NAME_SIZE = 32;
/**
 * Free bytes before each frame, for a VLAN tag or a cooked header. A frame is then 4 bytes off a
 * multiple of 8, as in a ring and in a capture file, and can be copied in words of 8 bytes.
 */
const HEADROOM = 36;
/**
 * Extra bytes between buffers, so that frames don't all start at the same offset of a page and
 * crowd one set of the cache.
 */
const SKEW = 192;

/** Buffers for a fixed number of frames, laid out once; one call of `receive` fills them anew. */
export class MessageBatch {
  /** Frames that fit. */
  readonly capacity: number;
  /** The frames' memory. */
  readonly bytes: Uint8Array;
  /** The same memory as words. */
  readonly words: Int32Array;
  /** The same memory as 64-bit words. */
  readonly longs: BigInt64Array;
  /** Control messages as words; those of message i start at `controlOffset(i) / 4`. */
  readonly controlWords: Int32Array;
  /** The senders' addresses (struct sockaddr_ll), one every `nameStride` bytes. */
  readonly names: Uint8Array;
  readonly #headers: Int32Array;
  readonly #iovecs: BigUint64Array;
  readonly #stride: number;

  /**
   * @param capacity frames per call, 1 … 1024
   * @param frameSize longest frame in bytes; longer ones are truncated
   */
  constructor(capacity: number, frameSize: number) {
    this.capacity = capacity;
    this.#stride = Math.ceil((HEADROOM + frameSize) / 64) * 64 + SKEW;
    // ArrayBuffers of this size never move, so their addresses can be written into structs.
    const data = new ArrayBuffer(this.#stride * capacity + 64);
    this.bytes = new Uint8Array(data);
    this.words = new Int32Array(data);
    this.longs = new BigInt64Array(data);
    this.controlWords = new Int32Array(new ArrayBuffer(CONTROL_SIZE * capacity));
    this.names = new Uint8Array(new ArrayBuffer(NAME_SIZE * capacity));
    const headers = new ArrayBuffer(Mmsghdr.size * capacity);
    this.#headers = new Int32Array(headers);
    this.#iovecs = new BigUint64Array(new ArrayBuffer(Iovec.size * capacity));
    this.#layOut(new BigUint64Array(headers), frameSize);
  }

  /** Where frame i starts in `bytes`. */
  frameOffset(index: number): number {
    return index * this.#stride + HEADROOM;
  }

  /** Where the address that frame i came with starts in `names`. */
  nameOffset(index: number): number {
    return index * NAME_SIZE;
  }

  /** Where the control messages of frame i start, in bytes. */
  controlOffset(index: number): number {
    return index * CONTROL_SIZE;
  }

  /** Bytes of control messages that came with frame i. */
  controlLength(index: number): number {
    return this.#headers[(index * Mmsghdr.size + Mmsghdr.controllen) / 4]!;
  }

  /** Bytes of frame i that were received. */
  frameLength(index: number): number {
    return this.#headers[(index * Mmsghdr.size + Mmsghdr.len) / 4]!;
  }

  /**
   * Fills the buffers with what is queued, without waiting. Allocates nothing.
   *
   * @returns frames received, or −1 with the reason in errno
   */
  receive(fd: number): number {
    const headers = this.#headers;
    for (let at = 0; at < headers.length; at += Mmsghdr.size / 4) {
      headers[at + Mmsghdr.namelen / 4] = SockaddrLl.size;
      headers[at + Mmsghdr.controllen / 4] = CONTROL_SIZE;
    }
    return libc().recvmmsg(fd, headers, this.capacity, MSG_DONTWAIT, null);
  }

  #layOut(headers: BigUint64Array, frameSize: number): void {
    const data = addressOf(this.bytes);
    const names = addressOf(this.names);
    const controls = addressOf(this.controlWords);
    const iovecs = addressOf(this.#iovecs);
    for (let index = 0; index < this.capacity; index++) {
      const iovec = (index * Iovec.size) / 8;
      this.#iovecs[iovec] = data + BigInt(this.frameOffset(index));
      this.#iovecs[iovec + 1] = BigInt(frameSize);
      const header = (index * Mmsghdr.size) / 8;
      headers[header + Mmsghdr.name / 8] = names + BigInt(this.nameOffset(index));
      headers[header + Mmsghdr.iov / 8] = iovecs + BigInt(index * Iovec.size);
      headers[header + Mmsghdr.iovlen / 8] = 1n;
      headers[header + Mmsghdr.control / 8] = controls + BigInt(this.controlOffset(index));
    }
  }
}
