/** Prints captured frames on standard output, one line each, with a line where frames are missing. */

import type { CaptureInterface, FrameBatch, FrameLine } from '../index.js';
import type { FramePlace } from './frame-place.js';

/** Characters gathered before they are written. */
const writeAtLength = 65_536;
/** Longest time that a line waits while further frames come. */
const writeAfterMs = 100;

/** A consumer of frames that prints them: at the latest at `flush`, or when lines have waited long. */
export class FramePrinter {
  readonly #lines: FrameLine;
  readonly #interfaces: () => readonly CaptureInterface[];
  readonly #write: (text: string) => void;
  readonly #place: FramePlace | undefined;
  /** Time of each interface's last frame, in nanoseconds. */
  readonly #lastTimesNs = new Map<number, bigint>();
  #text = '';
  #writtenAtMs = performance.now();

  /**
   * @param interfaces those that the frames are of, asked for with each frame
   * @param write takes whole lines
   * @param place says which interface a frame is of, at the beginning of its line
   */
  constructor(
    lines: FrameLine,
    interfaces: () => readonly CaptureInterface[],
    write: (text: string) => void,
    place?: FramePlace,
  ) {
    this.#lines = lines;
    this.#interfaces = interfaces;
    this.#write = write;
    this.#place = place;
  }

  /**
   * Takes the frame that the batch stands on.
   *
   * @param number the frame's, from 1
   */
  frame(batch: FrameBatch, number: number): void {
    const id = batch.interfaceId;
    const interfaces = this.#interfaces();
    const timeNs = BigInt(batch.seconds) * 1_000_000_000n + BigInt(batch.nanoseconds);
    if (batch.lostBefore !== undefined) {
      const lastNs = this.#lastTimesNs.get(id);
      const name = interfaces.length > 1 ? interfaces[id]?.name : undefined;
      const durationNs = lastNs === undefined ? undefined : timeNs - lastNs;
      this.#text += `${this.#lines.gap(batch.lostBefore, durationNs, name)}\n`;
    }
    this.#lastTimesNs.set(id, timeNs);
    const place = this.#place?.of(batch, interfaces) ?? '';
    this.#text += `${place}${this.#lines.frame(number, batch, interfaces[id]!.linkType)}\n`;
    const waitedMs = performance.now() - this.#writtenAtMs;
    if (this.#text.length >= writeAtLength || waitedMs >= writeAfterMs) this.flush();
  }

  /** Writes what has been gathered. */
  flush(): void {
    this.#writtenAtMs = performance.now();
    if (this.#text === '') return;
    this.#write(this.#text);
    this.#text = '';
  }
}
