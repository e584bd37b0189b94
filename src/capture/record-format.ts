/** Where records end in encoded bytes, for a file that has to be cut where the disk is full. */

/** What must be known of a file format to cut a file at a record's end. */
export interface RecordFormat {
  /**
   * Bytes of whole records among the first `length` bytes.
   *
   * @param bytes begin at the file's start or at a record's
   * @param atStart whether they begin at the file's start
   */
  wholeLength(bytes: Uint8Array, length: number, atStart: boolean): number;
  /**
   * Frames among whole records.
   *
   * @param bytes begin at the file's start or at a record's
   */
  countFrames(bytes: Uint8Array, atStart: boolean): number;
}

const MIN_BLOCK_BYTES = 12;
const ENHANCED_PACKET = 6;

/** Blocks: type (u32), length (u32), …; draft-ietf-opsawg-pcapng, section 3.1. Little-endian. */
export const PCAPNG_RECORDS: RecordFormat = {
  wholeLength(bytes, length) {
    return walkBlocks(bytes, length, () => {});
  },
  countFrames(bytes) {
    let frames = 0;
    walkBlocks(bytes, bytes.length, (type) => {
      if (type === ENHANCED_PACKET) frames++;
    });
    return frames;
  },
};

const PCAP_FILE_HEADER_BYTES = 24;
const PCAP_RECORD_HEADER_BYTES = 16;
const PCAP_CAPTURED_LENGTH = 8;

/** A file header of 24 bytes, then records: time (8 bytes), captured length (u32), …. Little-endian. */
export const PCAP_RECORDS: RecordFormat = {
  wholeLength(bytes, length, atStart) {
    return walkRecords(bytes, length, atStart, () => {});
  },
  countFrames(bytes, atStart) {
    let frames = 0;
    walkRecords(bytes, bytes.length, atStart, () => {
      frames++;
    });
    return frames;
  },
};

function walkBlocks(bytes: Uint8Array, length: number, take: (type: number) => void): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at + MIN_BLOCK_BYTES <= length) {
    const blockLength = view.getUint32(at + 4, true);
    if (blockLength < MIN_BLOCK_BYTES || at + blockLength > length) break;
    take(view.getUint32(at, true));
    at += blockLength;
  }
  return at;
}

function walkRecords(
  bytes: Uint8Array,
  length: number,
  atStart: boolean,
  take: () => void,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = atStart ? PCAP_FILE_HEADER_BYTES : 0;
  if (at > length) return 0;
  while (at + PCAP_RECORD_HEADER_BYTES <= length) {
    const end = at + PCAP_RECORD_HEADER_BYTES + view.getUint32(at + PCAP_CAPTURED_LENGTH, true);
    if (end > length) break;
    take();
    at = end;
  }
  return at;
}
