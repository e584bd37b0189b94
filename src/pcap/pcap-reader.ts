/** Reads a classic pcap file: its header, its frames, in memory of constant size. */

import {
  decodeFileHeader,
  FILE_HEADER_BYTES,
  headerLength,
  type PcapHeader,
  PcapMagic,
} from './file-header.js';
import { RecordCursor } from './record-cursor.js';
import { guessRecordLayout, MAX_RECORD_HEADER_BYTES, type RecordLayout } from './record-layout.js';

const DEFAULT_CHUNK_BYTES = 512 * 1024;
const MIN_CHUNK_BYTES = 64;
/** A frame is believed to be this long at most, whatever the snapshot length says … */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** … and this long at least, since writers give too small snapshot lengths. */
const USUAL_MAX_FRAME_BYTES = 262_144;
/** Enough for a few records in most files. */
const GUESS_BYTES = 16_384;

/** Where a reader's bytes come from. */
export interface PcapInput {
  /**
   * Puts the next bytes into `into`, waiting for them if need be.
   *
   * @returns how many bytes, at least 1; 0 at the end of the input
   */
  read(into: Uint8Array): number;
}

/** Settings of a `PcapReader`. */
export interface PcapReaderOptions {
  /** Size of the buffer in bytes, at least 64; 512 KiB unless given. */
  chunkBytes?: number;
}

/**
 * Steps through a pcap file from start to end, once.
 *
 * Frames lie in the buffer until the next `read`. The buffer grows for a longer frame only, up to the
 * snapshot length and at most to 16 MiB and its record's header. A file that ends inside a record is
 * `truncated`; everything else that can't be is a `FormatError` with the record's offset.
 */
export class PcapReader {
  /** The frames that `read` has brought into memory; always the same object. */
  readonly batch: RecordCursor;
  readonly #input: PcapInput;
  #bytes: Uint8Array;
  #header: PcapHeader | undefined;
  #layout: RecordLayout | undefined;
  /** Where the bytes in the buffer end. */
  #length = 0;
  /** Offset in the input of the buffer's first byte. */
  #bufferOffset = 0;
  #inputEnded: boolean = false;
  #ended: boolean = false;
  #stopped: boolean = false;

  constructor(input: PcapInput, options: PcapReaderOptions = {}) {
    this.#input = input;
    const chunkBytes = Math.max(options.chunkBytes ?? DEFAULT_CHUNK_BYTES, MIN_CHUNK_BYTES);
    this.#bytes = new Uint8Array((chunkBytes + 3) & ~3);
    this.batch = new RecordCursor();
  }

  /** The file's header; undefined before the first `read`, or where the file is shorter. */
  get header(): PcapHeader | undefined {
    return this.#header;
  }

  /** How the records are laid out; undefined before the first `read` that brought some. */
  get layout(): RecordLayout | undefined {
    return this.#layout;
  }

  /** True once `batch` has no further frame and none will come. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * How the file ended, once all its frames have been given. Undefined: not there yet, or not to be
   * known because of `stop` or an error.
   */
  get end(): 'complete' | 'truncated' | undefined {
    if (!this.#ended || this.#stopped) return undefined;
    return this.#header !== undefined && this.batch.at === this.#length ? 'complete' : 'truncated';
  }

  /**
   * Brings the next frames into memory; what `batch` gave before is no longer valid.
   *
   * Afterwards `batch` has at least one frame, or `ended` is true.
   *
   * @throws {FormatError} `NOT_PCAP`, `BAD_VERSION`; `BAD_CAPTURED_LENGTH` at a record that can't
   *   be, once the frames before it have been given
   */
  read(): RecordCursor {
    const { batch } = this;
    try {
      while (!this.#ended && !batch.lookAhead()) {
        if (batch.failure !== undefined) throw batch.failure;
        if (!this.#fill()) this.#ended = true;
      }
    } catch (error) {
      this.stop();
      throw error;
    }
    return batch;
  }

  /** Gives no further frame: `read` returns empty batches from now on. */
  stop(): void {
    if (this.#ended) return;
    this.batch.finish();
    this.#ended = true;
    this.#stopped = true;
  }

  #fill(): boolean {
    if (this.#inputEnded) return false;
    const { batch } = this;
    if (batch.at > 0) {
      this.#bytes.copyWithin(0, batch.at, this.#length);
      this.#bufferOffset += batch.at;
      this.#length -= batch.at;
    }
    if (this.#length === this.#bytes.length) this.#grow();
    const count = this.#input.read(this.#bytes.subarray(this.#length));
    this.#length += count;
    if (count === 0) this.#inputEnded = true;
    const at = this.#header === undefined ? this.#takeHeader() : 0;
    batch.setBuffer(this.#bytes, at, this.#length, this.#bufferOffset);
    if (this.#layout === undefined) this.#takeLayout(at);
    return count > 0;
  }

  /** @returns where the records begin; 0 while the header isn't whole */
  #takeHeader(): number {
    const present = this.#bytes.subarray(0, this.#length);
    if (present.length < FILE_HEADER_BYTES || present.length < headerLength(present)) return 0;
    this.#header = decodeFileHeader(present);
    return this.#header.headerBytes;
  }

  // A pipe may have brought one record only. Then that one decides, since most files are standard
  // ones; Kuznetzov's magic alone says nothing, so there more is waited for.
  #takeLayout(recordsAt: number): void {
    const header = this.#header;
    if (header === undefined) return;
    const wanted = header.magic === PcapMagic.Modified ? GUESS_BYTES : MAX_RECORD_HEADER_BYTES;
    if (this.#length - recordsAt < wanted && !this.#inputEnded) return;
    const layout = guessRecordLayout(header, this.#bytes.subarray(recordsAt, this.#length));
    const longest = Math.max(header.snapshotLength || MAX_FRAME_BYTES, USUAL_MAX_FRAME_BYTES);
    this.#layout = layout;
    this.batch.setLayout(header, layout, Math.min(longest, MAX_FRAME_BYTES));
  }

  /** Makes room for a record that fills the whole buffer and isn't whole yet. */
  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
