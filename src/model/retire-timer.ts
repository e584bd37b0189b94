/** When TPACKET_V3's retire timer goes off: two rules, one per generation of the kernel. */

import { ArgumentError } from '../core/errors.js';

/**
 * Which kernel's retire timer a ring has.
 *
 * `6.12`: a jiffies timer, armed anew whenever a block is opened. `6.18`: a high-resolution timer
 * that runs freely, every interval from the ring's set-up on, whatever happens to the blocks.
 */
export type RetireTimerKind = '6.12' | '6.18';

/** The next expiry of a ring's retire timer; what happens then is the ring's business. */
export interface RetireTimer {
  readonly kind: RetireTimerKind;
  /** When it goes off next, in virtual nanoseconds. */
  readonly nextNs: number;
  /** Notes that a block was opened, or that the 6.12 handler asks to be called again. */
  refresh(nowNs: number): void;
  /** Notes that it went off (on time or late). */
  expired(nowNs: number): void;
}

/**
 * A timer set up at `nowNs`.
 *
 * Source: net/packet/af_packet.c, _prb_refresh_rx_retire_blk_timer() of 6.12; the hrtimer that
 * commit f7460d2989fa put in its place in 6.18.
 *
 * @param intervalNs tp_retire_blk_tov in nanoseconds
 * @param jiffyNs the tick to which 6.12's timer is bound: 4,000,000 at HZ=250; 1 for no rounding
 * @throws {ArgumentError} `BAD_RETIRE_TIME`
 */
export function retireTimer(
  kind: RetireTimerKind,
  intervalNs: number,
  nowNs: number,
  jiffyNs = 1,
): RetireTimer {
  if (!(intervalNs >= 1) || !Number.isSafeInteger(intervalNs)) {
    throw new ArgumentError(
      'BAD_RETIRE_TIME',
      `A ring can't retire blocks every ${intervalNs} ns. Give a whole number above 0.`,
      { argument: 'retireNs', value: intervalNs, expected: 'a whole number above 0' },
    );
  }
  return kind === '6.12'
    ? new RearmedTimer(intervalNs, nowNs, jiffyNs)
    : new FreeRunningTimer(intervalNs, nowNs);
}

class RearmedTimer implements RetireTimer {
  readonly kind = '6.12';
  nextNs: number;
  readonly #intervalJiffies: number;
  readonly #jiffyNs: number;

  constructor(intervalNs: number, nowNs: number, jiffyNs: number) {
    this.#intervalJiffies = Math.ceil(intervalNs / jiffyNs);
    this.#jiffyNs = jiffyNs;
    this.nextNs = 0;
    this.refresh(nowNs);
  }

  refresh(nowNs: number): void {
    this.nextNs = (Math.floor(nowNs / this.#jiffyNs) + this.#intervalJiffies) * this.#jiffyNs;
  }

  // The handler asks for the next expiry itself.
  expired(): void {}
}

class FreeRunningTimer implements RetireTimer {
  readonly kind = '6.18';
  nextNs: number;
  readonly #intervalNs: number;

  constructor(intervalNs: number, nowNs: number) {
    this.#intervalNs = intervalNs;
    this.nextNs = nowNs + intervalNs;
  }

  refresh(): void {}

  expired(nowNs: number): void {
    // hrtimer_forward_now: the next multiple of the interval, whole intervals skipped if late.
    const late = Math.max(0, nowNs - this.nextNs);
    this.nextNs += (Math.floor(late / this.#intervalNs) + 1) * this.#intervalNs;
  }
}
