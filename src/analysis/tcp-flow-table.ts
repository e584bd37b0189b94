/** The connections being followed: at most so many, the idlest one makes room. */

import type { TcpFlow } from './tcp-flow.js';

/** A map from flow keys to connections, in the order of their last use. Cost of each call: constant. */
export class TcpFlowTable {
  readonly #flows = new Map<string, TcpFlow>();
  readonly #limit: number;
  #newest: TcpFlow | undefined;
  #oldest: TcpFlow | undefined;

  /** @param limit connections at the same time, at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The connection of that key, now the newest; undefined where there is none. */
  use(key: string): TcpFlow | undefined {
    const newest = this.#newest;
    if (newest !== undefined && newest.key === key) return newest;
    const flow = this.#flows.get(key);
    if (flow === undefined) return undefined;
    this.#unlink(flow);
    this.#linkAsNewest(flow);
    return flow;
  }

  /**
   * Adds a connection.
   *
   * @returns the one that had to make room: that which has been idle for the longest
   */
  add(flow: TcpFlow): TcpFlow | undefined {
    const evicted = this.#flows.size >= this.#limit ? this.#oldest : undefined;
    if (evicted !== undefined) this.remove(evicted);
    this.#flows.set(flow.key, flow);
    this.#linkAsNewest(flow);
    return evicted;
  }

  /** Takes a connection out. */
  remove(flow: TcpFlow): void {
    this.#flows.delete(flow.key);
    this.#unlink(flow);
  }

  /** All connections, in the order in which they were added. */
  values(): IterableIterator<TcpFlow> {
    return this.#flows.values();
  }

  #unlink(flow: TcpFlow): void {
    if (flow.newer === undefined) this.#newest = flow.older;
    else flow.newer.older = flow.older;
    if (flow.older === undefined) this.#oldest = flow.newer;
    else flow.older.newer = flow.newer;
    flow.newer = undefined;
    flow.older = undefined;
  }

  #linkAsNewest(flow: TcpFlow): void {
    flow.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = flow;
    else this.#newest.newer = flow;
    this.#newest = flow;
  }
}
