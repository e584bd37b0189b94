/** A batch that stands on one frame, for tests of whatever encodes frames. */

import type { FrameBatch } from '../../src/core/frame.js';
import type { Loss } from '../../src/core/loss.js';

/** What the frame is; what is left out has the value named. */
export interface SingleFrame {
  data?: Uint8Array;
  /** Where in its memory the frame starts; default 0. */
  byteOffset?: number;
  /** Bytes of memory after the frame; default 16. */
  slackBytes?: number;
  /** Whether the memory is also given as 64-bit words. */
  inLongs?: boolean;
  /** Default: the length of `data`. */
  originalLength?: number;
  seconds?: number;
  nanoseconds?: number;
  interfaceId?: number;
  flags?: number;
  lostBefore?: Loss | undefined;
}

/** A batch on that frame, in memory that is 0xee wherever the frame isn't. */
export function singleFrame(frame: SingleFrame = {}): FrameBatch {
  const data = frame.data ?? new Uint8Array(0);
  const byteOffset = frame.byteOffset ?? 0;
  const buffer = new ArrayBuffer(byteOffset + data.length + (frame.slackBytes ?? 16));
  const bytes = new Uint8Array(buffer).fill(0xee);
  bytes.set(data, byteOffset);
  return {
    next: () => false,
    bytes,
    words: new Int32Array(buffer, 0, buffer.byteLength >>> 2),
    longs: frame.inLongs ? new BigInt64Array(buffer, 0, buffer.byteLength >>> 3) : undefined,
    byteOffset,
    capturedLength: data.length,
    originalLength: frame.originalLength ?? data.length,
    seconds: frame.seconds ?? 0,
    nanoseconds: frame.nanoseconds ?? 0,
    interfaceId: frame.interfaceId ?? 0,
    flags: frame.flags ?? 0,
    lostBefore: frame.lostBefore,
  };
}
