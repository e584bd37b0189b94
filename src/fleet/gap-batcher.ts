/** Gathers each gap of a capture into events of many gaps, interface by interface. */

import type { Gap } from '../gaps/gap.js';
import { toSensorGap } from '../watch/gap-tally.js';
import type { SensorGap } from '../watch/sensor-event.js';
import { GAPS_PER_MESSAGE, type GapsEvent } from './fleet-message.js';

/** Longest time that a gap waits for others. */
const FLUSH_MS = 250;

/** Which run the gaps belong to, and how its interfaces are called. */
export interface GapsOrigin {
  readonly sensor: string;
  readonly run: string;
  interfaceName(id: number): string;
}

/** Costs some hundred nanoseconds for each gap, and nothing for frames. */
export class GapBatcher {
  readonly #tell: (event: GapsEvent) => void;
  readonly #waiting = new Map<number, SensorGap[]>();
  #origin: GapsOrigin | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param tell takes the events, a quarter of a second after their first gap at the latest */
  constructor(tell: (event: GapsEvent) => void) {
    this.#tell = tell;
  }

  /** Says whose gaps they are; none is told before. */
  begin(origin: GapsOrigin): void {
    this.#origin = origin;
  }

  /** Takes a gap as soon as it is known; places where none was counted aren't gaps. */
  add(gap: Gap, file: string | undefined): void {
    if (gap.lost === 0) return;
    const { interfaceId } = gap;
    const waiting = this.#waiting.get(interfaceId) ?? [];
    this.#waiting.set(interfaceId, waiting);
    waiting.push(toSensorGap(gap, file));
    if (waiting.length >= GAPS_PER_MESSAGE) this.#flushOne(interfaceId);
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Tells what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const id of this.#waiting.keys()) this.#flushOne(id);
  }

  #flushOne(interfaceId: number): void {
    const gaps = this.#waiting.get(interfaceId);
    if (gaps === undefined || gaps.length === 0 || this.#origin === undefined) return;
    const { sensor, run } = this.#origin;
    const interfaceName = this.#origin.interfaceName(interfaceId);
    this.#waiting.delete(interfaceId);
    this.#tell({ kind: 'gaps', sensor, run, timeMs: Date.now(), interfaceName, gaps });
  }
}
