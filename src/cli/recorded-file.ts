/** A capture file with its statistics in the words of the reconciliation. */

import type { FileSource, FrameSource, LossRecord } from '../index.js';

/**
 * The same source, its totals named by where they stand in the file.
 *
 * @param parseBounds reads the bounds of a final gap out of a statistics block's comment
 */
export function asRecordedFile(
  source: FileSource,
  parseBounds: typeof import('../index.js').tryParseLossComment,
): FrameSource & LossRecord {
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
    read: (timeoutMs) => source.read(timeoutMs),
    counters: (id) => source.counters(id),
    stop: () => source.stop(),
    close: () => source.close(),
    [Symbol.dispose]: () => source.close(),
    statistics: (id) => {
      const totals = source.statistics(id);
      if (totals === undefined) return undefined;
      const { received, interfaceReceived, comment, ...same } = totals;
      const finalBounds = comment === undefined ? undefined : parseBounds(comment);
      return { ...same, accepted: received, received: interfaceReceived, finalBounds };
    },
  };
}
