/** When a capture, which reads and writes without pause, lets the event loop do its work. */

/** Longest time between two turns; timers and signals wait so long. */
const LONGEST_MS = 100;
/** The same while files are being closed. */
const LONGEST_CLOSING_MS = 10;

/**
 * The turns that a capture gives to the event loop: for signals, timers and files that are being closed.
 *
 * A turn costs some 0.1 ms under load, most of it because its code and data have left the processor's caches.
 */
export class EventLoopTurns {
  #lastMs: number;

  /** @param nowMs as `performance.now` has it, as all times here */
  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** @param isClosing whether files are being closed, which goes on in turns only */
  isDue(nowMs: number, isClosing: boolean): boolean {
    return nowMs - this.#lastMs >= (isClosing ? LONGEST_CLOSING_MS : LONGEST_MS);
  }

  /** @returns the time after the turn */
  async take(): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#lastMs = performance.now();
    return this.#lastMs;
  }
}
