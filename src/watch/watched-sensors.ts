/** What is known of the sensors that somebody watches: put together from their events. */

import { Namesakes } from './namesakes.js';
import { PastRuns } from './past-runs.js';
import {
  type HistoryPoint,
  lostSoFar,
  type OtherRun,
  type SensorEvent,
  type SensorGap,
  type SensorReading,
  type SensorStart,
  type SensorsPicture,
  SILENT_MS,
  type WatchedSensor,
} from './sensor-event.js';

/** Sensors kept. */
export const MOST_SENSORS = 4_096;
/** Interfaces kept, of all sensors together. */
export const MOST_INTERFACES = 20_000;
/** Sensors left out that are told apart. */
const MOST_LEFT_OUT = 10_000;
/** One from which nothing was heard for so long makes room for a new one. */
const IDLE_MS = 600_000;
/** Gaps kept for each sensor; fewer of each where there are many, but never fewer than the last. */
const MOST_GAPS = 200;
const MOST_GAPS_OF_ALL = 100_000;
const FEWEST_GAPS = 10;
/** Readings closer together than this share a point of the history. */
const POINT_MS = 900;
/** Points kept for all interfaces of all sensors together, and for each sensor at most. */
const MOST_POINTS = 60_000;
const MOST_POINTS_EACH = 600;
/** Enough to tell since when frames are being lost. */
const FEWEST_POINTS = 20;

interface OpenSensor extends WatchedSensor {
  readonly start: SensorStart;
  reading: SensorReading | null;
  end: WatchedSensor['end'];
  heardMs: number;
  gaps: SensorGap[];
  gapsOmitted: number;
  history: HistoryPoint[];
  others: readonly OtherRun[];
}

/**
 * Takes events in whatever order they come, and keeps the present state of each sensor.
 *
 * Memory is bounded: 200 gaps and ten minutes of readings for each sensor, less of them where there
 * are more than a hundred interfaces or five hundred sensors; `MOST_SENSORS` and `MOST_INTERFACES`. Beyond
 * these a new sensor takes the place of those from which nothing was heard for ten minutes, or is left out.
 */
