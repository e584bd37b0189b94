/** The frames of one recvmmsg call, with the gap before each. */

import type { FrameBatch } from '../core/frame.js';
import { exactLoss, type Loss } from '../core/loss.js';
import { WrappingCounter } from '../core/wrapping-counter.js';
import {
  PACKET_AUXDATA,
  SO_RXQ_OVFL,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOL_PACKET,
  SOL_SOCKET,
  TP_STATUS_VLAN_TPID_VALID,
  TP_STATUS_VLAN_VALID,
} from '../sys/constants.js';
import { Cmsghdr, SockaddrLl, TpacketAuxdata } from '../sys/layouts.js';
import { checksumFlags } from './checksum-flags.js';
import {
  insertVlanTag,
  MAC_ADDRESSES_LENGTH,
  tagSll2Header,
  VLAN_TAG_LENGTH,
  writeSll2Header,
} from './link-header.js';
import { FLAGS_BY_PACKET_TYPE, SLL2_HEADER_LENGTH } from './live-options.js';

/** Words before the third struct timespec of struct scm_timestamping, each of four words. */
const ADAPTER_TIMESPEC = 8;

/** What a batch needs of the memory that frames were received into; see `MessageBatch` in sys. */
export interface ReceivedMessages {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly longs?: BigInt64Array | undefined;
  readonly names: Uint8Array;
  readonly controlWords: Int32Array;
  frameOffset(index: number): number;
  frameLength(index: number): number;
  nameOffset(index: number): number;
  controlOffset(index: number): number;
  controlLength(index: number): number;
}

/**
 * A cursor over received messages; one object serves the whole capture.
 *
 * The gap before a frame is the difference of two drop totals: the one the kernel noted when it
 * queued this frame (SO_RXQ_OVFL; net/core/sock.c and include/net/sock.h:
 * sock_skb_set_dropcount()), less the one it noted for the frame before. The total is 32 bits wide
 * and wraps; it is left out while it is 0, be it at the start or after a wrap.
 */
export class SocketBatch implements FrameBatch {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly longs: BigInt64Array | undefined;
  readonly interfaceId: number;
  readonly #messages: ReceivedMessages;
  readonly #cooked: boolean;
  readonly #snapshotLength: number;
  readonly #overflow: WrappingCounter;
  #count = 0;
  #index = 0;
  /** Index among the control words of this frame's auxiliary data; −1 where it has none. */
  #auxiliary = -1;

  byteOffset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  flags = 0;
  lostBefore: Loss | undefined = undefined;

  /**
   * @param target what the frames are: `cooked` ones get a header put before them, and none is
   *   longer than `snapshotLength` with what is put in
   * @param dropTotal32 the socket's drop total when counting starts
   */
  constructor(
    messages: ReceivedMessages,
    target: { interfaceId: number; cooked: boolean; snapshotLength: number },
    dropTotal32 = 0,
  ) {
    this.#messages = messages;
    this.bytes = messages.bytes;
    this.words = messages.words;
    this.longs = messages.longs;
    this.interfaceId = target.interfaceId;
    this.#cooked = target.cooked;
    this.#snapshotLength = target.snapshotLength;
    this.#overflow = new WrappingCounter(dropTotal32);
  }

  /** Frames that `next` has not given yet. */
  get left(): number {
    return this.#count - this.#index;
  }

  /** Points the cursor before the first of `count` messages. */
  reset(count: number): void {
    this.#count = count;
    this.#index = 0;
  }

