/** Frames of one capture, read as far ahead as somebody looks. */

import { Deque } from './deque.js';
import type { FrameStream } from './frame-stream.js';
import type { HeldFrame } from './held-frame.js';

/** Frames waiting in one capture, read as far as they are looked at. */
export class FrameWindow<Stream extends FrameStream = FrameStream> {
  /** Frames come from here; taken straight from it only while none `isWaiting`. */
  readonly stream: Stream;
  readonly #frames = new Deque<HeldFrame>();
  #ended: boolean = false;

  constructor(stream: Stream) {
    this.stream = stream;
  }

  /** Whether frames were read that weren't taken off. */
  get isWaiting(): boolean {
    return this.#frames.length > 0;
  }

  /** The frame at a place, 0 being the next; undefined behind the end. */
  at(index: number): HeldFrame | undefined {
    while (this.#frames.length <= index) {
      if (this.#ended) return undefined;
      const frame = this.stream.next();
      if (frame === undefined) {
        this.#ended = true;
        return undefined;
      }
      this.#frames.push(frame);
    }
    return this.#frames.at(index);
  }

  /** Takes the next frame off. */
  shift(): HeldFrame {
    return this.#frames.shift()!;
  }

  /** Takes the next frames off. */
  take(count: number): HeldFrame[] {
    return this.#frames.take(count);
  }
}
