/** The frames of one ring block, read in place. */

import type { FrameBatch } from '../core/frame.js';
import type { FrameRun, FrameRunLayout } from '../core/frame-run.js';
import type { Loss } from '../core/loss.js';
import { TP_STATUS_VLAN_TPID_VALID, TP_STATUS_VLAN_VALID } from '../sys/constants.js';
import { SockaddrLl, Tpacket3Hdr } from '../sys/layouts.js';
import { CHECKSUM_STATUS, checksumFlags } from './checksum-flags.js';
import {
  insertVlanTag,
  MAC_ADDRESSES_LENGTH,
  tagSll2Header,
  VLAN_TAG_LENGTH,
  writeSll2Header,
} from './link-header.js';
import { FLAGS_BY_PACKET_TYPE, SLL2_HEADER_LENGTH } from './live-options.js';

const SECONDS = Tpacket3Hdr.sec / 4;
const NANOSECONDS = Tpacket3Hdr.nsec / 4;
const CAPTURED = Tpacket3Hdr.snaplen / 4;
const ORIGINAL = Tpacket3Hdr.len / 4;
const STATUS = Tpacket3Hdr.status / 4;
const OFFSETS = Tpacket3Hdr.mac / 4;
/** The word of struct sockaddr_ll with sll_hatype, sll_pkttype and sll_halen. */
const PACKET_TYPE = (Tpacket3Hdr.size + SockaddrLl.hatype) / 4;

/** As `FrameRunLayout` has it; a frame whose VLAN tag is yet to be put back isn't plain. */
const LAYOUT: FrameRunLayout = {
  seconds: SECONDS,
  nanoseconds: NANOSECONDS,
  captured: CAPTURED,
  original: ORIGINAL,
  status: STATUS,
  offset: OFFSETS,
  kind: PACKET_TYPE,
  flagsByStatus: Int32Array.from({ length: 512 }, (_, status) =>
    (status & TP_STATUS_VLAN_VALID) !== 0 ? -1 : checksumFlags(status),
  ),
  flagsByKind: FLAGS_BY_PACKET_TYPE,
};

/**
 * A cursor over frames of one block; one object serves the whole capture.
 *
 * Restores the VLAN tags that the kernel took out, in the free bytes before the frame, and puts a
 * cooked header there, with such a tag behind it, where the interface's own link header isn't captured.
 */
export class RingBatch implements FrameBatch, FrameRun {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly longs: BigInt64Array;
  readonly #cooked: boolean;
  readonly #snapshotLength: number;
  readonly layout: FrameRunLayout = LAYOUT;
  /** Frames of this batch that nobody has taken yet. */
  left = 0;
  /** Where the frame after the last one taken starts, as a word index. */
  header = 0;
  #pendingLoss: Loss | undefined = undefined;

  byteOffset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  readonly interfaceId: number;
  flags = 0;
  lostBefore: Loss | undefined = undefined;

  /**
   * @param memory the ring
   * @param target what its frames are: `cooked` ones get a header put before them, and none is
   *   longer than `snapshotLength` with what is put in
   */
  constructor(
    memory: { bytes: Uint8Array; words: Int32Array },
    target: { interfaceId: number; cooked: boolean; snapshotLength: number },
  ) {
    this.bytes = memory.bytes;
    this.words = memory.words;
    const { buffer, byteOffset, byteLength } = memory.words;
    this.longs = new BigInt64Array(buffer, byteOffset, byteLength >>> 3);
    this.interfaceId = target.interfaceId;
    this.#cooked = target.cooked;
    this.#snapshotLength = target.snapshotLength;
  }

  /** What was lost before the first frame, as long as that one has not been given. */
  get pendingLoss(): Loss | undefined {
    return this.#pendingLoss;
  }

  get run(): FrameRun | undefined {
    return this.#cooked || this.#pendingLoss !== undefined ? undefined : this;
  }

  /**
   * Points the cursor before `count` frames.
   *
   * @param header word index of the first one's struct tpacket3_hdr
   * @param loss what was lost before the first one
   */
  reset(header: number, count: number, loss: Loss | undefined): void {
    this.header = header;
    this.left = count;
    this.#pendingLoss = loss;
  }

  next(): boolean {
    if (this.left === 0) return false;
    this.left--;
    const words = this.words;
    const header = this.header;
    // 0 in the block's last frame, after which the cursor isn't used.
    this.header = header + (words[header]! >>> 2);
    this.seconds = words[header + SECONDS]! >>> 0;
    this.nanoseconds = words[header + NANOSECONDS]!;
    this.capturedLength = words[header + CAPTURED]!;
    this.originalLength = words[header + ORIGINAL]!;
    this.byteOffset = header * 4 + (words[header + OFFSETS]! & 0xffff);
    const status = words[header + STATUS]!;
    let flags = FLAGS_BY_PACKET_TYPE[(words[header + PACKET_TYPE]! >>> 16) & 7]!;
    if ((status & CHECKSUM_STATUS) !== 0) flags |= checksumFlags(status);
    this.flags = flags;
    this.lostBefore = this.#pendingLoss;
    this.#pendingLoss = undefined;
    if (this.#cooked) this.#addCookedHeader(header, status);
    else if ((status & TP_STATUS_VLAN_VALID) !== 0) this.#restoreVlanTag(header, status);
    return true;
  }

  #restoreVlanTag(header: number, status: number): void {
    const tci = this.words[header + Tpacket3Hdr.vlanTci / 4]! & 0xffff;
    const tpid = this.words[header + Tpacket3Hdr.vlanTpid / 4]! & 0xffff;
    if (this.capturedLength < MAC_ADDRESSES_LENGTH) {
      this.originalLength += VLAN_TAG_LENGTH;
      return;
    }
    this.byteOffset -= VLAN_TAG_LENGTH;
    insertVlanTag(
      this.bytes,
      this.byteOffset,
      (status & TP_STATUS_VLAN_TPID_VALID) !== 0 ? tpid : undefined,
      tci,
    );
    this.#lengthen(VLAN_TAG_LENGTH);
  }

  #addCookedHeader(header: number, status: number): void {
    const tagged = (status & TP_STATUS_VLAN_VALID) !== 0;
    const added = tagged ? SLL2_HEADER_LENGTH + VLAN_TAG_LENGTH : SLL2_HEADER_LENGTH;
    this.byteOffset -= added;
    writeSll2Header(this.bytes, this.byteOffset, this.bytes, header * 4 + Tpacket3Hdr.size);
    if (tagged) {
      const tci = this.words[header + Tpacket3Hdr.vlanTci / 4]! & 0xffff;
      const known = (status & TP_STATUS_VLAN_TPID_VALID) !== 0;
      const tpid = known ? this.words[header + Tpacket3Hdr.vlanTpid / 4]! & 0xffff : undefined;
      const payload = { captured: this.capturedLength, original: this.originalLength };
      tagSll2Header(this.bytes, this.byteOffset, { tpid, tci }, payload);
    }
    this.#lengthen(added);
  }

  #lengthen(added: number): void {
    this.capturedLength = Math.min(this.capturedLength + added, this.#snapshotLength);
    this.originalLength += added;
  }
}
