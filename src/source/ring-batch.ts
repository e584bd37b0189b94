/** The frames of one ring block or of several that follow each other, read in place. */

import type { FrameBatch } from '../core/frame.js';
import type { EncodingMemory, FrameRun, RunPlan } from '../core/frame-run.js';
import type { Loss } from '../core/loss.js';
import { TP_STATUS_VLAN_TPID_VALID, TP_STATUS_VLAN_VALID } from '../sys/constants.js';
import { SockaddrLl, Tpacket3Hdr, TpacketBlockDesc } from '../sys/layouts.js';
import { CHECKSUM_STATUS, checksumFlags } from './checksum-flags.js';
import {
  insertVlanTag,
  MAC_ADDRESSES_LENGTH,
  tagSll2Header,
  VLAN_TAG_LENGTH,
  writeSll2Header,
} from './link-header.js';
import { FLAGS_BY_PACKET_TYPE, SLL2_HEADER_LENGTH } from './live-options.js';
import type { RingLoop } from './ring-loop.js';

const SECONDS = Tpacket3Hdr.sec / 4;
const NANOSECONDS = Tpacket3Hdr.nsec / 4;
const CAPTURED = Tpacket3Hdr.snaplen / 4;
const ORIGINAL = Tpacket3Hdr.len / 4;
const STATUS = Tpacket3Hdr.status / 4;
const OFFSETS = Tpacket3Hdr.mac / 4;
const FIRST_FRAME = TpacketBlockDesc.offsetToFirstPkt / 4;
/** The word of struct sockaddr_ll with sll_hatype, sll_pkttype and sll_halen. */
const PACKET_TYPE = (Tpacket3Hdr.size + SockaddrLl.hatype) / 4;

/** Where the frames lie. */
export interface RingBatchMemory {
  /** The ring. */
  readonly bytes: Uint8Array;
  /** The same as words. */
  readonly words: Int32Array;
  /** Words of one of its blocks; all of it is one block unless given. */
  readonly blockWords?: number | undefined;
  /** What encodes many of its frames at a time, if anything does. */
  readonly loop?: RingLoop | undefined;
}

/** Stands where there is no loop: no block can be encoded to it. */
const NO_AREA: EncodingMemory = {
  bytes: new Uint8Array(0),
  words: new Int32Array(0),
  longs: new BigInt64Array(0),
};

/**
 * A cursor over frames of a block and of those that follow it in the ring; one object serves the whole
 * capture.
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
  readonly #blockWords: number;
  readonly #loop: RingLoop | undefined;
  /** Where the ring begins in the loop's memory. */
  readonly #baseBytes: number;
  readonly area: EncodingMemory;
  /** Word of the area behind the last block that a run made. */
  encodedTo = 0;
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
   * @param target what its frames are: `cooked` ones get a header put before them, and none is
   *   longer than `snapshotLength` with what is put in
   */
  constructor(
    memory: RingBatchMemory,
    target: { interfaceId: number; cooked: boolean; snapshotLength: number },
  ) {
    this.bytes = memory.bytes;
    this.words = memory.words;
    const { buffer, byteOffset, byteLength } = memory.words;
    this.longs = new BigInt64Array(buffer, byteOffset, byteLength >>> 3);
    this.#baseBytes = byteOffset;
    this.#blockWords = memory.blockWords ?? memory.words.length;
    this.#loop = memory.loop;
    this.area = memory.loop?.area ?? NO_AREA;
    this.interfaceId = target.interfaceId;
    this.#cooked = target.cooked;
    this.#snapshotLength = target.snapshotLength;
  }

  /** What was lost before the first frame, as long as that one has not been given. */
  get pendingLoss(): Loss | undefined {
    return this.#pendingLoss;
  }

  get run(): FrameRun | undefined {
    const none = this.#loop === undefined || this.#cooked || this.#pendingLoss !== undefined;
    return none ? undefined : this;
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
    const step = words[header]! >>> 2;
    this.header = step === 0 ? this.#nextBlock(header) : header + step;
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

  /**
   * Word index of the first header of the block behind the one that a header lies in; behind the last frame
   * of all that is a place nobody uses.
   */
  #nextBlock(header: number): number {
    const blockWords = this.#blockWords;
    const behind = (Math.floor(header / blockWords) + 1) * blockWords;
    const start = behind < this.words.length ? behind : 0;
    return start + (this.words[start + FIRST_FRAME]! >>> 2);
  }

  encode(at: number, plan: RunPlan): number {
    const loop = this.#loop;
    if (loop === undefined) return 0;
    const base = this.#baseBytes;
    const count = loop.encode(base + this.header * 4, at, Math.min(plan.most, this.left), plan);
    if (count === 0) return 0;
    this.left -= count;
    this.header = (loop.headerAfter - base) >>> 2;
    this.encodedTo = loop.encodedTo;
    this.seconds = loop.seconds;
    this.nanoseconds = loop.nanoseconds;
    return count;
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
