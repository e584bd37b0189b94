/** One TCP segment as the inference needs it: numbers out of a frame, read into one object again and again. */

import type { FrameBatch } from '../core/frame.js';
import { NS_PER_SECOND } from '../core/timestamp.js';
import type { Dissection } from '../headers/dissection.js';
import { Ipv4Field } from '../headers/ipv4.js';
import { readInt32, readUint16, readUint32 } from '../headers/network-order.js';
import { TCP_MIN_HEADER_LENGTH, TcpField, TcpFlag } from '../headers/tcp.js';

/** TCP options that the inference reads (RFC 9293 §3.1, RFC 2018, RFC 7323). */
const TcpOption = {
  End: 0,
  NoOperation: 1,
  MaximumSegmentSize: 2,
  SackPermitted: 4,
  Sack: 5,
  Timestamps: 8,
} as const;

/** NOP, NOP, Timestamps, 10: how nearly all segments of a connection with timestamps begin. */
const USUAL_TIMESTAMPS = 0x0101080a;
const USUAL_HEADER_LENGTH = 32;

/** Blocks that fit into the 40 bytes of options (RFC 2018 §3). */
const MAX_SACK_BLOCKS = 4;

/**
 * The numbers of one segment. Made once; `read` sets every field anew and allocates nothing.
 *
 * Numbers that a frame may lack are −1, as in `Dissection`.
 */
export class TcpSegment {
  /** The frame's number in the file. */
  frame = 0;
  seconds = 0;
  nanoseconds = 0;
  interfaceId = 0;
  /** Sequence number, u32. */
  sequence = 0;
  /** Acknowledgment number, u32; means something only where the flag is set. */
  acknowledgment = 0;
  flags = 0;
  /** Window as on the wire; −1 where it wasn't captured. */
  window = -1;
  /** Bytes of payload on the wire, by the IP length: neither truncation nor padding changes it. */
  payloadLength = 0;
  /** IPv4 identification; −1 for IPv6, and where it is 0 (a sender that doesn't number). */
  identification = -1;
  /** TSval, u32; −1 without the option. */
  timestampValue = -1;
  /** The maximum segment size that this side accepts; −1 without the option. */
  maximumSegmentSize = -1;
  sackPermitted = false;
  /** SACK blocks read. */
  sackCount = 0;
  /** Left and right edge of each block in turn, u32. */
  readonly sackEdges: number[] = new Array<number>(MAX_SACK_BLOCKS * 2).fill(0);
  /**
   * Folds what two copies of one packet share and a retransmission doesn't: identification, checksum,
   * acknowledgment, window, timestamp.
   */
  fingerprint = 0;

  /** Whether the flag is set. */
  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Nanoseconds from a time to this segment's; negative where that is later. */
  nanosecondsSince(seconds: number, nanoseconds: number): number {
    return (this.seconds - seconds) * NS_PER_SECOND + (this.nanoseconds - nanoseconds);
  }

  /**
   * Reads the frame that batch and dissection stand on. The dissection has found a TCP header with
   * flags and a valid length.
   */
  read(d: Dissection, batch: FrameBatch, frame: number): void {
    const { bytes, transportOffset } = d;
    this.frame = frame;
    this.seconds = batch.seconds;
    this.nanoseconds = batch.nanoseconds;
    this.interfaceId = batch.interfaceId;
    this.sequence = d.sequence;
    this.acknowledgment = d.acknowledgment;
    this.flags = d.tcpFlags;
    this.window = d.window;
    this.payloadLength = d.payloadLength;
    const identification =
      d.ipVersion === 4 ? readUint16(bytes, d.networkOffset + Ipv4Field.Identification) : 0;
    this.identification = identification === 0 ? -1 : identification;
    this.timestampValue = -1;
    this.maximumSegmentSize = -1;
    this.sackPermitted = false;
    this.sackCount = 0;
    const headerLength = d.payloadOffset - transportOffset;
    if (headerLength > TCP_MIN_HEADER_LENGTH) this.#readOptions(d, headerLength);
    const sums = transportOffset + TcpField.Checksum;
    const checksum = sums + 2 <= d.end ? readUint16(bytes, sums) : 0;
    this.fingerprint =
      ((identification << 16) | checksum) ^
      Math.imul(this.acknowledgment | 0, 0x9e3779b1) ^
      Math.imul(this.timestampValue | 0, 0x85ebca6b) ^
      Math.imul(d.window, 0xc2b2ae35);
  }

  #readOptions(d: Dissection, headerLength: number): void {
    const { bytes } = d;
    const start = d.transportOffset + TCP_MIN_HEADER_LENGTH;
    const end = Math.min(d.payloadOffset, d.end);
    const isUsual =
      headerLength === USUAL_HEADER_LENGTH &&
      start + 12 <= end &&
      readInt32(bytes, start) === USUAL_TIMESTAMPS;
    if (isUsual) {
      this.timestampValue = readUint32(bytes, start + 4);
      return;
    }
    let at = start;
    while (at + 1 < end) {
      const kind = bytes[at]!;
      if (kind === TcpOption.End) return;
      if (kind === TcpOption.NoOperation) {
        at += 1;
        continue;
      }
      const length = bytes[at + 1]!;
      // A length below 2 would never get anywhere; one beyond the captured bytes can't be read.
      if (length < 2 || at + length > end) return;
      this.#readOption(bytes, at, kind, length);
      at += length;
    }
  }

  #readOption(bytes: Uint8Array, at: number, kind: number, length: number): void {
    switch (kind) {
      case TcpOption.MaximumSegmentSize:
        if (length === 4 && this.has(TcpFlag.Syn)) {
          this.maximumSegmentSize = readUint16(bytes, at + 2);
        }
        break;
      case TcpOption.SackPermitted:
        this.sackPermitted = this.has(TcpFlag.Syn);
        break;
      case TcpOption.Timestamps:
        if (length === 10) this.timestampValue = readUint32(bytes, at + 2);
        break;
      case TcpOption.Sack:
        this.sackCount = Math.min((length - 2) >>> 3, MAX_SACK_BLOCKS);
        for (let i = 0; i < this.sackCount * 2; i += 1) {
          this.sackEdges[i] = readUint32(bytes, at + 2 + i * 4);
        }
        break;
      default:
        break;
    }
  }
}
