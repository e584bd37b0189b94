/** All that is known of a fleet: its sensors, and what their messages say beside that. */

import { losingSince } from '../watch/losing.js';
import {
  lostSoFar,
  type SensorStart,
  SILENT_MS,
  type WatchedSensor,
} from '../watch/sensor-event.js';
import { MOST_INTERFACES, MOST_SENSORS, WatchedSensors } from '../watch/watched-sensors.js';
import type { FleetEvent, FleetMessage } from './fleet-message.js';
import { RunNumbers } from './run-numbers.js';

/** Runs whose messages' numbers are remembered; more than there are sensors. */
const MOST_RUNS = 10_000;

/** Whether a sensor runs. */
export type SensorCondition = 'running' | 'silent' | 'ended';

/** One sensor as somebody sees it who watches the whole fleet. */
export interface FleetSensor {
  readonly watched: WatchedSensor;
  readonly condition: SensorCondition;
  /** By the server's clock. */
  readonly heardMs: number;
  /**
   * How far the sensor's clock is ahead of the server's; null: not known. The least of what messages
   * took on their way is in it, so it is right to within the network's delay.
   */
  readonly clockAheadMs: number | null;
  /** Messages of this run that the sensor had to throw away. */
  readonly lostMessages: number;
  /** Gaps that were told one by one in those only. */
  readonly lostGaps: number;
  readonly interfaces: readonly FleetInterface[];
  /** Other captures under the same name, heard while this one was; in none of the counts. */
  readonly others: readonly FleetRun[];
}

/** Another capture under a name that is taken. */
export interface FleetRun {
  readonly run: string;
  readonly condition: SensorCondition;
  /** By the server's clock. */
  readonly heardMs: number;
  readonly frames: number;
  readonly lost: number;
}

/** One interface of a fleet's sensor. */
export interface FleetInterface {
  readonly id: number;
  readonly name: string;
  readonly frames: number;
  readonly lost: number;
  readonly gaps: number;
  readonly boundedGaps: number;
  /** Over the last two readings; null: there aren't two. */
  readonly framesPerSecond: number | null;
  readonly lostPerSecond: number | null;
  /**
   * Since when it is losing frames, with no pause of ten seconds, by the sensor's clock; null: it isn't.
   */
  readonly losingSinceMs: number | null;
  /** By the sensor's clock; null: there was none. */
  readonly lastGapMs: number | null;
  readonly fill: number | null;
  readonly interfaceDropped: number | null;
}

interface Beside {
  readonly run: string;
  heardMs: number;
  /** Least of what the server's clock was ahead when a message came. */
  leastDelayMs: number | undefined;
  lostMessages: number;
  lostGaps: number;
}

/**
 * The fleet. Take messages in whatever order; ask for the picture whenever one is wanted.
 *
 * Memory is bounded, whoever sends whatever: see `WatchedSensors`.
 */
export class FleetState {
  readonly sensors: WatchedSensors;
  readonly #runs = new Map<string, RunNumbers>();
  readonly #beside = new Map<string, Beside>();
  readonly #foreseen = new Map<string, SensorStart>();
  #foreseenInterfaces = 0;
  #serverMs = 0;

