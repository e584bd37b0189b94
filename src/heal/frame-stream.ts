/** Frames of one interface in their order, and where they come from. */

import type { Loss } from '../core/loss.js';
import { type FileSource, openFile } from '../source/file-source.js';
import type { FileBatch } from '../source/format-reader.js';
import type { ClockFit } from './clock-fit.js';
import { FrameKeeper, type HeldFrame } from './held-frame.js';
import { InvariantBytes } from './invariant-bytes.js';
import type { Beginnings } from './survey.js';

/** Frames of one interface, one at a time. */
export interface FrameStream {
  /** The next frame, which the caller may keep and change; undefined at the end. */
  next(): HeldFrame | undefined;
  /** The loss after the last frame; undefined: none, or unknown. */
  readonly finalLoss: Loss | undefined;
}

/** What a donor's frames need on their way. */
export interface DonorSettings {
  readonly path: string;
  /** Its place among the donors, from 1. */
  readonly donor: number;
  readonly interfaceId: number;
  readonly beginnings: Beginnings;
  readonly clock: ClockFit;
}

/** The frames of one interface of a donor, at times of the healed capture's clock. */
export class DonorStream implements FrameStream, Disposable {
  readonly finalLoss = undefined;
  /** Frames of all its interfaces read so far. */
  framesRead = 0;
  readonly #settings: DonorSettings;
  readonly #source: FileSource;
  readonly #keeper: FrameKeeper;
  readonly #invariant: InvariantBytes;
  #batch: FileBatch | undefined = undefined;

  /** @throws {SystemCallError} where it can't be opened */
  constructor(settings: DonorSettings) {
    this.#settings = settings;
    this.#source = openFile(settings.path);
    this.#keeper = new FrameKeeper(settings.beginnings.baseSeconds);
    this.#invariant = new InvariantBytes(settings.beginnings.recognition);
  }

  /** Bytes of the file read so far. */
  get bytesRead(): number {
    return this.#source.fileBytesRead;
  }

  next(): HeldFrame | undefined {
    const { interfaceId, clock, donor } = this.#settings;
    for (;;) {
      const batch = this.#batch;
      if (batch?.next() !== true) {
        if (this.#source.ended) return undefined;
        this.#batch = this.#source.read();
        continue;
      }
      this.framesRead++;
      if (batch.interfaceId !== interfaceId) continue;
      const { linkType } = this.#source.interfaces[interfaceId]!;
      const time = this.#keeper.timeOf(batch);
      const key = this.#invariant.keyOf(batch, linkType);
      return this.#keeper.hold(batch, key, time + clock.offsetAt(time), donor);
    }
  }

  [Symbol.dispose](): void {
    this.#source.close();
  }
}
