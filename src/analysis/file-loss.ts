/** Recorded gaps of a capture file: its statistics in the words of the reconciliation. */

import type { FrameSource } from '../core/frame.js';
import type { LossFacts } from '../gaps/loss-facts.js';
import type { FileSource } from '../source/file-source.js';
import {
  type LossRecord,
  type RecordedGapsOptions,
  readRecordedGaps,
  type StatisticsTeller,
} from './recorded-gaps.js';

/** How to read a file. */
export interface FileLossOptions extends RecordedGapsOptions {
  /** Called before more of the file is read, which may take long where it is a pipe. */
  readonly beforeRead?: () => void;
}

/**
 * Reads a capture file to its end and gives the facts of its loss; see `readRecordedGaps`.
 *
 * @throws {FormatError} where the file contradicts its format
 */
export function readFileLoss(source: FileSource, options: FileLossOptions = {}): LossFacts {
  return readRecordedGaps(asLossRecord(source, options.beforeRead), {
    file: source.path,
    ...options,
  });
}

/**
 * The same source, its totals named by where they stand in the file.
 *
 * @param beforeRead called before each read
 */
export function asLossRecord(
  source: FileSource,
  beforeRead?: () => void,
): FrameSource & LossRecord & Required<StatisticsTeller> {
  return {
    format: source.format,
    fill: undefined,
    get interfaces() {
      return source.interfaces;
    },
    get application() {
      return source.application;
    },
    get ended() {
      return source.ended;
    },
    get end() {
      return source.end;
    },
    applicationOf: (id) => source.sections[source.interfaces[id]!.section]?.application,
    read: () => {
      beforeRead?.();
      return source.read();
    },
    counters: (id) => source.counters(id),
    listenToStatistics: (listener) => source.listenToStatistics(listener),
    stop: () => source.stop(),
    close: () => source.close(),
    [Symbol.dispose]: () => source.close(),
    statistics: (id) => {
      const totals = source.statistics(id);
      if (totals === undefined) return undefined;
      const { received, interfaceReceived, ...same } = totals;
      return { ...same, accepted: received, received: interfaceReceived };
    },
  };
}
