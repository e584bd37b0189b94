/** Frames of the healed capture that have no partner in the other one, for a while. */

import type { HeldFrame } from './held-frame.js';

const FORGET_EVERY = 8192;

/** Remembers unpaired frames by their content, so that none of them is filled in a second time. */
export class Strays {
  readonly #reachNs: number;
  readonly #times = new Map<number, number[]>();
  #size = 0;
  #forgetAt = FORGET_EVERY;

  /** @param reachNs how far in time two frames may be apart to be the same */
  constructor(reachNs: number) {
    this.#reachNs = reachNs;
  }

  /** Takes note of a frame without a partner. */
  add({ key, time }: HeldFrame): void {
    const times = this.#times.get(key);
    if (times === undefined) this.#times.set(key, [time]);
    else times.push(time);
    this.#size++;
  }

  /** Whether there is an equal frame nearby; it is then the partner, and no longer stray. */
  claim({ key, time }: HeldFrame): boolean {
    const times = this.#times.get(key);
    if (times === undefined) return false;
    const at = times.findIndex((stray) => Math.abs(stray - time) <= this.#reachNs);
    if (at < 0) return false;
    times.splice(at, 1);
    if (times.length === 0) this.#times.delete(key);
    this.#size--;
    return true;
  }

  /** Forgets what came before a time, now and then. */
  forgetBefore(time: number): void {
    if (this.#size < this.#forgetAt) return;
    for (const [key, times] of this.#times) {
      const kept = times.filter((stray) => stray >= time);
      this.#size -= times.length - kept.length;
      if (kept.length === 0) this.#times.delete(key);
      else this.#times.set(key, kept);
    }
    this.#forgetAt = this.#size + FORGET_EVERY;
  }
}
