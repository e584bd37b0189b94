/**
 * NATS subjects of a fleet: `gapcap.SENSOR.INTERFACE.KIND`, so that one can listen to one sensor
 * (`gapcap.edge1.>`), to one kind of event (`gapcap.*.*.gaps`), or to all.
 *
 * What is about all interfaces of a sensor (start, reading, end) has `_all` in place of the interface.
 */

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

/** A name as one token: what doesn't belong there becomes `%` and its bytes. */
function token(name: string): string {
  let text = '';
  for (const character of name) {
    text += HARMLESS.test(character) ? character : percents(character);
  }
  return text === '' ? '%' : text;
}

function percents(character: string): string {
  return Array.from(
    Buffer.from(character, 'utf8'),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