  constructor() {
    this.sensors = new WatchedSensors(() => this.#serverMs);
  }

  /**
   * Takes a message.
   *
   * @param serverMs when the server got it, by its clock
   * @returns whether it is the first time that it comes
   */
  take(message: FleetMessage, serverMs: number): boolean {
    const { event, number } = message;
    // Old events don't turn back the clock by which sensors are silent.
    this.#serverMs = Math.max(this.#serverMs, serverMs);
    let numbers = this.#runs.get(event.run);
    if (numbers === undefined) {
      numbers = new RunNumbers();
      this.#runs.set(event.run, numbers);
      const [oldest] = this.#runs.keys();
      if (this.#runs.size > MOST_RUNS) this.#runs.delete(oldest!);
    }
    if (!numbers.take(number)) return false;
    this.#beginForeseen(event);
    if (event.kind !== 'gaps') this.sensors.take(event);
    this.#note(message, serverMs);
    return true;
  }

  /**
   * Takes a start that is told once more later than events of its run, which will be taken one by one:
   * it counts from the first of them on.
   */
  foresee(start: SensorStart): void {
    this.#foreseenInterfaces += start.interfaces.length;
    if (this.#foreseen.size >= MOST_SENSORS || this.#foreseenInterfaces > MOST_INTERFACES) return;
    this.#foreseen.set(start.sensor, start);
  }

  /** Says that all of the past has been taken: nothing is foreseen any more. */
  caughtUp(): void {
    this.#foreseen.clear();
    this.#foreseenInterfaces = 0;
  }

  /**
   * Takes a sensor's latest word from a time before the messages that are taken one by one.
   *
   * @param serverMs when the server got it, by its clock
   */
  recall(message: FleetMessage, serverMs: number): void {
    this.#serverMs = Math.max(this.#serverMs, serverMs);
    if (message.event.kind !== 'gaps') this.sensors.take(message.event);
    this.#note(message, serverMs);
  }

  /**
   * The fleet as of now; those who lose frames first, then by name.
   *
   * @param nowMs by the server's clock
   */
  picture(nowMs: number): readonly FleetSensor[] {
    const all = this.sensors.all.map((watched) => this.#sensor(watched, nowMs));
    const losing = ({ interfaces }: FleetSensor): number =>
      interfaces.reduce((sum, { lostPerSecond }) => sum + (lostPerSecond ?? 0), 0);
    return all.sort(
      (a, b) =>
        losing(b) - losing(a) || a.watched.start.sensor.localeCompare(b.watched.start.sensor),
    );
  }

  #beginForeseen({ kind, sensor, run }: FleetEvent): void {
    const start = this.#foreseen.get(sensor);
    if (start?.run !== run || kind === 'start') return;
    this.#foreseen.delete(sensor);
    this.sensors.take(start);
  }

  #note({ event, lostMessages, lostGaps }: FleetMessage, serverMs: number): void {
    const { sensor, run, timeMs } = event;
    if (this.sensors.of(sensor)?.start.run !== run) return;
    let beside = this.#beside.get(sensor);
    if (beside?.run !== run) {
      beside = { run, heardMs: 0, leastDelayMs: undefined, lostMessages: 0, lostGaps: 0 };
      this.#beside.set(sensor, beside);
      if (this.#beside.size > this.sensors.size) this.#forgetUnknown();
    }
    beside.heardMs = Math.max(beside.heardMs, serverMs);
    const delayMs = serverMs - timeMs;
    beside.leastDelayMs = Math.min(beside.leastDelayMs ?? delayMs, delayMs);
    beside.lostMessages = Math.max(beside.lostMessages, lostMessages);
    beside.lostGaps = Math.max(beside.lostGaps, lostGaps);
  }

  #forgetUnknown(): void {
    for (const sensor of this.#beside.keys()) {
      if (this.sensors.of(sensor) === undefined) this.#beside.delete(sensor);
    }
  }

  #sensor(watched: WatchedSensor, nowMs: number): FleetSensor {
    const beside = this.#beside.get(watched.start.sensor);
    const heardMs = beside?.heardMs ?? watched.heardMs;
    const delayMs = beside?.leastDelayMs;
    const conditionOf = (isOver: boolean, lastMs: number): SensorCondition =>
      isOver ? 'ended' : nowMs - lastMs > SILENT_MS ? 'silent' : 'running';
    return {
      watched,
      condition: conditionOf(watched.end !== null, heardMs),
      heardMs,
      clockAheadMs: delayMs === undefined ? null : -delayMs,
      lostMessages: beside?.lostMessages ?? 0,
      lostGaps: beside?.lostGaps ?? 0,
      interfaces: watched.start.interfaces.map(({ id, name }) => toInterface(watched, id, name)),
      others: watched.others.map(({ isOver, ...one }) => ({
        ...one,
        condition: conditionOf(isOver, one.heardMs),
      })),
    };
  }
}

function toInterface(watched: WatchedSensor, id: number, name: string): FleetInterface {
  const index = watched.start.interfaces.findIndex((one) => one.id === id);
  const reading = watched.reading?.interfaces.find((one) => one.id === id);
  const exact = reading?.exact;
  const bounded = reading?.bounded;
  const [framesPerSecond, lostPerSecond] = ratesOf(watched, index);
  return {
    id,
    name,
    frames: reading?.frames ?? 0,
    lost: reading === undefined ? 0 : lostSoFar(reading),
    gaps: (exact?.gaps ?? 0) + (bounded?.gaps ?? 0),
    boundedGaps: bounded?.gaps ?? 0,
    framesPerSecond,
    lostPerSecond,
    losingSinceMs: losingSince(watched, index),
    lastGapMs: reading?.lastGapMs ?? null,
    fill: reading?.peakFill ?? reading?.fill ?? null,
    interfaceDropped: reading?.interfaceDropped ?? null,
  };
}

function ratesOf(
  { history, end }: WatchedSensor,
  index: number,
): readonly [frames: number | null, lost: number | null] {
  const last = history.at(-1);
  const before = history.at(-2);
  const [newer, older] = [last?.interfaces[index], before?.interfaces[index]];
  if (newer === undefined || older === undefined) return [null, null];
  if (end !== null) return [0, 0];
  const seconds = (last!.timeMs - before!.timeMs) / 1000;
  if (seconds <= 0) return [null, null];
  return [(newer[0] - older[0]) / seconds, (newer[1] - older[1]) / seconds];
}