  next(): boolean {
    if (this.#index >= this.#count) return false;
    const index = this.#index++;
    const messages = this.#messages;
    this.byteOffset = messages.frameOffset(index);
    this.capturedLength = messages.frameLength(index);
    this.originalLength = this.capturedLength;
    const name = messages.nameOffset(index);
    this.flags = FLAGS_BY_PACKET_TYPE[messages.names[name + SockaddrLl.pkttype]! & 7]!;
    this.#auxiliary = -1;
    this.#readControlMessages(messages.controlOffset(index) / 4, messages.controlLength(index));
    if (this.#auxiliary >= 0) this.#readAuxiliaryData(this.#auxiliary);
    if (this.#cooked) this.#addCookedHeader(name);
    else if (this.#auxiliary >= 0) this.#restoreVlanTag(this.#auxiliary);
    return true;
  }

  #readControlMessages(at: number, length: number): void {
    const words = this.#messages.controlWords;
    const end = at + (length >>> 2);
    let overflow32 = 0;
    let header = at;
    while (header + Cmsghdr.size / 4 <= end) {
      const messageLength = words[header]!;
      if (messageLength < Cmsghdr.size) break;
      const level = words[header + Cmsghdr.level / 4]!;
      const type = words[header + Cmsghdr.type / 4]!;
      const data = header + Cmsghdr.size / 4;
      if (level === SOL_SOCKET && type === SO_TIMESTAMPNS) {
        this.seconds = words[data]! >>> 0;
        this.nanoseconds = words[data + 2]!;
      } else if (level === SOL_SOCKET && type === SO_TIMESTAMPING) {
        // struct scm_timestamping: the kernel's, an obsolete one, the adapter's; 0 where there is none.
        const adapter = data + ADAPTER_TIMESPEC;
        const stamp = (words[adapter]! | words[adapter + 2]!) === 0 ? data : adapter;
        this.seconds = words[stamp]! >>> 0;
        this.nanoseconds = words[stamp + 2]!;
      } else if (level === SOL_SOCKET && type === SO_RXQ_OVFL) {
        overflow32 = words[data]!;
      } else if (level === SOL_PACKET && type === PACKET_AUXDATA) {
        this.#auxiliary = data;
      }
      header += ((messageLength + 7) >>> 3) << 1;
    }
    const lost = this.#overflow.advance(overflow32);
    this.lostBefore = lost === 0 ? undefined : exactLoss(lost);
  }

  #readAuxiliaryData(data: number): void {
    const words = this.#messages.controlWords;
    const status = words[data + TpacketAuxdata.status / 4]!;
    this.originalLength = words[data + TpacketAuxdata.len / 4]!;
    this.flags |= checksumFlags(status);
  }

  #restoreVlanTag(data: number): void {
    if (!this.#isTagged(data)) return;
    if (this.capturedLength < MAC_ADDRESSES_LENGTH) {
      this.originalLength += VLAN_TAG_LENGTH;
      return;
    }
    this.byteOffset -= VLAN_TAG_LENGTH;
    const { tpid, tci } = this.#tag(data);
    insertVlanTag(this.bytes, this.byteOffset, tpid, tci);
    this.#lengthen(VLAN_TAG_LENGTH);
  }

  #addCookedHeader(name: number): void {
    const tagged = this.#auxiliary >= 0 && this.#isTagged(this.#auxiliary);
    const added = tagged ? SLL2_HEADER_LENGTH + VLAN_TAG_LENGTH : SLL2_HEADER_LENGTH;
    this.byteOffset -= added;
    writeSll2Header(this.bytes, this.byteOffset, this.#messages.names, name);
    if (tagged) {
      const payload = { captured: this.capturedLength, original: this.originalLength };
      tagSll2Header(this.bytes, this.byteOffset, this.#tag(this.#auxiliary), payload);
    }
    this.#lengthen(added);
  }

  #isTagged(data: number): boolean {
    const status = this.#messages.controlWords[data + TpacketAuxdata.status / 4]!;
    return (status & TP_STATUS_VLAN_VALID) !== 0;
  }

  #tag(data: number): { tpid: number | undefined; tci: number } {
    const words = this.#messages.controlWords;
    const status = words[data + TpacketAuxdata.status / 4]!;
    const tag = words[data + TpacketAuxdata.vlanTci / 4]!;
    const tpid = (status & TP_STATUS_VLAN_TPID_VALID) !== 0 ? tag >>> 16 : undefined;
    return { tpid, tci: tag & 0xffff };
  }

  #lengthen(added: number): void {
    this.capturedLength = Math.min(this.capturedLength + added, this.#snapshotLength);
    this.originalLength += added;
  }
}
