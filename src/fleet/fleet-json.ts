/** A fleet as JSON for programs; an unknown number is null, never 0. */

import type { FleetInterface, FleetRun, FleetSensor, SensorCondition } from './fleet-state.js';

/** All sensors at one moment. */
export interface FleetJson {
  /** Milliseconds since 1970-01-01 UTC by the server's clock. */
  readonly timeMs: number;
  readonly sensors: readonly FleetSensorJson[];
  /** Sensors that aren't among them, as there are more than are kept. */
  readonly sensorsLeftOut: number;
}

/** One sensor. */
export interface FleetSensorJson {
  readonly sensor: string;
  readonly run: string;
  readonly version: string;
  readonly condition: SensorCondition;
  /** Why the capture ended; null: it hasn't. */
  readonly endReason: string | null;
  /** By the sensor's clock. */
  readonly startMs: number;
  /** When the server last heard of it, by the server's clock. */
  readonly heardMs: number;
  readonly clockAheadMs: number | null;
  /** Messages that the sensor had no room for while the server was away, and gaps told in them only. */
  readonly lostMessages: number;
  readonly lostGaps: number;
  /** The file being written. */
  readonly file: string | null;
  readonly frames: number;
  readonly lost: number;
  readonly gaps: number;
  readonly interfaces: readonly FleetInterface[];
  /** Other captures under the same name; what they count is in none of these numbers. */
  readonly others: readonly FleetRun[];
}

/** The fleet in the shape that `fleet --json` prints. */
export function toFleetJson(
  sensors: readonly FleetSensor[],
  timeMs: number,
  sensorsLeftOut: number = 0,
): FleetJson {
  return { timeMs: Math.round(timeMs), sensors: sensors.map(toSensorJson), sensorsLeftOut };
}

function toSensorJson(sensor: FleetSensor): FleetSensorJson {
  const { watched, interfaces } = sensor;
  const { start, reading, end } = watched;
  const sum = (count: (one: FleetInterface) => number): number =>
    interfaces.reduce((total, one) => total + count(one), 0);
  return {
    sensor: start.sensor,
    run: start.run,
    version: start.version,
    condition: sensor.condition,
    endReason: end?.reason ?? null,
    startMs: start.timeMs,
    heardMs: sensor.heardMs,
    clockAheadMs: sensor.clockAheadMs,
    lostMessages: sensor.lostMessages,
    lostGaps: sensor.lostGaps,
    file: reading?.file ?? null,
    frames: sum(({ frames }) => frames),
    lost: sum(({ lost }) => lost),
    gaps: sum(({ gaps }) => gaps),
    interfaces,
    others: sensor.others,
  };
}
