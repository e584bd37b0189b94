/** Events of a made-up sensor, for the tests of what takes them. */

import { GAP_SIZE_BOUNDS, gapSizeIndex } from '../../src/watch/gap-sizes.js';
import type {
  GapCounts,
  InterfaceReading,
  SensorEnd,
  SensorGap,
  SensorReading,
  SensorStart,
} from '../../src/watch/sensor-event.js';

/** When the made-up captures begin. */
export const START_MS = 1_795_355_060_000;

/** A start, of one interface named eth0 unless told otherwise. */
export function fakeStart(fields: Partial<SensorStart> = {}, names = ['eth0']): SensorStart {
  return {
    kind: 'start',
    sensor: 'tap1',
    run: 'run 1',
    timeMs: START_MS,
    version: '0.1.0',
    interfaces: names.map((name, id) => ({ id, name, description: null })),
    ...fields,
  };
}

/** Counts of gaps with these sizes. */
export function fakeGaps(...sizes: readonly number[]): GapCounts {
  const counted = new Array<number>(GAP_SIZE_BOUNDS.length + 1).fill(0);
  for (const size of sizes) counted[gapSizeIndex(size)]!++;
  return { gaps: sizes.length, lost: sizes.reduce((a, b) => a + b, 0), sizes: counted };
}

/** The counts of one interface; nothing but frames unless told otherwise. */
export function fakeInterfaceReading(fields: Partial<InterfaceReading> = {}): InterfaceReading {
  const { frames = 0 } = fields;
  return {
    id: 0,
    frames,
    received: frames,
    dropped: 0,
    exact: fakeGaps(),
    bounded: fakeGaps(),
    lastGapMs: null,
    fill: 0,
    peakFill: 0,
    interfaceReceived: frames,
    interfaceDropped: 0,
    ...fields,
  };
}

/** A reading so many seconds after the start. */
export function fakeReading(
  seconds: number,
  interfaces: readonly Partial<InterfaceReading>[],
  fields: Partial<SensorReading> = {},
): SensorReading {
  return {
    kind: 'reading',
    sensor: 'tap1',
    run: 'run 1',
    timeMs: START_MS + seconds * 1000,
    interfaces: interfaces.map((one, id) => fakeInterfaceReading({ id, ...one })),
    backlogDropped: 0,
    writtenBytes: null,
    file: null,
    fileNumber: null,
    gaps: [],
    gapsOmitted: 0,
    ...fields,
  };
}

/** A gap of that size. */
export function fakeSensorGap(lost: number, fields: Partial<SensorGap> = {}): SensorGap {
  return {
    interface: 0,
    lost,
    certainty: 'exact',
    after: 302,
    before: 303,
    start: '1795355060.000000001',
    end: '1795355060.012000001',
    file: null,
    ...fields,
  };
}

/** The end of the run. */
export function fakeEnd(seconds: number, fields: Partial<SensorEnd> = {}): SensorEnd {
  return {
    kind: 'end',
    sensor: 'tap1',
    run: 'run 1',
    timeMs: START_MS + seconds * 1000,
    reason: 'stopped',
    ...fields,
  };
}
