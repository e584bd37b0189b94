/**
 * Numbered frames: what the flood and the model send, so that a capture can be judged frame by frame.
 *
 *     offset  bytes
 *     0       destination MAC address
 *     6       source MAC address
 *     12      EtherType 0x88B5 (IEEE 802, local experimental 1: no protocol stack reacts to it)
 *     14      'gapcap'
 *     20      stream (u16, big-endian)
 *     22      sequence number (u64, big-endian)
 *     30      filler up to the frame's length: the byte at offset i is i modulo 256
 */

import { ArgumentError } from './errors.js';

/** EtherType of numbered frames: IEEE Std 802 local experimental EtherType 1. */
export const NUMBERED_ETHER_TYPE = 0x88b5;

/** Shortest numbered frame: the shortest Ethernet frame without its checksum. */
export const MIN_NUMBERED_FRAME_LENGTH = 60;

/** Longest numbered frame. */
export const MAX_NUMBERED_FRAME_LENGTH = 65535;

/** Where the sequence number lies, from the frame's first byte. */
export const SEQUENCE_OFFSET = 22;

const STREAM_OFFSET = 20;
const MAGIC_OFFSET = 14;
const FILLER_OFFSET = 30;

/** 'gapcap', cut as the two halves are compared: 'gapc' and 'ap'. */
const MAGIC_HIGH = 0x67617063;
const MAGIC_LOW = 0x6170;

/** Locally administered unicast addresses that belong to no interface. */
const DESTINATION = [0x02, 0x67, 0x61, 0x70, 0x00, 0x02] as const;
const SOURCE = [0x02, 0x67, 0x61, 0x70, 0x00, 0x01] as const;

/** What a numbered frame says. */
export interface FrameNumber {
  /** Which sender it comes from, 0 … 65535. */
  readonly streamId: number;
  /** Its place in the stream; at most 2^53 − 1. */
  readonly sequence: number;
}

/**
 * Writes a whole numbered frame.
 *
 * @param view where to; it must hold `byteOffset + length` bytes
 * @param length the frame's length, 60 … 65535, without Ethernet checksum
 * @throws {ArgumentError} `BAD_FRAME_LENGTH`, `BAD_STREAM_ID`
 */
export function writeNumberedFrame(
  view: DataView,
  byteOffset: number,
  length: number,
  number: FrameNumber,
): void {
  checkFrameLength(length);
  if (!Number.isInteger(number.streamId) || number.streamId < 0 || number.streamId > 0xffff) {
    throw new ArgumentError('BAD_STREAM_ID', `There is no stream ${number.streamId}.`, {
      argument: 'streamId',
      value: number.streamId,
      expected: 'a whole number from 0 to 65535',
    });
  }
  for (let i = 0; i < 6; i++) {
    view.setUint8(byteOffset + i, DESTINATION[i]!);
    view.setUint8(byteOffset + 6 + i, SOURCE[i]!);
  }
  view.setUint16(byteOffset + 12, NUMBERED_ETHER_TYPE);
  view.setUint32(byteOffset + MAGIC_OFFSET, MAGIC_HIGH);
  view.setUint16(byteOffset + MAGIC_OFFSET + 4, MAGIC_LOW);
  view.setUint16(byteOffset + STREAM_OFFSET, number.streamId);
  writeSequence(view, byteOffset, number.sequence);
  for (let i = FILLER_OFFSET; i < length; i++) view.setUint8(byteOffset + i, i & 0xff);
}

/** Overwrites the sequence number of a numbered frame; all that changes from frame to frame. */
export function writeSequence(view: DataView, byteOffset: number, sequence: number): void {
  view.setUint32(byteOffset + SEQUENCE_OFFSET, Math.floor(sequence / 2 ** 32));
  view.setUint32(byteOffset + SEQUENCE_OFFSET + 4, sequence >>> 0);
}

/**
 * Reads the sequence number of a frame; undefined where it is no numbered frame, or where fewer
 * than 30 of its bytes are there. Allocates nothing.
 *
 * @param byteOffset where the frame's first byte is
 * @param capturedLength bytes of the frame that are there
 */
export function tryReadSequence(
  view: DataView,
  byteOffset: number,
  capturedLength: number,
): number | undefined {
  if (capturedLength < FILLER_OFFSET) return undefined;
  if (view.getUint16(byteOffset + 12) !== NUMBERED_ETHER_TYPE) return undefined;
  if (view.getUint32(byteOffset + MAGIC_OFFSET) !== MAGIC_HIGH) return undefined;
  if (view.getUint16(byteOffset + MAGIC_OFFSET + 4) !== MAGIC_LOW) return undefined;
  const high = view.getUint32(byteOffset + SEQUENCE_OFFSET);
  if (high > 0x1f_ffff) return undefined; // above 2^53 − 1: none of ours
  return high * 2 ** 32 + view.getUint32(byteOffset + SEQUENCE_OFFSET + 4);
}

/** Reads the stream of a frame for which `tryReadSequence` gave a number. */
export function readStreamId(view: DataView, byteOffset: number): number {
  return view.getUint16(byteOffset + STREAM_OFFSET);
}

/** Throws `ArgumentError` `BAD_FRAME_LENGTH` unless a numbered frame can have this length. */
export function checkFrameLength(length: number): void {
  if (
    !Number.isInteger(length) ||
    length < MIN_NUMBERED_FRAME_LENGTH ||
    length > MAX_NUMBERED_FRAME_LENGTH
  ) {
    throw new ArgumentError('BAD_FRAME_LENGTH', `A numbered frame can't have ${length} bytes.`, {
      argument: 'frameLength',
      value: length,
      expected: `a whole number from ${MIN_NUMBERED_FRAME_LENGTH} to ${MAX_NUMBERED_FRAME_LENGTH}`,
    });
  }
}
