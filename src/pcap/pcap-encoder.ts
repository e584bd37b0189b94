/**
 * Encodes frames as classic pcap, little-endian, into one buffer that is handed on when it is full.
 *
 * The format holds far less than frames may have. It can't hold: losses, direction and checksum
 * flags, several interfaces (all frames are of one link type, and nothing says which interface a
 * frame came over), names, statistics, comments, a frame without a time. Whoever converts has to say
 * so; `PcapEncoder.notHeld` counts what was left out.
 *
 * Source: draft-ietf-opsawg-pcap, sections 4 and 5.
 */

import { ArgumentError, StateError } from '../core/errors.js';
import type { FrameBatch } from '../core/frame.js';
import { FILE_HEADER_BYTES, PcapMagic } from './file-header.js';

const DEFAULT_BUFFER_BYTES = 1024 * 1024;
const RECORD_HEADER_BYTES = 16;
const VERSION_MAJOR = 2;
const VERSION_MINOR = 4;
const FCS_PRESENT = 0x04000000;
const MAX_FCS_BYTES = 30;

/** Takes encoded bytes. */
export interface PcapOutput {
  /**
   * Writes all the bytes or throws.
   *
   * @param bytes valid only during the call: the encoder fills the same memory again
   */
  write(bytes: Uint8Array): void;
}

/** What the header of a pcap file says. */
export interface PcapFileDetails {
  /** LINKTYPE_ number of all frames, u16. */
  linkType: number;
  /** Longest part of a frame that was kept; 262,144 unless given. */
  snapshotLength?: number | undefined;
  /** Unit of the fractions of a second; `ns` unless given. `us` cuts off what is finer. */
  precision?: 'ns' | 'us' | undefined;
  /** Bytes of frame check sequence at the end of each frame, even, at most 30. */
  fcsLength?: number | undefined;
}

/** What of the frames encoded so far the file doesn't hold. */
export interface NotHeld {
  /** Frames lost, as recorded before the frames that were encoded. */
  lost: number;
  /** Places at which they were lost. */
  gapCount: number;
  /** Frames whose direction or checksum state was known. */
  flagsCount: number;
  /** Frames of other interfaces than the first frame's. */
  otherInterfaceCount: number;
  /** Times cut off to microseconds. */
  shortenedTimeCount: number;
}

/** Encodes one pcap file: its header at once, then frames; no I/O of its own. */
export class PcapEncoder {
  /** What couldn't be held so far. */
  readonly notHeld: NotHeld = {
    lost: 0,
    gapCount: 0,
    flagsCount: 0,
    otherInterfaceCount: 0,
    shortenedTimeCount: 0,
  };
  readonly #output: PcapOutput;
  readonly #nanoseconds: boolean;
  #bytes = new Uint8Array(DEFAULT_BUFFER_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #bytesHandedOn = 0;
  #firstInterfaceId = -1;

  /** @throws {ArgumentError} `BAD_FCS_LENGTH`, `BAD_LINK_TYPE` */
  constructor(output: PcapOutput, details: PcapFileDetails) {
    this.#output = output;
    this.#nanoseconds = details.precision !== 'us';
    const { linkType, fcsLength } = details;
    if (!Number.isInteger(linkType) || linkType < 0 || linkType > 0xffff) {
      throw new ArgumentError('BAD_LINK_TYPE', `Can't write link type ${linkType} into a file.`, {
        argument: 'linkType',
        value: linkType,
        expected: 'a LINKTYPE_ number, 0 to 65535',
      });
    }
    if (fcsLength !== undefined && (fcsLength % 2 !== 0 || fcsLength > MAX_FCS_BYTES)) {
      throw new ArgumentError(
        'BAD_FCS_LENGTH',
        `Can't write a frame check sequence of ${fcsLength} bytes into a pcap file's header.`,
        { argument: 'fcsLength', value: fcsLength, expected: 'an even number, 0 to 30' },
      );
    }
    const network =
      fcsLength === undefined ? linkType : linkType | FCS_PRESENT | ((fcsLength / 2) << 28);
    const view = this.#view;
    const { Nanoseconds, Microseconds } = PcapMagic;
    view.setUint32(0, this.#nanoseconds ? Nanoseconds : Microseconds, true);
    view.setUint16(4, VERSION_MAJOR, true);
    view.setUint16(6, VERSION_MINOR, true);
    view.setUint32(16, details.snapshotLength || 262_144, true);
    view.setUint32(20, network >>> 0, true);
    this.#at = FILE_HEADER_BYTES;
  }

  /** Bytes encoded so far, pending ones included: the file's size once `flush` has returned. */
  get bytesWritten(): number {
    return this.#bytesHandedOn + this.#at;
  }

  /**
   * Encodes the frame that the batch stands on; notes in `notHeld` what of it the file can't hold.
   *
   * @param batch its `hasTimestamp`, where it has that field, must not be false
   * @throws {StateError} `NO_TIMESTAMP` for a frame without a time: the format has no word for that
   */
  frame(batch: FrameBatch & { readonly hasTimestamp?: boolean }): void {
    if (batch.hasTimestamp === false) {
      throw new StateError(
        'NO_TIMESTAMP',
        "Can't write a frame without a time as pcap. Write pcapng, which can hold it.",
        { state: 'without a time', operation: 'encode a frame' },
      );
    }
    const { capturedLength, byteOffset } = batch;
    this.#reserve(RECORD_HEADER_BYTES + capturedLength);
    const at = this.#at;
    const view = this.#view;
    const { nanoseconds } = batch;
    view.setUint32(at, batch.seconds, true);
    view.setUint32(at + 4, this.#nanoseconds ? nanoseconds : Math.floor(nanoseconds / 1000), true);
    view.setUint32(at + 8, capturedLength, true);
    view.setUint32(at + 12, batch.originalLength, true);
    this.#bytes.set(
      batch.bytes.subarray(byteOffset, byteOffset + capturedLength),
      at + RECORD_HEADER_BYTES,
    );
    this.#at = at + RECORD_HEADER_BYTES + capturedLength;
    this.#note(batch);
  }

  /** Hands on all that is pending. */
  flush(): void {
    if (this.#at === 0) return;
    this.#output.write(this.#bytes.subarray(0, this.#at));
    this.#bytesHandedOn += this.#at;
    this.#at = 0;
  }

  #note(batch: FrameBatch): void {
    const { notHeld } = this;
    const loss = batch.lostBefore;
    if (loss !== undefined && loss.lost > 0) {
      notHeld.lost += loss.lost;
      notHeld.gapCount++;
    }
    if (batch.flags !== 0) notHeld.flagsCount++;
    if (this.#firstInterfaceId < 0) this.#firstInterfaceId = batch.interfaceId;
    if (batch.interfaceId !== this.#firstInterfaceId) notHeld.otherInterfaceCount++;
    if (!this.#nanoseconds && batch.nanoseconds % 1000 !== 0) notHeld.shortenedTimeCount++;
  }

  #reserve(byteCount: number): void {
    if (this.#at + byteCount <= this.#bytes.length) return;
    this.flush();
    if (byteCount <= this.#bytes.length) return;
    this.#bytes = new Uint8Array(byteCount);
    this.#view = new DataView(this.#bytes.buffer);
  }
}
