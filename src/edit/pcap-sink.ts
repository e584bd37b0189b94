/** Copies into a pcap file, which holds frames and nothing else; counts what it can't hold. */

import { ArgumentError } from '../core/errors.js';
import { PcapEncoder, type PcapOutput } from '../pcap/pcap-encoder.js';
import type { FileBatch } from '../source/format-reader.js';
import { type CopySink, changeFrame, type InterfaceOrigin, type SinkOptions } from './copy-sink.js';
import { shorter } from './description-copy.js';
import { EditableFrame } from './editable-frame.js';
import { InterfaceRecord } from './interface-record.js';

/** Writes pcap with nanoseconds. */
export class PcapSink implements CopySink {
  readonly #output: PcapOutput;
  readonly #options: SinkOptions;
  readonly #frame = new EditableFrame();
  #encoder: PcapEncoder | undefined = undefined;
  #linkType = 0;
  #interfaceCount = 0;

  constructor(output: PcapOutput, options: SinkOptions) {
    this.#output = output;
    this.#options = options;
  }

  section(): void {
    // There are none.
  }

  /** @throws {ArgumentError} `MIXED_LINK_TYPES` where a second link type comes */
  addInterface({ described, writerPlacesLosses }: InterfaceOrigin): InterfaceRecord {
    const { linkType, fcsLength } = described;
    if (this.#encoder === undefined) {
      const length = shorter(described.snapshotLength, this.#options.snapshotLength);
      const holdsFcs = fcsLength !== undefined && fcsLength % 2 === 0 && fcsLength <= 30;
      this.#linkType = linkType;
      this.#encoder = new PcapEncoder(this.#output, {
        linkType,
        snapshotLength: length,
        fcsLength: holdsFcs ? fcsLength : undefined,
      });
    } else if (linkType !== this.#linkType) {
      throw new ArgumentError(
        'MIXED_LINK_TYPES',
        "Can't write frames of several link types into one pcap file. Write pcapng.",
        { argument: 'format', value: 'pcap', expected: 'pcapng' },
      );
    }
    return new InterfaceRecord(described, this.#interfaceCount++, writerPlacesLosses);
  }

  /** @throws {StateError} `NO_TIMESTAMP` for a frame without a time */
  frame(batch: FileBatch, record: InterfaceRecord, taken: boolean): void {
    if (!taken) {
      record.leftOut++;
      return;
    }
    const { notes } = this.#options;
    changeFrame(this.#frame, batch, record.described.linkType, this.#options);
    if (batch.flags !== 0) notes.add('frames whose direction or checksum state is left out');
    if (batch.comments().length > 0) notes.add('frames whose comments are left out');
    if (batch.otherOptions() !== undefined) notes.add('frames whose other options are left out');
    this.#encoder!.frame(this.#frame);
  }

  statistics(): void {
    this.#options.notes.add('statistics blocks left out');
  }

  otherBlock(): void {
    this.#options.notes.add('other blocks left out');
  }

  endInterface(): void {
    // Nothing of it can be held.
  }

  flush(): void {
    if (this.#interfaceCount > 1) {
      this.#options.notes.add(`${this.#interfaceCount} interfaces no longer told apart`);
    }
    this.#encoder?.flush();
  }
}
