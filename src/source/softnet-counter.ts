/** Frames that this host's CPUs dropped because their backlog was full. */

import { WrappingCounter } from '../core/wrapping-counter.js';
import { parseSoftnet } from '../sys/host-facts.js';
import { THIS_HOST, tryReadText } from '../sys/host-files.js';

/**
 * Counts from when it is made. The backlog is shared by all interfaces, in all network namespaces;
 * frames wait in it where RPS hands them to another CPU, and on interfaces without NAPI.
 */
export class SoftnetCounter {
  readonly #path: string;
  readonly #cpus = new Map<number, WrappingCounter>();

  /** @param proc the folder that is /proc */
  constructor(proc: string = THIS_HOST.proc) {
    this.#path = `${proc}/net/softnet_stat`;
    for (const { cpu, dropped } of parseSoftnet(tryReadText(this.#path))) {
      this.#cpus.set(cpu, new WrappingCounter(dropped));
    }
  }

  /** Reads the counters: frames dropped since the start; undefined where there are none. */
  read(): number | undefined {
    if (this.#cpus.size === 0) return undefined;
    for (const { cpu, dropped } of parseSoftnet(tryReadText(this.#path))) {
      const counter = this.#cpus.get(cpu);
      // A CPU that came later counts from there.
      if (counter === undefined) this.#cpus.set(cpu, new WrappingCounter(dropped));
      else counter.advance(dropped);
    }
    let total = 0;
    for (const counter of this.#cpus.values()) total += counter.total;
    return total;
  }
}
