/** Looks for another capture under a sensor's name: one that was there before, or one that begins later. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { SensorStart } from '../watch/sensor-event.js';
import { parseFleetMessage } from './fleet-message.js';
import { readingsOf, startsOf } from './fleet-subject.js';

/** Readings come once a second; several of them in this time. */
const LISTEN_MS = 4_000;
/** What a capture sent that has just died may arrive for so long. */
const LATE_MS = 1_000;
const MOST_MESSAGES = 60;

/**
 * Whether somebody else has told how it goes under this name since this run's start: another capture
 * that runs. Takes some seconds.
 *
 * @param number of the start's message in the stream
 * @returns false also where that can't be found out, such as without the right to read the stream
 */
export async function hasNamesake(
  manager: JetStreamManager,
  stream: string,
  { sensor, run }: SensorStart,
  number: number,
): Promise<boolean> {
  try {
    const own = await manager.streams.getMessage(stream, { seq: number });
    if (own === null) return false;
    await sleep(LISTEN_MS, undefined, { ref: false });
    let next = number + 1;
    for (let i = 0; i < MOST_MESSAGES; i++) {
      // The types leave this form out, which nats-server has since 2.9.
      const query = { seq: next, next_by_subj: readingsOf(sensor) };
      const found = await manager.streams.getMessage(stream, query);
      if (found === null) return false;
      next = found.seq + 1;
      const isLate = found.time.getTime() - own.time.getTime() < LATE_MS;
      const event = parseFleetMessage(found.string())?.event;
      if (!isLate && event !== undefined && event.run !== run) return true;
    }
    return false;
  } catch {
    // Not allowed, or the server went away: `fleet` will show it.
    return false;
  }
}

/**
 * Waits for the start of another capture under this name. Costs nothing meanwhile; ends with the first that comes, or with
 * the connection.
 *
 * @param isOwn says whether a run is the present one, whose start is told again now and then
 */
export function hearNamesake(
  connection: NatsConnection,
  sensor: string,
  isOwn: (run: string) => boolean,
  onHeard: () => void,
): void {
  const subscription = connection.subscribe(startsOf(sensor), {
    callback: (error, message) => {
      // Not allowed to listen: the other one is told all the same.
      if (error !== null) return;
      const event = parseFleetMessage(message.string())?.event;
      if (event?.kind !== 'start' || event.sensor !== sensor || isOwn(event.run)) return;
      subscription.unsubscribe();
      onHeard();
    },
  });
}