export class WatchedSensors {
  readonly #sensors = new Map<string, OpenSensor>();
  readonly #pastRuns = new PastRuns();
  readonly #namesakes = new Map<string, Namesakes>();
  readonly #listeners = new Set<(event: SensorEvent) => void>();
  readonly #nowMs: () => number;
  #interfaceCount = 0;
  readonly #leftOut = new Set<string>();
  /** Before that it is in vain to look for sensors that could make room. */
  #roomAtMs = 0;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** All sensors, in the order in which they were first heard of. */
  get all(): readonly WatchedSensor[] {
    return [...this.#sensors.values()];
  }

  /** One sensor; undefined where it isn't known. */
  of(sensor: string): WatchedSensor | undefined {
    return this.#sensors.get(sensor);
  }

  /** How many sensors are kept. */
  get size(): number {
    return this.#sensors.size;
  }

  /** How many sensors there was no room for; no more of them than `MOST_LEFT_OUT` are told apart. */
  get leftOut(): number {
    return this.#leftOut.size;
  }

  /** Adds a listener for events that changed something; returns what takes it away again. */
  onEvent(listener: (event: SensorEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes an event. A reading older than the last changes nothing. The run that begins last is the
   * present one, whatever the sensor's clock says: it may have been set back in between. One of another
   * run changes `others` alone, unless the present one ended or fell silent: then the other
   * becomes the present one again.
   *
   * @returns whether it was news
   */
  take(event: SensorEvent): boolean {
    const returning = this.#returning(event);
    if (returning !== undefined) {
      this.#begin(returning, this.#sensors.get(returning.sensor));
      this.#tell(returning);
    }
    if (!this.#apply(event)) return false;
    this.#tell(event);
    return true;
  }

  /** All that is known, for another watcher. */
  get picture(): SensorsPicture {
    return { nowMs: this.#nowMs(), sensors: this.all };
  }

  /** Puts what another watcher knows in the place of all that is known here. */
  restore({ nowMs, sensors }: SensorsPicture): void {
    this.#sensors.clear();
    this.#pastRuns.clear();
    this.#namesakes.clear();
    this.#leftOut.clear();
    this.#interfaceCount = 0;
    const clockOffsetMs = this.#nowMs() - nowMs;
    for (const { gaps, history, others: known, ...rest } of sensors) {
      const heardMs = rest.heardMs + clockOffsetMs;
      const others = known.map((one) => ({ ...one, heardMs: one.heardMs + clockOffsetMs }));
      const copy = { ...rest, heardMs, gaps: [...gaps], history: [...history], others };
      this.#sensors.set(rest.start.sensor, copy);
      this.#interfaceCount += rest.start.interfaces.length;
    }
  }

  #apply(event: SensorEvent): boolean {
    const known = this.#sensors.get(event.sensor);
    if (event.kind === 'start') {
      if (known !== undefined && !this.#isNextRun(known, event)) return false;
      return this.#begin(event, known);
    }
    if (known === undefined) return false;
    if (known.start.run !== event.run) return this.#takeOther(known, event);
    if (event.kind === 'end') {
      if (known.end !== null) return false;
      known.end = event;
    } else if (!this.#read(known, event)) return false;
    known.heardMs = this.#nowMs();
    return true;
  }

  #tell(event: SensorEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** @returns whether there was room for it */
  #begin(start: SensorStart, known: OpenSensor | undefined): boolean {
    const { sensor } = start;
    if (!this.#makeRoom(start, known)) {
      if (this.#leftOut.size < MOST_LEFT_OUT) this.#leftOut.add(sensor);
      return false;
    }
    if (known !== undefined) this.#pastRuns.note(known.start);
    this.#namesakes.delete(sensor);
    this.#leftOut.delete(sensor);
    this.#interfaceCount += start.interfaces.length - (known?.start.interfaces.length ?? 0);
    this.#sensors.set(sensor, {
      start,
      reading: null,
      end: null,
      heardMs: this.#nowMs(),
      gaps: [],
      gapsOmitted: 0,
      history: [],
      others: [],
    });
    return true;
  }

  /** A start that comes again, of the present run or of an earlier one, is none. */
  #isNextRun({ start: { run } }: OpenSensor, start: SensorStart): boolean {
    return run !== start.run && !this.#pastRuns.has(start.sensor, start.run);
  }

  #takeOther(shown: OpenSensor, event: SensorEvent): boolean {
    const { sensor } = shown.start;
    const namesakes = this.#namesakes.get(sensor) ?? new Namesakes(shown.others);
    this.#namesakes.set(sensor, namesakes);
    if (!namesakes.take(event, this.#nowMs())) return false;
    shown.others = namesakes.proved;
    return true;
  }

  /** How a run began that goes on under a name which the shown one has left; undefined: none does. */
  #returning({ kind, sensor, run }: SensorEvent): SensorStart | undefined {
    const shown = this.#sensors.get(sensor);
    if (kind !== 'reading' || shown === undefined || shown.start.run === run) return undefined;
    const isLeft = shown.end !== null || this.#nowMs() - shown.heardMs > SILENT_MS;
    if (!isLeft || !shown.others.some((one) => one.run === run && !one.isOver)) return undefined;
    return this.#pastRuns.startOf(sensor, run);
  }

  #read(sensor: OpenSensor, reading: SensorReading): boolean {
    if (sensor.reading !== null && reading.timeMs < sensor.reading.timeMs) return false;
    sensor.reading = reading;
    sensor.gaps.push(...reading.gaps);
    sensor.gapsOmitted += reading.gapsOmitted;
    const excess = sensor.gaps.length - this.#gapLimit();
    if (excess > 0) {
      sensor.gaps.splice(0, excess);
      sensor.gapsOmitted += excess;
    }
    addPoint(sensor.history, toPoint(reading));
    const limit = this.#pointLimit();
    if (sensor.history.length > limit) sensor.history.splice(0, sensor.history.length - limit);
    return true;
  }

  #pointLimit(): number {
    const each = Math.floor(MOST_POINTS / this.#interfaceCount);
    return Math.max(FEWEST_POINTS, Math.min(MOST_POINTS_EACH, each));
  }

  #gapLimit(): number {
    const each = Math.floor(MOST_GAPS_OF_ALL / this.#sensors.size);
    return Math.max(FEWEST_GAPS, Math.min(MOST_GAPS, each));
  }

  /** Forgets idle sensors until there is room for one more, or for more interfaces of a known one. */
  #makeRoom({ interfaces }: SensorStart, known: OpenSensor | undefined): boolean {
    const more = interfaces.length - (known?.start.interfaces.length ?? 0);
    const isFull = (): boolean =>
      (known === undefined && this.#sensors.size >= MOST_SENSORS) ||
      this.#interfaceCount + more > MOST_INTERFACES;
    if (!isFull()) return true;
    const nowMs = this.#nowMs();
    if (nowMs < this.#roomAtMs) return false;
    const others = [...this.#sensors.values()].filter((one) => one !== known);
    others.sort((a, b) => a.heardMs - b.heardMs);
    for (const { start, heardMs } of others) {
      if (!isFull()) return true;
      this.#roomAtMs = heardMs + IDLE_MS;
      if (this.#roomAtMs > nowMs) return false;
      this.#sensors.delete(start.sensor);
      this.#pastRuns.forget(start.sensor);
      this.#namesakes.delete(start.sensor);
      this.#interfaceCount -= start.interfaces.length;
    }
    return !isFull();
  }
}

/**
 * Adds a point to a history; one that comes soon after the last but one takes the last one's place, so
 * that points keep their distance. The peaks of both count.
 */
export function addPoint(history: HistoryPoint[], point: HistoryPoint): void {
  const last = history.at(-1);
  const lastButOne = history.at(-2);
  if (
    last === undefined ||
    lastButOne === undefined ||
    last.timeMs - lastButOne.timeMs >= POINT_MS
  ) {
    history.push(point);
    return;
  }
  history[history.length - 1] = {
    ...point,
    interfaces: point.interfaces.map(([frames, lost, peak, interfaceDropped], i) => {
      const before = last.interfaces[i]?.[2] ?? null;
      const highest = peak === null || before === null ? (peak ?? before) : Math.max(peak, before);
      return [frames, lost, highest, interfaceDropped];
    }),
  };
}

/** A reading as plots need it. */
export function toPoint(reading: SensorReading): HistoryPoint {
  return {
    timeMs: reading.timeMs,
    writtenBytes: reading.writtenBytes,
    interfaces: reading.interfaces.map((one) => [
      one.frames,
      lostSoFar(one),
      one.peakFill,
      one.interfaceDropped,
    ]),
  };
}
