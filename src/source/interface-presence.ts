/** Whether the interface of a live source is still there, once its socket has said that it went down. */

import { constants } from 'node:os';
import { SystemCallError } from '../core/errors.js';
import { listLinks } from '../sys/rtnetlink.js';

/** Time between two looks at an interface that is down, in milliseconds; one costs about 0.1. */
const LOOK_EVERY_MS = 200;

/** What the system says of one interface; undefined where it has none of that number. */
export type LinkState = { readonly up: boolean } | undefined;

/**
 * Tells an interface that is down, and may come up again, from one that was removed.
 *
 * The kernel reports only that an interface went down: a packet socket whose interface is removed
 * afterwards hears nothing more, and stays deaf even when another one of the same name is made
 * (net/packet/af_packet.c, packet_notifier: the socket is bound to the number, and loses it). So the
 * number is looked up, and for as long as the interface is down, again and again.
 */
export class InterfacePresence {
  readonly #name: string;
  readonly #look: () => LinkState;
  readonly #nowMs: () => number;
  #down = false;
  #lookedAtMs = 0;

  /**
   * @param look asks the system for the interface by its number
   * @param nowMs a clock that never goes back
   */
  constructor(
    target: { readonly ifindex: number; readonly name: string },
    look: () => LinkState = () => lookAt(target.ifindex),
    nowMs: () => number = () => performance.now(),
  ) {
    this.#name = target.name;
    this.#look = look;
    this.#nowMs = nowMs;
  }

  /**
   * Looks again, if the interface was down and some time has passed; to be called before each wait.
   *
   * @throws {SystemCallError} `ENODEV` where it is gone
   */
  check(): void {
    if (!this.#down) return;
    const nowMs = this.#nowMs();
    if (nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return;
    this.#lookedAtMs = nowMs;
    const state = this.#look();
    if (state === undefined) throw this.#gone();
    this.#down = !state.up;
  }

  /** What to throw for an error of the socket: `ENODEV` for one that means the interface is gone. */
  explain(error: unknown): unknown {
    if (!(error instanceof SystemCallError) || error.code !== 'ENETDOWN') return error;
    this.#down = true;
    this.#lookedAtMs = this.#nowMs();
    return this.#look() === undefined ? this.#gone() : error;
  }

  #gone(): SystemCallError {
    return new SystemCallError('ENODEV', `The interface ${this.#name} is gone.`, {
      syscall: 'poll',
      errno: constants.errno.ENODEV,
      hint: 'One made again under its name is another one: begin another capture.',
    });
  }
}

function lookAt(ifindex: number): LinkState {
  try {
    return listLinks().find(({ index }) => index === ifindex);
  } catch (error) {
    // Whoever can't look (no file descriptor, no memory) knows no better than before.
    if (error instanceof SystemCallError) return { up: false };
    throw error;
  }
}
