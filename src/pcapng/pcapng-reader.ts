/** Reads a pcapng file as frames, with all that it says about them. */

import type { FormatError } from '../core/errors.js';
import {
  type BlockInput,
  BlockParser,
  type BlockParserOptions,
  type FileEnd,
} from './block-parser.js';
import { BlockType } from './constants.js';
import { type FrameContext, FrameCursor } from './frame-cursor.js';
import {
  type DescribedInterface,
  decodeInterfaceDescription,
  type FileInterface,
} from './interface-description.js';
import { decodeSectionHeader, type Section } from './section.js';
import { decodeStatistics, type InterfaceStatistics, interpretStatistics } from './statistics.js';
import type { SummingLoop } from './summing-loop.js';

/** A block as its bytes stand in the file. */
export interface RawBlock {
  readonly type: number;
  /** Number of its section, from 0. */
  readonly section: number;
  /** Where it starts in the file. */
  readonly offset: number;
  readonly byteOrder: 'little' | 'big';
  /** The whole block, lengths included; valid only during the call. */
  readonly bytes: Uint8Array;
}

/**
 * What the descriptions of one file may take unless more is allowed: some 200,000 interfaces, or as
 * many sections.
 */
const DEFAULT_MAX_DESCRIPTION_BYTES = 32 * 1024 * 1024;
/** What keeping a description or a comment costs beside its bytes, about. */
const DESCRIPTION_COST_BYTES = 128;
const COMMENT_COST_BYTES = 64;

/** Settings of a `PcapngReader`. */
export interface PcapngReaderOptions extends BlockParserOptions {
  /**
   * Most bytes that sections, interfaces and the last statistics of each may take together, as they are
   * kept in memory (frames and other blocks aren't); 32 MiB unless given.
   */
  maxDescriptionBytes?: number | undefined;
  /**
   * Makes a loop for `addUp` of the batch; called at most once, and only where that is used on an input
   * that isn't short. Unless given, or where it gives none, all frames are given one by one.
   */
  makeLoop?: (() => SummingLoop | undefined) | undefined;
  /**
   * Called, in the order of the file, for each block that is neither a frame nor understood
   * otherwise: name resolution, secrets, custom and unknown blocks.
   */
  onOtherBlock?: ((block: RawBlock) => void) | undefined;
  /**
   * Called, in the order of the file, for each block that is no frame, right after it was taken in:
   * those of `onOtherBlock`, and sections, interfaces and statistics.
   */
  onBlock?: ((block: RawBlock) => void) | undefined;
}

/** Steps through a pcapng file from start to end, once. */
export class PcapngReader implements FrameContext {
  /** pcapng has no variants. */
  readonly variant: undefined = undefined;
  /** Sections seen so far. */
  readonly sections: Section[] = [];
  /** Interfaces seen so far, over all sections, in order of appearance. */
  readonly interfaces: FileInterface[] = [];
  /** The interfaces of the present section. */
  sectionInterfaces: DescribedInterface[] = [];
  /** The frames that `read` has brought into memory; always the same object. */
  readonly batch: FrameCursor;

  /** Called, in the order of the file, for each statistics block. */
  onStatistics: ((interfaceId: number, statistics: InterfaceStatistics) => void) | undefined =
    undefined;

  readonly #parser: BlockParser;
  readonly #onOtherBlock: ((block: RawBlock) => void) | undefined;
  readonly #onBlock: ((block: RawBlock) => void) | undefined;
  readonly #statistics: (InterfaceStatistics | undefined)[] = [];
  readonly #statisticsCounts: number[] = [];
  readonly #statisticsCosts: number[] = [];
  readonly #maxDescriptionBytes: number;
  #descriptionBytes = 0;
  #ended: boolean = false;
  #stopped: boolean = false;

