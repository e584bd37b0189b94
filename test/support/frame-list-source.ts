/** A source over frames in memory, for tests of whatever reads a source to its end. */

import type { CaptureInterface, FrameBatch, FrameSource } from '../../src/core/frame.js';
import type { Loss } from '../../src/core/loss.js';
import { fakeInterface } from './fake-source.js';
import { singleFrame } from './single-frame.js';

/** One frame of a list. */
export interface ListedFrame {
  readonly data: Uint8Array;
  /** Default: the length of `data`. */
  readonly wireLength?: number;
  /** Microseconds since the list's own beginning. */
  readonly timeUs: number;
  readonly interfaceId?: number;
  readonly flags?: number;
  readonly lostBefore?: Loss;
}

/** The second in which lists begin. */
export const LIST_SECOND = 1_795_355_060;

/** The batch that stands on one frame of a list. */
export function batchOn(frame: ListedFrame): FrameBatch {
  return singleFrame({
    data: frame.data,
    originalLength: frame.wireLength ?? frame.data.length,
    seconds: LIST_SECOND + Math.floor(frame.timeUs / 1e6),
    nanoseconds: (frame.timeUs % 1e6) * 1000,
    interfaceId: frame.interfaceId ?? 0,
    flags: frame.flags ?? 0,
    ...(frame.lostBefore === undefined ? {} : { lostBefore: frame.lostBefore }),
  });
}

/** Gives the frames in order, one a batch. */
export class FrameListSource implements FrameSource {
  readonly interfaces: readonly CaptureInterface[];
  readonly fill = undefined;
  readonly #frames: readonly ListedFrame[];
  readonly #dropped: number | undefined;
  #at = 0;

  /** @param dropped the total of the first interface; undefined: it records none */
  constructor(frames: readonly ListedFrame[], dropped?: number, interfaceCount = 1) {
    this.#frames = frames;
    this.#dropped = dropped;
    this.interfaces = Array.from({ length: interfaceCount }, (_, id) => fakeInterface(id));
  }

  get ended(): boolean {
    return this.#at >= this.#frames.length;
  }

  read(): FrameBatch {
    const frame = this.#frames[this.#at];
    if (frame === undefined) return singleFrame();
    this.#at += 1;
    let left = 1;
    const batch = batchOn(frame);
    return Object.assign(Object.create(batch) as FrameBatch, {
      ...batch,
      next: () => {
        left -= 1;
        return left === 0;
      },
    });
  }

  counters(interfaceId: number): { received: number; dropped: number } | undefined {
    if (this.#dropped === undefined || interfaceId !== 0) return undefined;
    return { received: this.#frames.length + this.#dropped, dropped: this.#dropped };
  }

  stop(): void {
    this.#at = this.#frames.length;
  }

  close(): void {
    this.stop();
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
