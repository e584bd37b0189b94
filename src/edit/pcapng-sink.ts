/** Copies into a pcapng file: everything that the inputs say, changed only where it must be. */

import { BlockBuilder } from '../pcapng/block-builder.js';
import { BlockEncoder, type BlockOutput } from '../pcapng/block-encoder.js';
import { BlockType } from '../pcapng/constants.js';
import type { FrameExtras } from '../pcapng/frame-extras.js';
import { copiableOptions } from '../pcapng/frame-options.js';
import { blockInLittleEndian } from '../pcapng/little-endian.js';
import { tryParseLossComment } from '../pcapng/loss-options.js';
import type { RawBlock } from '../pcapng/pcapng-reader.js';
import type { InterfaceStatistics } from '../pcapng/statistics.js';
import type { FileBatch } from '../source/format-reader.js';
import { type CopySink, changeFrame, type InterfaceOrigin, type SinkOptions } from './copy-sink.js';
import {
  copyInterfaceDescription,
  copySectionHeader,
  describePcapInterface,
} from './description-copy.js';
import { EditableFrame } from './editable-frame.js';
import { InterfaceRecord } from './interface-record.js';
import {
  copyStatistics,
  needsStatistics,
  ownStatistics,
  remarksOn,
  saysAlready,
} from './statistics-copy.js';

const INTERFACE_AT = 8;
const NO_TIME = 'gapcap: this frame had no time in the file that it comes from';

/** Writes pcapng, little-endian. */
export class PcapngSink implements CopySink {
  readonly #encoder: BlockEncoder;
  readonly #options: SinkOptions;
  readonly #frame = new EditableFrame();
  #interfaceCount = 0;
  #placesLosses: boolean = false;

  constructor(output: BlockOutput, options: SinkOptions) {
    this.#encoder = new BlockEncoder(output, { bufferBytes: options.bufferBytes });
    this.#options = options;
  }

  section(block: Uint8Array, placesLosses: boolean): void {
    this.#encoder.rawBlock(copySectionHeader(block, this.#anonymous));
    this.#interfaceCount = 0;
    this.#placesLosses = placesLosses;
  }

