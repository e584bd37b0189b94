/** What is known of the sensors that somebody watches: put together from their events. */

import {
  type HistoryPoint,
  lostSoFar,
  type SensorEvent,
  type SensorGap,
  type SensorReading,
  type SensorStart,
  type SensorsPicture,
  type WatchedSensor,
} from './sensor-event.js';

/** Sensors kept. */
export const MOST_SENSORS = 4_096;
/** Interfaces kept, of all sensors together. */
export const MOST_INTERFACES = 20_000;
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
/** Earlier runs of a sensor that are known when they come again. */
const MOST_PAST_RUNS = 16;

interface OpenSensor extends WatchedSensor {
  readonly start: SensorStart;
  reading: SensorReading | null;
  end: WatchedSensor['end'];
  heardMs: number;
  gaps: SensorGap[];
  gapsOmitted: number;
  history: HistoryPoint[];
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
  readonly #pastRuns = new Map<string, readonly string[]>();
  readonly #listeners = new Set<(event: SensorEvent) => void>();
  readonly #nowMs: () => number;
  #interfaceCount = 0;
  #leftOut = 0;
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

  /** How many times a sensor began for which there was no room. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Adds a listener for events that changed something; returns what takes it away again. */
  onEvent(listener: (event: SensorEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes an event. One of a run that isn't the sensor's present one, or a reading older than the
   * last, changes nothing. The run that begins last is the present one, whatever the sensor's clock
   * says: it may have been set back in between.
   *
   * @returns whether it was news
   */
  take(event: SensorEvent): boolean {
    if (!this.#apply(event)) return false;
    for (const listener of this.#listeners) listener(event);
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
    this.#interfaceCount = 0;
    const clockOffsetMs = this.#nowMs() - nowMs;
    for (const { gaps, history, ...rest } of sensors) {
      const heardMs = rest.heardMs + clockOffsetMs;
      const copy = { ...rest, heardMs, gaps: [...gaps], history: [...history] };
      this.#sensors.set(rest.start.sensor, copy);
      this.#interfaceCount += rest.start.interfaces.length;
    }
  }

  #apply(event: SensorEvent): boolean {
    const known = this.#sensors.get(event.sensor);
    if (event.kind === 'start') {
      if (known !== undefined && !this.#isNextRun(known, event)) return false;
      if (!this.#makeRoom(event, known)) {
        this.#leftOut++;
        return false;
      }
      if (known !== undefined) this.#notePastRun(known.start);
      this.#interfaceCount += event.interfaces.length - (known?.start.interfaces.length ?? 0);
      this.#sensors.set(event.sensor, {
        start: event,
        reading: null,
        end: null,
        heardMs: this.#nowMs(),
        gaps: [],
        gapsOmitted: 0,
        history: [],
      });
      return true;
    }
    if (known === undefined || known.start.run !== event.run) return false;
    if (event.kind === 'end') {
      if (known.end !== null) return false;
      known.end = event;
    } else if (!this.#read(known, event)) return false;
    known.heardMs = this.#nowMs();
    return true;
  }

  /** A start that comes again, of the present run or of an earlier one, is none. */
  #isNextRun({ start: { run } }: OpenSensor, start: SensorStart): boolean {
    return run !== start.run && this.#pastRuns.get(start.sensor)?.includes(start.run) !== true;
  }

  #notePastRun({ sensor, run }: SensorStart): void {
    const earlier = this.#pastRuns.get(sensor) ?? [];
    this.#pastRuns.set(sensor, [...earlier, run].slice(-MOST_PAST_RUNS));
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
    return Math.max(60, Math.min(MOST_POINTS_EACH, each));
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
      this.#pastRuns.delete(start.sensor);
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
