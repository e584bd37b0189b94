/**
 * Keys of frames: a brief one of each frame, by its first invariant bytes, and a whole one, by all of
 * them, where a frame bears on what is filled in.
 */

import {
  InvariantBytes,
  type RecognisableFrame,
  type RecognitionOptions,
} from './invariant-bytes.js';

/** Bytes that a brief key looks at, from the network layer on, or from the first one where exact. */
const BRIEF_BYTES = 64;

/** Gives frames their keys. */
export class ContentKeys {
  readonly #brief: InvariantBytes;
  readonly #whole: InvariantBytes | undefined;
  /** How brief keys are made. */
  readonly brief: RecognitionOptions;

  constructor(recognition: RecognitionOptions) {
    const limit = Math.min(recognition.limit, BRIEF_BYTES);
    this.brief = { ...recognition, limit };
    this.#brief = new InvariantBytes(this.brief);
    this.#whole = recognition.limit > limit ? new InvariantBytes(recognition) : undefined;
  }

  /** The key by which frames are looked for. */
  briefOf(frame: RecognisableFrame, linkType: number): number {
    return this.#brief.keyOf(frame, linkType);
  }

  /**
   * The key of all invariant bytes; 0 where the brief key is of all of every frame. Never by a frame's own
   * length: with another link header, or padding, the same one is longer in another capture.
   */
  wholeOf(frame: RecognisableFrame, linkType: number): number {
    return this.#whole === undefined ? 0 : this.#whole.keyOf(frame, linkType);
  }
}
