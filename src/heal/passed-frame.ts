/** A frame that was written on as it was read, with no copy of it kept. */

import type { ContentKeys } from './content-keys.js';
import type { RecognisableFrame } from './invariant-bytes.js';

/** What is known of a frame that both captures have. */
export interface MatchedFrame {
  /** Its first invariant bytes; see `ContentKeys`. */
  readonly key: number;
  /** All of them. */
  readonly wholeKey: number;
}

/** What a frame that is passed on is recognised by. */
export interface PassingFrame extends RecognisableFrame {
  readonly frameNumber: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** The last frame that was passed on; its bytes are looked at only where a gap follows. */
export class PassedFrame implements MatchedFrame {
  key = 0;
  readonly #keys: ContentKeys;
  readonly #at = {
    bytes: new Uint8Array(0) as Uint8Array,
    ...{ byteOffset: 0, capturedLength: 0, originalLength: 0 },
  };
  #linkType = 0;
  #wholeKey: number | undefined = 0;

  constructor(keys: ContentKeys) {
    this.#keys = keys;
  }

  /** Takes note of a frame whose bytes stay where they are until `settle`. */
  set(frame: RecognisableFrame, key: number, linkType: number): void {
    const at = this.#at;
    at.bytes = frame.bytes;
    at.byteOffset = frame.byteOffset;
    at.capturedLength = frame.capturedLength;
    at.originalLength = frame.originalLength;
    this.key = key;
    this.#linkType = linkType;
    this.#wholeKey = undefined;
  }

  get wholeKey(): number {
    this.#wholeKey ??= this.#keys.wholeOf(this.#at, this.#linkType);
    return this.#wholeKey;
  }

  /** Its bytes are about to be overwritten. */
  settle(): void {
    this.#wholeKey ??= this.#keys.wholeOf(this.#at, this.#linkType);
  }
}
