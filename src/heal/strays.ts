/** Frames of the healed capture that have no partner in the other one, for a while. */

import type { HeldFrame } from './held-frame.js';

const FORGET_EVERY = 8192;

interface Stray {
  readonly time: number;
  readonly reachNs: number;
}

/** Remembers unpaired frames by their content, so that none of them is filled in a second time. */
export class Strays {
  readonly #reachNs: number;
  readonly #strays = new Map<number, Stray[]>();
  #size = 0;
  #forgetAt = FORGET_EVERY;

  /** @param reachNs how far in time two frames may be apart to be the same */
  constructor(reachNs: number) {
    this.#reachNs = reachNs;
  }

  /** Takes note of a frame without a partner. */
  add({ key, time, slackNs }: HeldFrame): void {
    const stray = { time, reachNs: this.#reachNs + slackNs };
    const known = this.#strays.get(key);
    if (known === undefined) this.#strays.set(key, [stray]);
    else known.push(stray);
    this.#size++;
  }

  /** Whether there is an equal frame nearby; it is then the partner, and no longer stray. */
  claim({ key, time }: HeldFrame): boolean {
    const known = this.#strays.get(key);
    if (known === undefined) return false;
    const at = known.findIndex((stray) => Math.abs(stray.time - time) <= stray.reachNs);
    if (at < 0) return false;
    known.splice(at, 1);
    if (known.length === 0) this.#strays.delete(key);
    this.#size--;
    return true;
  }

  /** Forgets what came before a time, now and then. */
  forgetBefore(time: number): void {
    if (this.#size < this.#forgetAt) return;
    for (const [key, known] of this.#strays) {
      const kept = known.filter((stray) => stray.time >= time);
      this.#size -= known.length - kept.length;
      if (kept.length === 0) this.#strays.delete(key);
      else this.#strays.set(key, kept);
    }
    this.#forgetAt = this.#size + FORGET_EVERY;
  }
}
