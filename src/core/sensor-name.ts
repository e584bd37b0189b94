/** What a sensor may be called: the same name is a part of NATS subjects and of an archive's folders. */

import { ArgumentError } from './errors.js';

const SENSOR_NAME = /^[\p{L}\p{N}._:@ -]{1,100}$/u;

/**
 * Refuses what can't be the name of a sensor.
 *
 * @throws {ArgumentError} `BAD_SENSOR`
 */
export function checkSensorName(name: string): void {
  if (SENSOR_NAME.test(name)) return;
  throw new ArgumentError('BAD_SENSOR', `'${name}' can't be the name of a sensor.`, {
    argument: 'sensor',
    value: name,
    expected: 'up to 100 letters, digits, spaces and ._:@-',
    hint: 'Take up to 100 letters, digits, spaces and ._:@-',
  });
}
