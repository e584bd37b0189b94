/** Prints captured frames on standard output, one line each, with a line where frames are missing. */

import type { FrameBatch, FrameLine } from '../index.js';

/** Characters gathered before they are written. */
const writeAtLength = 65_536;
/** Longest time that a line waits while further frames come. */
const writeAfterMs = 100;

/** A consumer of frames that prints them: at the latest at `flush`, or when lines have waited long. */
export class FramePrinter {
  readonly #lines: FrameLine;
  readonly #linkTypeOf: (interfaceId: number) => number;
  readonly #write: (text: string) => void;
  /** Time of each interface's last frame, in nanoseconds. */
  readonly #lastTimesNs = new Map<number, bigint>();
  #text = '';
  #writtenAtMs = performance.now();

  /**
   * @param linkTypeOf the LINKTYPE_ number of an interface by its id
   * @param write takes whole lines
   */
  constructor(
    lines: FrameLine,
    linkTypeOf: (interfaceId: number) => number,
    write: (text: string) => void,
  ) {
    this.#lines = lines;
    this.#linkTypeOf = linkTypeOf;
    this.#write = write;
  }

  /**
   * Takes the frame that the batch stands on.
   *
   * @param number the frame's, from 1
   */
  frame(batch: FrameBatch, number: number): void {
    const id = batch.interfaceId;
    const timeNs = BigInt(batch.seconds) * 1_000_000_000n + BigInt(batch.nanoseconds);
    if (batch.lostBefore !== undefined) {
      const lastNs = this.#lastTimesNs.get(id);
      const durationNs = lastNs === undefined ? undefined : timeNs - lastNs;
      this.#text += `${this.#lines.gap(batch.lostBefore, durationNs)}\n`;
    }
    this.#lastTimesNs.set(id, timeNs);
    this.#text += `${this.#lines.frame(number, batch, this.#linkTypeOf(id))}\n`;
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
