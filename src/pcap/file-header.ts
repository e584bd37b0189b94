/**
 * The header of a classic pcap file.
 *
 *      0        4        6        8       12       16       20       24
 *     ┌────────┬────────┬────────┬────────┬────────┬────────┬────────┐
 *     │ magic  │ major  │ minor  │ zone   │ sigfigs│ snaplen│ network│
 *     └────────┴────────┴────────┴────────┴────────┴────────┴────────┘
 *
 * All fields are in the byte order of the host that wrote the file; the magic says which. Bits of
 * `network`: 0–15 the link type, 26 says that bits 28–31 hold the length of the frame check
 * sequence in units of 16 bits; all others are to be ignored.
 *
 * Source: draft-ietf-opsawg-pcap, section 4; Wireshark's wiretap/libpcap.c for the variants.
 */

import { FormatError } from '../core/errors.js';

/** Bytes of the header that every variant has. */
export const FILE_HEADER_BYTES = 24;
/** What Ixia's variant has after it: the sum of the records' lengths. */
const IXIA_EXTRA_BYTES = 4;
const FCS_PRESENT = 0x04000000;

/** The first four bytes of a pcap file, as read in the order in which it was written. */
export const PcapMagic = {
  Microseconds: 0xa1b2c3d4,
  Nanoseconds: 0xa1b23c4d,
  /** Kuznetzov's patches of 1999, with more fields a record. */
  Modified: 0xa1b2cd34,
  /** Ixia's lcap with hardware times, in nanoseconds. */
  IxiaHardware: 0x1c0001ac,
  /** Ixia's lcap with software times, in microseconds. */
  IxiaSoftware: 0x1c0001ab,
} as const;

/** How the lengths of a record are ordered, by the file's version. */
export type LengthOrder = 'captured first' | 'original first' | 'smaller first';

/** What the file's header says. */
export interface PcapHeader {
  readonly byteOrder: 'little' | 'big';
  /** One of `PcapMagic`. */
  readonly magic: number;
  readonly versionMajor: number;
  readonly versionMinor: number;
  /** Bytes before the first record. */
  readonly headerBytes: number;
  /** Longest part of a frame that was kept, in bytes; 0 means no limit. */
  readonly snapshotLength: number;
  /** LINKTYPE_ number. */
  readonly linkType: number;
  /** Bytes of frame check sequence at the end of each frame; undefined where not stated. */
  readonly fcsLength: number | undefined;
  /** Whether fractions of a second are nanoseconds; else microseconds. */
  readonly nanoseconds: boolean;
  readonly lengthOrder: LengthOrder;
  /** Whether it is AIX's, known by version 2.2 and its link types; those are translated. */
  readonly aix: boolean;
}

/** AIX writes RFC 1573 interface types: Ethernet, token ring, FDDI, loopback. */
const AIX_LINK_TYPES: ReadonlyMap<number, number> = new Map([
  [6, 1],
  [9, 6],
  [15, 10],
  [24, 0],
]);

/**
 * Whether four bytes begin a pcap file, in either byte order.
 *
 * @param magic read as a big-endian number
 */
export function isPcapMagic(magic: number): boolean {
  return Object.values<number>(PcapMagic).some((known) => known === magic || swap(known) === magic);
}

/** Bytes of the header of a file that begins with these four; 24 or 28. */
export function headerLength(bytes: Uint8Array): number {
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const { IxiaHardware, IxiaSoftware } = PcapMagic;
  const isIxia = [IxiaHardware, IxiaSoftware].some(
    (ixia) => ixia === magic || swap(ixia) === magic,
  );
  return FILE_HEADER_BYTES + (isIxia ? IXIA_EXTRA_BYTES : 0);
}

/**
 * Decodes a file's header.
 *
 * @param bytes at least `FILE_HEADER_BYTES`
 * @throws {FormatError} `NOT_PCAP`, `BAD_VERSION`
 */
export function decodeFileHeader(bytes: Uint8Array): PcapHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint32(0);
  if (!isPcapMagic(first)) {
    throw new FormatError(
      'NOT_PCAP',
      `Byte 0 is where a pcap file's magic must be, and it starts with 0x${first.toString(16).padStart(8, '0')}.`,
      { offset: 0 },
    );
  }
  const isBig = Object.values<number>(PcapMagic).includes(first);
  const magic = isBig ? first : swap(first);
  const versionMajor = view.getUint16(4, !isBig);
  const versionMinor = view.getUint16(6, !isBig);
  if (versionMajor < 2) {
    throw new FormatError(
      'BAD_VERSION',
      `The pcap file is of version ${versionMajor}.${versionMinor}, and only 2.0 and later are known.`,
      { offset: 4, hint: 'Convert it with the program that wrote it.' },
    );
  }
  const network = view.getUint32(20, !isBig);
  const aixLinkType =
    magic === PcapMagic.Microseconds && versionMajor === 2 && versionMinor === 2
      ? AIX_LINK_TYPES.get(network)
      : undefined;
  return {
    byteOrder: isBig ? 'big' : 'little',
    magic,
    versionMajor,
    versionMinor,
    headerBytes: headerLength(bytes),
    snapshotLength: view.getUint32(16, !isBig),
    linkType: aixLinkType ?? network & 0xffff,
    fcsLength: (network & FCS_PRESENT) === 0 ? undefined : (network >>> 28) * 2,
    nanoseconds:
      magic === PcapMagic.Nanoseconds ||
      magic === PcapMagic.IxiaHardware ||
      aixLinkType !== undefined,
    lengthOrder: lengthOrder(versionMajor, versionMinor),
    aix: aixLinkType !== undefined,
  };
}

// Version 2.3 exchanged the two lengths; some files say 2.3 and have them in the old order. 543.0 is
// DG/UX's. (wiretap/libpcap.c: libpcap_open())
function lengthOrder(major: number, minor: number): LengthOrder {
  if (major === 543) return 'original first';
  if (major !== 2 || minor > 3) return 'captured first';
  return minor === 3 ? 'smaller first' : 'original first';
}

function swap(word: number): number {
  const swapped = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  return swapped >>> 0;
}