  addInterface({ described, block, writerPlacesLosses }: InterfaceOrigin): InterfaceRecord {
    const { snapshotLength } = this.#options;
    this.#encoder.rawBlock(
      block === undefined
        ? describePcapInterface(described, snapshotLength)
        : copyInterfaceDescription(block, snapshotLength, this.#anonymous),
    );
    return new InterfaceRecord(described, this.#interfaceCount++, writerPlacesLosses);
  }

  frame(batch: FileBatch, record: InterfaceRecord, taken: boolean): void {
    if (batch.ticksHigh !== undefined) {
      record.ticksHigh = batch.ticksHigh;
      record.ticksLow = batch.ticksLow!;
    }
    if (!taken) {
      record.leftOut++;
      record.carrierOf(batch.queue).hold(batch.lostBefore);
      return;
    }
    const block = batch.rawBlock();
    if (block !== undefined && block.type === BlockType.SimplePacket) {
      this.#simpleFrame(batch, record);
      return;
    }
    const carrier = record.carrierOf(batch.queue);
    const limit = this.#options.snapshotLength;
    const untouched =
      carrier.pending === undefined &&
      (batch.lostBefore === undefined || carrier.isIdle) &&
      (limit === 0 || batch.capturedLength <= limit) &&
      !this.#anonymous;
    if (
      untouched &&
      block?.type === BlockType.EnhancedPacket &&
      block.byteOrder === 'little' &&
      !this.#hasUncopiable(batch)
    ) {
      // The reader has done with this block; its number is of no use any more.
      batch.words[(block.bytes.byteOffset + INTERFACE_AT) >>> 2] = record.outputId;
      this.#encoder.rawBlock(block.bytes);
      return;
    }
    this.#editedFrame(batch, record);
  }

  statistics(block: Uint8Array, record: InterfaceRecord, meaning: InterfaceStatistics): void {
    const remarks = remarksOn(record, meaning, this.#placesLosses);
    if (saysAlready(meaning, remarks) && !this.#anonymous) {
      const copy = block.slice();
      new DataView(copy.buffer).setUint32(INTERFACE_AT, record.outputId, true);
      this.#encoder.rawBlock(copy);
    } else {
      this.#encoder.rawBlock(copyStatistics(block, record.outputId, remarks, !this.#anonymous));
    }
  }

  otherBlock(block: RawBlock): void {
    const { notes, changes } = this.#options;
    if (this.#anonymous) notes.add('blocks left out, as they may name somebody');
    else if (changes && block.type === BlockType.CustomNotCopied) {
      notes.add('custom blocks left out, as they are not for changed files');
    } else {
      const { bytes, complete } = blockInLittleEndian(block.type, block.byteOrder, block.bytes);
      if (!complete) notes.add('blocks of unknown content left in big-endian order');
      this.#encoder.rawBlock(bytes);
    }
  }

  endInterface(record: InterfaceRecord, truncated: boolean): void {
    if (needsStatistics(record, truncated)) {
      this.#encoder.rawBlock(ownStatistics(record, this.#placesLosses));
    }
  }

  flush(): void {
    this.#encoder.flush();
  }

  get #anonymous(): boolean {
    return this.#options.anonymiser !== undefined;
  }

  /** Whether the frame has options that mustn't be in a changed file. */
  #hasUncopiable(batch: FileBatch): boolean {
    if (!this.#options.changes) return false;
    const options = batch.otherOptions();
    return options !== undefined && copiableOptions(options).length < options.length;
  }

  #editedFrame(batch: FileBatch, record: InterfaceRecord): void {
    const options = this.#options;
    const frame = this.#frame;
    changeFrame(frame, batch, record.described.linkType, options);
    frame.lostBefore = record.carrierOf(batch.queue).release(batch.lostBefore);
    const extras: FrameExtras = { interfaceId: record.outputId };
    if (batch.queue !== undefined) extras.queue = batch.queue;
    // Other units are not what the encoder writes, nor are times that it can't write.
    const isPlain = record.inNanoseconds && batch.hasTimestamp;
    if (batch.ticksHigh !== undefined && !isPlain) extras.ticks = record;
    if (!this.#anonymous) {
      const comments = batch.comments().filter((text) => !isLossComment(text));
      if (comments.length > 0) extras.comments = comments;
      const others = batch.otherOptions();
      if (others !== undefined) extras.options = options.changes ? copiableOptions(others) : others;
    }
    this.#encoder.frame(frame, extras);
  }

  // Such a block belongs to the section's first interface, and has neither time nor options: a loss
  // that waits goes on to the next frame that can hold it.
  #simpleFrame(batch: FileBatch, record: InterfaceRecord): void {
    const { notes, snapshotLength } = this.#options;
    const frame = this.#frame;
    changeFrame(frame, batch, record.described.linkType, this.#options);
    if (record.outputId !== 0) {
      notes.add('frames without a time given that of the frame before, to be put beside others');
      frame.lostBefore = record.carrier.release(undefined);
      const { outputId: interfaceId } = record;
      this.#encoder.frame(frame, { interfaceId, ticks: record, comments: [NO_TIME] });
      return;
    }
    if (record.carrier.pending !== undefined) {
      notes.add(
        'losses recorded one frame later, as the frame after them is in a simple packet block',
      );
    }
    // The captured length isn't written down but follows from the original one and the interface's
    // snapshot length, so what an anonymiser cuts off becomes zeros.
    const { byteOffset, capturedLength, originalLength } = frame;
    const limit = snapshotLength > 0 ? snapshotLength : batch.capturedLength;
    const content = new Uint8Array(Math.min(batch.capturedLength, limit));
    content.set(frame.bytes.subarray(byteOffset, byteOffset + capturedLength));
    const builder = new BlockBuilder();
    builder.u32(originalLength);
    builder.padded(content);
    this.#encoder.rawBlock(builder.finish(BlockType.SimplePacket));
  }
}

function isLossComment(text: string): boolean {
  return tryParseLossComment(text) !== undefined;
}
