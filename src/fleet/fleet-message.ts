/**
 * What sensors send to the place where a fleet is gathered, and how nothing of it counts twice.
 *
 * A message is one event of one run of one sensor. A run numbers its messages from 1: what comes twice
 * is known by its number. What the sensor had to throw away while the server was out of reach is
 * counted in every message after that. The totals suffer in neither case: every reading has them
 * whole.
 */

import type { SensorEvent, SensorGap } from '../watch/sensor-event.js';
import { readEvent } from './event-reader.js';

/** The version of this form, in every message. */
export const FLEET_VERSION = 1;

/** Gaps that one message tells of. */
export const GAPS_PER_MESSAGE = 500;

/** Gaps of one interface, each of them, in the order in which they were found. */
export interface GapsEvent {
  readonly kind: 'gaps';
  readonly sensor: string;
  readonly run: string;
  /** When the last of them was found, by the sensor's clock. */
  readonly timeMs: number;
  /** The interface's name, as in the start. */
  readonly interfaceName: string;
  readonly gaps: readonly SensorGap[];
}

/** What a message can tell. */
export type FleetEvent = SensorEvent | GapsEvent;

/** One message, as its JSON has it. */
export interface FleetMessage {
  readonly version: typeof FLEET_VERSION;
  /** In its run, from 1. */
  readonly number: number;
  /** Messages of the run, up to this one, that the sensor's spool had no room for. */
  readonly lostMessages: number;
  /** Gaps that were told one by one in those messages only. */
  readonly lostGaps: number;
  readonly event: FleetEvent;
}

/** The identity by which the server knows a message that it has already. */
export function messageId({ event, number }: FleetMessage): string {
  return `${event.run}-${number}`;
}

/** Characters of a message, at most; a sensor's are some hundred thousand. */
const MOST_CHARACTERS = 4 << 20;

/**
 * Reads a message; undefined where it is none, or of a later version. Never throws, whatever was sent.
 *
 * Nothing is in it but what its type says; see event-reader.ts.
 */
export function parseFleetMessage(text: string): FleetMessage | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  let value: Readonly<Record<keyof FleetMessage, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || value.version !== FLEET_VERSION) {
    return undefined;
  }
  const { number, lostMessages, lostGaps } = value;
  if (!isCount(number) || !isCount(lostMessages) || !isCount(lostGaps)) return undefined;
  const event = readEvent(value.event);
  if (event === undefined) return undefined;
  return { version: FLEET_VERSION, number, lostMessages, lostGaps, event };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
