/**
 * What stands before each frame of a pcap file, and how the variants that share a magic are told
 * apart.
 *
 *      0         4         8          12         16        20         22      23      24
 *     ┌─────────┬─────────┬──────────┬──────────┬─────────┬──────────┬───────┬───────┐
 *     │ seconds │ fraction│ captured │ original │ if index│ protocol │ type  │  pad  │ …
 *     └─────────┴─────────┴──────────┴──────────┴─────────┴──────────┴───────┴───────┘
 *       every variant                            Kuznetzov's
 *
 * Standard records have the first 16 bytes. Nokia's have 4 more, of unknown meaning, under the same
 * magic. Kuznetzov's patches have 24 (that of 1999-04-17 under the standard magic, that of
 * 1999-10-29 under its own) or 28 (1999-09-15, with a processor's number and padding).
 *
 * Source: Wireshark's wiretap/libpcap.c, libpcap_try_variants() and libpcap_try_record().
 */

import { FrameFlags } from '../core/frame.js';
import { type PcapHeader, PcapMagic } from './file-header.js';

/** Names of the layouts, as Wireshark calls their file types. */
export type RecordVariant = 'standard' | 'ss990417' | 'ss990915' | 'ss991029' | 'nokia';

/** One layout. */
export interface RecordLayout {
  readonly variant: RecordVariant;
  /** Bytes before the frame. */
  readonly headerBytes: number;
  /** Whether Linux's packet type stands at byte 22. */
  readonly hasPacketType: boolean;
}

const STANDARD: RecordLayout = { variant: 'standard', headerBytes: 16, hasPacketType: false };
const STANDARD_MAGIC: readonly RecordLayout[] = [
  STANDARD,
  { variant: 'ss990417', headerBytes: 24, hasPacketType: true },
  { variant: 'nokia', headerBytes: 20, hasPacketType: false },
];
const MODIFIED_MAGIC: readonly RecordLayout[] = [
  { variant: 'ss991029', headerBytes: 24, hasPacketType: true },
  { variant: 'ss990915', headerBytes: 28, hasPacketType: true },
];

/** Bytes of the longest record header. */
export const MAX_RECORD_HEADER_BYTES = 28;
/** As many records are tried as Wireshark tries. */
const RECORDS_TO_TRY = 3;
const LONGEST_FRAME_BYTES = 262_144;
const MAX_ORIGINAL_BYTES = 128 * 1024 * 1024;
const MAX_INTERFACE_INDEX = 10_000;

/** epb_flags by Linux's packet type: to us, to all, to many, to another, from us. */
const FLAGS_BY_PACKET_TYPE: readonly number[] = [
  FrameFlags.Inbound | FrameFlags.Unicast,
  FrameFlags.Inbound | FrameFlags.Broadcast,
  FrameFlags.Inbound | FrameFlags.Multicast,
  FrameFlags.Inbound | FrameFlags.Promiscuous,
  FrameFlags.Outbound,
];

/** The flags that a packet type stands for; 0 for a number that is none. */
export function flagsOfPacketType(packetType: number): number {
  return FLAGS_BY_PACKET_TYPE[packetType] ?? 0;
}

/**
 * Finds out how a file's records are laid out.
 *
 * The magic decides, but for the standard one in microseconds and for Kuznetzov's, which several
 * layouts share: then up to three records are read in each layout, and the one with the fewest
 * impossible fields is taken, the most usual one where they are equal. The fields: a fraction of a
 * second of 10^6 µs or more, a captured length over the snapshot length, over 262,144 or over the
 * original length, an original length over 128 MiB, an interface index over 10,000, a packet type
 * over 4.
 *
 * @param records the file from its first record on, as far as it is at hand
 */
export function guessRecordLayout(header: PcapHeader, records: Uint8Array): RecordLayout {
  if (header.magic === PcapMagic.Modified) return best(MODIFIED_MAGIC, header, records);
  const isShared =
    header.magic === PcapMagic.Microseconds &&
    header.lengthOrder === 'captured first' &&
    !header.aix;
  return isShared ? best(STANDARD_MAGIC, header, records) : STANDARD;
}

function best(
  layouts: readonly RecordLayout[],
  header: PcapHeader,
  records: Uint8Array,
): RecordLayout {
  let found = layouts[0]!;
  let fewest = Number.POSITIVE_INFINITY;
  for (const layout of layouts) {
    const faults = countFaults(layout, header, records);
    if (faults === 0) return layout;
    if (faults < fewest) {
      found = layout;
      fewest = faults;
    }
  }
  return found;
}

function countFaults(layout: RecordLayout, header: PcapHeader, records: Uint8Array): number {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const isLittle = header.byteOrder === 'little';
  let faults = 0;
  let at = 0;
  for (let i = 0; i < RECORDS_TO_TRY && at + layout.headerBytes <= records.length; i++) {
    const capturedLength = view.getUint32(at + 8, isLittle);
    const originalLength = view.getUint32(at + 12, isLittle);
    if (view.getUint32(at + 4, isLittle) >= 1_000_000) faults++;
    if (capturedLength > LONGEST_FRAME_BYTES) faults++;
    if (header.snapshotLength !== 0 && capturedLength > header.snapshotLength) faults++;
    if (capturedLength > originalLength) faults++;
    if (originalLength > MAX_ORIGINAL_BYTES) faults++;
    if (layout.hasPacketType) {
      if (view.getUint32(at + 16, isLittle) > MAX_INTERFACE_INDEX) faults++;
      if (view.getUint8(at + 22) >= FLAGS_BY_PACKET_TYPE.length) faults++;
    }
    at += layout.headerBytes + capturedLength;
  }
  return faults;
}
