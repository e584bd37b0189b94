/** One input of a copy: reads it, and tells the sink of everything in it, in its order. */

import type { AccountingError } from '../core/errors.js';
import { toEpochNs } from '../core/timestamp.js';
import { reconcile } from '../gaps/reconciliation.js';
import { BlockType } from '../pcapng/constants.js';
import { blockInLittleEndian } from '../pcapng/little-endian.js';
import type { RawBlock } from '../pcapng/pcapng-reader.js';
import { type FileLoop, type FileSource, openFile } from '../source/file-source.js';
import type { FileBatch } from '../source/format-reader.js';
import type { CopySink } from './copy-sink.js';
import type { InterfaceRecord } from './interface-record.js';
import type { Selection } from './selection.js';

const LOCAL_INTERFACE_AT = 8;

/** Takes an input's section header, little-endian; says whether its writer places losses. */
export type SectionTaker = (header: Uint8Array, placesLosses: boolean) => void;

/** What is known of a block beside its bytes. */
interface BlockContext {
  /** The interface it describes or is about. */
  readonly interfaceId: number;
  readonly placesLosses: boolean;
  readonly statistics: ReturnType<FileSource['statistics']>;
}

/** An open input. */
export class CopyInput implements Disposable {
  readonly source: FileSource;
  /** Every interface so far, by its number in the input. */
  readonly records: InterfaceRecord[] = [];
  readonly #sink: CopySink;
  readonly #onSection: SectionTaker;
  /** Blocks that came before `start`; undefined once it was called. */
  #waiting: (() => void)[] | undefined;
  #sectionStart = 0;
  readonly #onRefill: (() => void) | undefined;
  #pcapDescribed: boolean = false;
  #batch: FileBatch | undefined = undefined;

  /**
   * @param waits whether blocks wait for `start`
   * @throws {FormatError} where it is no capture file
   */
  constructor(
    path: string,
    sink: CopySink,
    onSection: SectionTaker,
    options: {
      readonly waits: boolean;
      readonly chunkBytes?: number | undefined;
      readonly maxCompressionRatio?: number | undefined;
      /** As `FileSourceOptions` have it. */
      readonly makeLoop?: (() => FileLoop | undefined) | undefined;
      /** Called before the bytes of the frames so far are overwritten. */
      readonly onRefill?: (() => void) | undefined;
    },
  ) {
    this.#sink = sink;
    this.#onSection = onSection;
    this.#waiting = options.waits ? [] : undefined;
    this.#onRefill = options.onRefill;
    this.source = openFile(path, {
      chunkBytes: options.chunkBytes,
      maxCompressionRatio: options.maxCompressionRatio,
      makeLoop: options.makeLoop,
      onBlock: (block) => this.#block(block),
    });
  }

  /** What `next` gave last, for `addUp`; undefined before the first frame. */
  get batch(): FileBatch | undefined {
    return this.#batch;
  }

