/** A classic pcap file in the terms that all formats share. */

import { PcapMagic } from '../pcap/file-header.js';
import { type PcapInput, PcapReader, type PcapReaderOptions } from '../pcap/pcap-reader.js';
import type { FileInterface } from '../pcapng/interface-description.js';
import type { Section } from '../pcapng/section.js';
import type { FileBatch, FormatReader } from './format-reader.js';

/**
 * Reads pcap as one interface without a name, in no section and with no statistics.
 *
 * A pcap file says nothing of loss: no frame has a `lostBefore`, and that means nothing.
 */
export class PcapFormatReader implements FormatReader {
  /** The format has none. */
  readonly sections: readonly Section[] = [];
  /** The one interface, once the file's header has been read. */
  readonly interfaces: FileInterface[] = [];
  readonly #reader: PcapReader;

  constructor(input: PcapInput, options: PcapReaderOptions = {}) {
    this.#reader = new PcapReader(input, options);
  }

  get variant(): string | undefined {
    const { header, layout } = this.#reader;
    if (header === undefined) return undefined;
    if (header.aix) return 'AIX';
    if (header.magic === PcapMagic.IxiaHardware) return 'Ixia hardware, nanosecond';
    if (header.magic === PcapMagic.IxiaSoftware) return 'Ixia software';
    if (layout !== undefined && layout.variant !== 'standard') return layout.variant;
    return header.nanoseconds ? 'nanosecond' : undefined;
  }

  get ended(): boolean {
    return this.#reader.ended;
  }

  get end(): 'complete' | 'truncated' | undefined {
    return this.#reader.end;
  }

  read(): FileBatch {
    const batch = this.#reader.read();
    if (this.interfaces.length === 0) this.#describeInterface();
    return batch;
  }

  stop(): void {
    this.#reader.stop();
  }

  /** The format has none. */
  statistics(): undefined {
    return undefined;
  }

  /** The format has none. */
  statisticsCount(): number {
    return 0;
  }

  #describeInterface(): void {
    const { header } = this.#reader;
    if (header === undefined) return;
    this.interfaces.push({
      id: 0,
      section: 0,
      name: undefined,
      linkType: header.linkType,
      snapshotLength: header.snapshotLength,
      description: undefined,
      filter: undefined,
      speedBps: undefined,
      macAddress: undefined,
      hardware: undefined,
      os: undefined,
      comments: [],
      timestampResolution: header.nanoseconds ? 9 : 6,
      timestampOffsetSeconds: 0n,
      fcsLength: header.fcsLength,
    });
  }
}
