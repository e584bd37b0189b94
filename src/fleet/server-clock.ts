/** The server's clock, as it can be told from when its messages come. */

/** How long the best message is gone by. */
const WINDOW_MS = 60_000;

/**
 * Tells the server's time from messages that carry it.
 *
 * A message takes some time on its way, or an hour where the connection was broken: what one says is
 * the least that the server's clock can show by now. The greatest of these counts, of the last one to two
 * minutes in which messages came: a server whose clock is set back is believed after that. Our own
 * clock is asked only while nothing has come yet; what goes on in between is monotonic time.
 */
export class ServerClock {
  readonly #monotonicMs: () => number;
  /** Server's time minus monotonic time. */
  #offsetMs: number;
  /** The greatest of this window and of the one before. */
  #latest: number | undefined;
  #before: number | undefined;
  #windowEndMs = 0;

  /**
   * @param monotonicMs a clock that never jumps
   * @param nowMs ours, which is taken for the server's at first
   */
  constructor(monotonicMs: () => number = () => performance.now(), nowMs: () => number = Date.now) {
    this.#monotonicMs = monotonicMs;
    this.#offsetMs = nowMs() - monotonicMs();
  }

  /** Milliseconds since 1970-01-01 UTC. */
  get nowMs(): number {
    return this.#offsetMs + this.#monotonicMs();
  }

  /**
   * Takes a message that has just come.
   *
   * @param serverMs when the server got it
   * @param isPast whether it may have waited for us; it then says something only where it is from what
   * we take for the future
   */
  take(serverMs: number, isPast: boolean): void {
    const monotonicMs = this.#monotonicMs();
    const offsetMs = serverMs - monotonicMs;
    if (isPast) {
      this.#offsetMs = Math.max(this.#offsetMs, offsetMs);
      return;
    }
    if (monotonicMs >= this.#windowEndMs) {
      this.#before = this.#latest;
      this.#latest = undefined;
      this.#windowEndMs = monotonicMs + WINDOW_MS;
    }
    this.#latest = Math.max(this.#latest ?? offsetMs, offsetMs);
    this.#offsetMs = Math.max(this.#latest, this.#before ?? this.#latest);
  }
}
