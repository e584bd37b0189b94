/** The runs that had a sensor's name before the present one. */

import type { SensorStart } from './sensor-event.js';

/** Earlier runs of a sensor that are known when they come again. */
const MOST_RUNS = 16;
/** Interfaces in the starts that are kept, of all sensors together. */
const MOST_INTERFACES = 20_000;

interface PastRun {
  readonly run: string;
  /** Kept only where there was room for it. */
  readonly start: SensorStart | undefined;
}

/** Remembers of each sensor the last runs before the present one, and how they began. */
export class PastRuns {
  readonly #sensors = new Map<string, readonly PastRun[]>();
  #interfaceCount = 0;

  /** Takes a run that isn't the present one any more. */
  note(start: SensorStart): void {
    const { sensor, run, interfaces } = start;
    const others = (this.#sensors.get(sensor) ?? []).filter((one) => one.run !== run);
    const hasRoom = this.#interfaceCount + interfaces.length <= MOST_INTERFACES;
    const all = [...others, { run, start: hasRoom ? start : undefined }].slice(-MOST_RUNS);
    this.#put(sensor, all);
  }

  /** Whether the sensor had that run. */
  has(sensor: string, run: string): boolean {
    return this.#sensors.get(sensor)?.some((one) => one.run === run) ?? false;
  }

  /** How a run began; undefined where that isn't known any more. */
  startOf(sensor: string, run: string): SensorStart | undefined {
    return this.#sensors.get(sensor)?.find((one) => one.run === run)?.start;
  }

  /** Forgets the runs of a sensor. */
  forget(sensor: string): void {
    this.#put(sensor, []);
  }

  /** Forgets all. */
  clear(): void {
    this.#sensors.clear();
    this.#interfaceCount = 0;
  }

  #put(sensor: string, runs: readonly PastRun[]): void {
    this.#interfaceCount += countOf(runs) - countOf(this.#sensors.get(sensor) ?? []);
    if (runs.length === 0) this.#sensors.delete(sensor);
    else this.#sensors.set(sensor, runs);
  }
}

function countOf(runs: readonly PastRun[]): number {
  return runs.reduce((sum, { start }) => sum + (start?.interfaces.length ?? 0), 0);
}
