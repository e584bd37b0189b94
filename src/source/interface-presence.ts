/** Whether the interface of a live source is still there, once its socket has said that it went down. */

import { constants } from 'node:os';
import { SystemCallError } from '../core/errors.js';
import { linkTypeOfHardware } from '../sys/capture-interfaces.js';
import { findLink } from '../sys/rtnetlink.js';

/** Time between two looks at an interface that is down, in milliseconds; one costs about 0.1. */
const LOOK_EVERY_MS = 200;

/** What the system says of one interface; undefined where it has none of that number. */
export type LinkState =
  | {
      readonly up: boolean;
      /** LINKTYPE_ number of its frames; undefined where nobody could look. */
      readonly linkType?: number | undefined;
    }
  | undefined;

/**
 * Tells an interface that is down, and may come up again, from one that was removed.
 *
 * The kernel reports only that an interface went down: a packet socket whose interface is removed
 * afterwards hears nothing more, and stays deaf even when another one of the same name is made
 * (net/packet/af_packet.c, packet_notifier: the socket is bound to the number, and loses it). So the
 * number is looked up, and for as long as the interface is down, again and again. One that has come to have
 * frames of another kind meanwhile (a tunnel's, a bond's) is no longer the one that was asked for.
 */
export class InterfacePresence {
  readonly #name: string;
  readonly #linkType: number | undefined;
  readonly #look: () => LinkState;
  readonly #nowMs: () => number;
  #down = false;
  #lookedAtMs = 0;

  /**
   * @param look asks the system for the interface by its number
   * @param nowMs a clock that never goes back
   */
  constructor(
    target: {
      readonly ifindex: number;
      readonly name: string;
      readonly linkType?: number | undefined;
    },
    look: () => LinkState = () => lookAt(target.ifindex),
    nowMs: () => number = () => performance.now(),
  ) {
    this.#name = target.name;
    this.#linkType = target.linkType;
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
    if (state === undefined || this.#isAnother(state)) throw this.#gone();
    this.#down = !state.up;
  }

  /** What to throw for an error of the socket: `ENODEV` for one that means the interface is gone. */
  explain(error: unknown): unknown {
    if (!(error instanceof SystemCallError) || error.code !== 'ENETDOWN') return error;
    this.#down = true;
    this.#lookedAtMs = this.#nowMs();
    const state = this.#look();
    return state === undefined || this.#isAnother(state) ? this.#gone() : error;
  }

  /** Whether its frames are of another kind now, which can change only while it is down. */
  #isAnother({ linkType }: NonNullable<LinkState>): boolean {
    return linkType !== undefined && this.#linkType !== undefined && linkType !== this.#linkType;
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
    const link = findLink(ifindex);
    return link && { up: link.up, linkType: linkTypeOfHardware(link.arphrd) };
  } catch (error) {
    // Whoever can't look (no file descriptor, no memory) knows no better than before.
    if (error instanceof SystemCallError) return { up: false };
    throw error;
  }
}