  constructor(input: BlockInput, options: PcapngReaderOptions = {}) {
    this.#parser = new BlockParser(input, options);
    this.#maxDescriptionBytes = options.maxDescriptionBytes ?? DEFAULT_MAX_DESCRIPTION_BYTES;
    this.#onOtherBlock = options.onOtherBlock;
    this.#onBlock = options.onBlock;
    this.batch = new FrameCursor(this.#parser, this, options.makeLoop);
  }

  /** True once `batch` has no further frame and none will come. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * How the file ended, once all its frames have been given.
   *
   * `truncated`: inside a block, as when the writer was killed or the disk full; every whole frame
   * has been given. Undefined: not there yet, or not to be known because of `stop` or a
   * `FormatError`.
   */
  get end(): FileEnd | undefined {
    const reached = this.#ended && !this.#stopped && this.batch.failure === undefined;
    return reached ? this.#parser.end : undefined;
  }

  /**
   * Brings the next frames into memory; what `batch` gave before is no longer valid.
   *
   * Afterwards `batch` has at least one frame, or `ended` is true.
   *
   * @throws {FormatError} at a damaged block, once the frames before it have been given; whatever
   *   the input throws. `ended` is true afterwards
   */
  read(): FrameCursor {
    const batch = this.batch;
    try {
      while (!this.#ended && !batch.lookAhead()) {
        const failure: FormatError | undefined = batch.failure;
        if (failure !== undefined) throw failure;
        if (!this.#parser.fill()) this.#end();
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
    this.#end();
    this.#stopped = true;
  }

  /** The last totals that the file gives of an interface so far; undefined where it gives none. */
  statistics(interfaceId: number): InterfaceStatistics | undefined {
    return this.#statistics[interfaceId];
  }

  /** How many statistics blocks the file has of an interface so far. */
  statisticsCount(interfaceId: number): number {
    return this.#statisticsCounts[interfaceId] ?? 0;
  }

  /** Takes in the parser's present block, which is no frame. */
  otherBlock(): void {
    const parser = this.#parser;
    switch (parser.blockType) {
      case BlockType.SectionHeader: {
        const section = decodeSectionHeader(parser, this.interfaces.length);
        this.#keep(this.#costOf(section.comments));
        this.sections.push(section);
        this.sectionInterfaces = [];
        break;
      }
      case BlockType.InterfaceDescription: {
        const described = decodeInterfaceDescription(parser, this.interfaces.length);
        this.#keep(this.#costOf(described.description.comments));
        this.interfaces.push(described.description);
        this.sectionInterfaces.push(described);
        break;
      }
      case BlockType.InterfaceStatistics: {
        const block = decodeStatistics(parser);
        const described = this.sectionInterfaces[block.localInterfaceId];
        if (described === undefined) {
          throw parser.error(
            'UNKNOWN_INTERFACE',
            `has statistics of interface ${block.localInterfaceId}, which its section hasn't described`,
          );
        }
        const { id } = described.description;
        const cost = this.#costOf(block.comments);
        this.#keep(cost - (this.#statisticsCosts[id] ?? 0));
        this.#statisticsCosts[id] = cost;
        const statistics = interpretStatistics(block, described.clock);
        this.#statistics[id] = statistics;
        this.onStatistics?.(id, statistics);
        this.#statisticsCounts[id] = this.statisticsCount(id) + 1;
        break;
      }
      default:
        this.#onOtherBlock?.(this.#rawBlock());
    }
    this.#onBlock?.(this.#rawBlock());
  }

  #end(): void {
    this.#ended = true;
    this.batch.summing.end();
  }

  /** What the present block costs in memory, about. */
  #costOf(comments: readonly string[]): number {
    return this.#parser.blockLength + DESCRIPTION_COST_BYTES + COMMENT_COST_BYTES * comments.length;
  }

  #keep(bytes: number): void {
    this.#descriptionBytes += bytes;
    if (this.#descriptionBytes <= this.#maxDescriptionBytes) return;
    throw this.#parser.error(
      'TOO_MANY_DESCRIPTIONS',
      `is one description too many: sections, interfaces and statistics may take ${this.#maxDescriptionBytes} bytes`,
    );
  }

  #rawBlock(): RawBlock {
    const parser = this.#parser;
    return {
      type: parser.blockType,
      section: parser.section,
      offset: parser.blockOffset,
      byteOrder: parser.swapped ? 'big' : 'little',
      bytes: parser.bytes.subarray(parser.blockStart, parser.blockStart + parser.blockLength),
    };
  }
}
