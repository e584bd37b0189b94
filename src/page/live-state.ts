/** How an interface of one of several sensors fares, as the live page says it. */

import { formatDurationNs } from '../report/number-text.js';
import { losingSince } from '../watch/losing.js';
import { SILENT_MS, type WatchedSensor } from '../watch/sensor-event.js';

/** What an interface does at the moment. */
export interface LiveState {
  readonly kind: 'losing' | 'silent' | 'running' | 'ended';
  readonly text: string;
}

/** Those that somebody should look after come first. */
export const URGENCY: readonly LiveState['kind'][] = ['losing', 'silent', 'running', 'ended'];

/**
 * The state of one interface.
 *
 * @param index the interface's place in the start
 * @param nowMs by the clock that `heardMs` is of
 */
export function liveState(sensor: WatchedSensor, index: number, nowMs: number): LiveState {
  const { end, heardMs } = sensor;
  if (end !== null) return { kind: 'ended', text: `ended: ${end.reason}` };
  const silentMs = nowMs - heardMs;
  if (silentMs > SILENT_MS) {
    const seconds = BigInt(Math.round(silentMs / 1000)) * 1_000_000_000n;
    return { kind: 'silent', text: `silent for ${formatDurationNs(seconds)}` };
  }
  const since = losingSince(sensor, index);
  if (since === null) return { kind: 'running', text: 'running' };
  return { kind: 'losing', text: `losing since ${new Date(since).toLocaleTimeString()}` };
}
