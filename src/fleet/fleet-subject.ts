/**
 * NATS subjects of a fleet: `gapcap.SENSOR.INTERFACE.KIND`, so that one can listen to one sensor
 * (`gapcap.edge1.>`), to one kind of event (`gapcap.*.*.gaps`), or to all.
 *
 * What is about all interfaces of a sensor (start, reading, end) has `_all` in place of the interface.
 */

import { percentName } from '../core/percent-name.js';
import type { FleetEvent } from './fleet-message.js';

/** All of a fleet. */
export const ALL_SUBJECTS = 'gapcap.>';

/** Starts of all sensors. */
export const START_SUBJECTS = 'gapcap.*._all.start';

/** Readings and ends of all sensors. */
export const STATE_SUBJECTS: readonly string[] = ['gapcap.*._all.reading', 'gapcap.*._all.end'];

const WHOLE_SENSOR = '_all';

/** What may stand in a token as it is; NATS itself forbids less (dots, blanks, wildcards). */
const HARMLESS = /[\p{L}\p{N}_:@-]/u;

/** The subject of an event. */
export function subjectOf(event: FleetEvent): string {
  const place = event.kind === 'gaps' ? token(event.interfaceName) : WHOLE_SENSOR;
  return `gapcap.${token(event.sensor)}.${place}.${event.kind}`;
}

/** The readings of one sensor. */
export function readingsOf(sensor: string): string {
  return `gapcap.${token(sensor)}.${WHOLE_SENSOR}.reading`;
}

/** The starts of one sensor. */
export function startsOf(sensor: string): string {
  return `gapcap.${token(sensor)}.${WHOLE_SENSOR}.start`;
}

/** A name as one token. */
function token(name: string): string {
  return name === '' ? '%' : percentName(name, HARMLESS);
}
