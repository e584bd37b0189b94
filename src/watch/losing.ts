/** Whether a sensor is losing frames now. */

import type { WatchedSensor } from './sensor-event.js';

/** Loss that is no further back than this goes on. */
const GOES_ON_MS = 10_000;

/**
 * Since when an interface is losing frames, with no pause of ten seconds, by the sensor's clock; null: it
 * isn't. What is further back than the history counts from its beginning.
 *
 * @param index the interface's place in the start
 */
export function losingSince({ history, end }: WatchedSensor, index: number): number | null {
  const last = history.at(-1);
  if (last === undefined || end !== null) return null;
  let since: number | null = null;
  let later = last.timeMs;
  for (let i = history.length - 1; i > 0 && later - history[i]!.timeMs <= GOES_ON_MS; i--) {
    const lost =
      (history[i]!.interfaces[index]?.[1] ?? 0) - (history[i - 1]!.interfaces[index]?.[1] ?? 0);
    if (lost <= 0) continue;
    since = history[i - 1]!.timeMs;
    later = history[i - 1]!.timeMs;
  }
  return since;
}
