/**
 * Carries the losses of frames that are left out to the next frame of their interface that is kept.
 *
 * What stands on a frame says how many frames were *lost* between it and the one of its interface
 * before it in the file. Frames that are left out on purpose aren't lost, so they are never counted
 * here; but a loss that one of them bore happened all the same, between the kept frame before it and
 * the kept frame after it. So losses add up over the left-out frames: exact ones stay exact, bounds
 * add up, and two groups of bounded losses that meet in one place become one group, since only the
 * sum over both is known from then on.
 */

import type { Loss } from '../core/loss.js';
import { addLosses } from '../gaps/loss-sum.js';

/** Groups are over neighbouring gaps, so that a group met long ago doesn't come again. */
const MAX_RENAMED_GROUPS = 64;

/** The losses of one interface on their way. */
export class LossCarrier {
  #pending: Loss | undefined = undefined;
  /** Groups that have become part of an earlier one, and which. */
  readonly #renamed = new Map<number, number>();

  /** What waits for a frame; undefined: nothing. */
  get pending(): Loss | undefined {
    return this.#pending;
  }

  /** Whether the next frame's own loss would be written as it stands in the input. */
  get isIdle(): boolean {
    return this.#pending === undefined && this.#renamed.size === 0;
  }

  /** Takes the loss of a frame that is left out. */
  hold(loss: Loss | undefined): void {
    if (loss !== undefined) this.#pending = this.#join(this.#rename(loss));
  }

  /** The loss for a frame that is kept: its own, and all that waited. */
  release(loss: Loss | undefined): Loss | undefined {
    const own = loss === undefined ? undefined : this.#rename(loss);
    const total = own === undefined ? this.#pending : this.#join(own);
    this.#pending = undefined;
    return total;
  }

  #join(loss: Loss): Loss {
    const pending = this.#pending;
    if (pending === undefined) return loss;
    if (pending.group !== undefined && loss.group !== undefined && pending.group !== loss.group) {
      this.#renamed.set(loss.group, pending.group);
      if (this.#renamed.size > MAX_RENAMED_GROUPS) {
        this.#renamed.delete(this.#renamed.keys().next().value!);
      }
    }
    return addLosses(pending, loss);
  }

  #rename(loss: Loss): Loss {
    const group = loss.group === undefined ? undefined : this.#renamed.get(loss.group);
    return group === undefined ? loss : { ...loss, group };
  }
}