  /** Tells the sink of the blocks that waited. */
  start(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const tell of waiting) tell();
  }

  /**
   * Steps to the next frame, after telling the sink of all blocks before it; undefined at the end.
   */
  next(): FileBatch | undefined {
    for (;;) {
      if (this.#batch?.next() === true) return this.#batch;
      if (this.source.ended) return undefined;
      this.#onRefill?.();
      this.#batch = this.source.read();
      if (this.source.format === 'pcap' && !this.#pcapDescribed) this.#addPcapInterface();
    }
  }

  /** Books the frame that `next` gave and tells the sink of it. */
  take(batch: FileBatch, selection: Selection): boolean {
    const record = this.records[batch.interfaceId]!;
    record.book(batch.lostBefore);
    record.lastSeconds = batch.seconds;
    record.lastNanoseconds = batch.nanoseconds;
    const taken = selection.takes(batch, batch.frameNumber, record.described);
    this.#sink.frame(batch, record, taken);
    return taken;
  }

  /** Ends the input: what its interfaces still have to say is said. */
  end(): void {
    this.#endSection(this.source.end !== 'complete');
  }

  /**
   * Where the counts that the input records contradict its frames, as every command that reads it says;
   * nothing where it wasn't read to its end.
   */
  mismatches(): AccountingError[] {
    const { source } = this;
    const { end } = source;
    if (end === undefined) return [];
    return this.records.flatMap((record, id) => {
      const { name, section } = source.interfaces[id]!;
      const statistics = source.statistics(id);
      const recorded = {
        interface: name ?? `interface ${id}`,
        frames: record.frames,
        placed: record.placed,
        hasPlaces: record.hasPlaces,
        lastTimeNs:
          record.frames === 0 ? undefined : toEpochNs(record.lastSeconds, record.lastNanoseconds),
        application: source.sections[section]?.application,
        truncated: end === 'truncated',
      };
      const totals = statistics && {
        ...statistics,
        accepted: statistics.received,
        received: statistics.interfaceReceived,
        takenNs: statistics.endNs ?? statistics.timestampNs,
      };
      return reconcile(recorded, totals).violation ?? [];
    });
  }

  [Symbol.dispose](): void {
    this.source.close();
  }

  #block(block: RawBlock): void {
    const waiting = this.#waiting;
    const context = this.#contextOf(block);
    if (waiting === undefined) this.#tell(block, context);
    else {
      const copy = { ...block, bytes: block.bytes.slice() };
      waiting.push(() => this.#tell(copy, context));
    }
  }

  /** What the source says of a block at the moment at which it comes. */
  #contextOf({ type, byteOrder, bytes }: RawBlock): BlockContext {
    const { source } = this;
    const section = source.sections.at(-1);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const interfaceId =
      type === BlockType.InterfaceStatistics
        ? section!.firstInterfaceId + view.getUint32(LOCAL_INTERFACE_AT, byteOrder === 'little')
        : source.interfaces.length - 1;
    return {
      interfaceId,
      placesLosses: placesLosses(section?.application),
      statistics: source.statistics(interfaceId),
    };
  }

  #tell(block: RawBlock, context: BlockContext): void {
    const { type, byteOrder, bytes } = block;
    const sink = this.#sink;
    switch (type) {
      case BlockType.SectionHeader:
        this.#endSection(false);
        this.#onSection(blockInLittleEndian(type, byteOrder, bytes).bytes, context.placesLosses);
        break;
      case BlockType.InterfaceDescription:
        this.records.push(
          sink.addInterface({
            described: this.source.interfaces[context.interfaceId]!,
            block: blockInLittleEndian(type, byteOrder, bytes).bytes,
            writerPlacesLosses: context.placesLosses,
          }),
        );
        break;
      case BlockType.InterfaceStatistics:
        this.#statistics(blockInLittleEndian(type, byteOrder, bytes).bytes, context);
        break;
      default:
        sink.otherBlock(block);
    }
  }

  #statistics(block: Uint8Array, { interfaceId, statistics }: BlockContext): void {
    const record = this.records[interfaceId]!;
    const meaning = statistics!;
    record.bookStatistics(meaning.dropped ?? meaning.interfaceDropped, meaning.delivered);
    this.#sink.statistics(block, record, meaning);
    if (record.frames > 0) return;
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    record.ticksHigh = view.getUint32(LOCAL_INTERFACE_AT + 4, true);
    record.ticksLow = view.getUint32(LOCAL_INTERFACE_AT + 8, true);
  }

  #endSection(truncated: boolean): void {
    for (const record of this.records.slice(this.#sectionStart)) {
      this.#sink.endInterface(record, truncated);
    }
    this.#sectionStart = this.records.length;
  }

  #addPcapInterface(): void {
    const described = this.source.interfaces[0];
    if (described === undefined) return;
    this.#pcapDescribed = true;
    const add = (): void => {
      const origin = { described, block: undefined, writerPlacesLosses: false };
      this.records.push(this.#sink.addInterface(origin));
    };
    if (this.#waiting === undefined) add();
    else this.#waiting.push(add);
  }
}

/** Whether a section's application is one that places every loss which a frame follows. */
function placesLosses(application: string | undefined): boolean {
  return application?.startsWith('gapcap') ?? false;
}
