/**
 * Events as they come from the network: made anew from what was checked, so that nothing else of a message
 * is ever looked at or kept.
 *
 * Whoever may publish can send anything. What isn't of the right kind makes the whole message
 * unreadable; what there may be much of has a limit, far beyond what a sensor sends.
 */

import type {
  GapCounts,
  InterfaceReading,
  RingReading,
  SensorEnd,
  SensorGap,
  SensorInterface,
  SensorReading,
  SensorStart,
} from '../watch/sensor-event.js';
import type { FleetEvent, GapsEvent } from './fleet-message.js';

/** Characters of a text, at most: paths are the longest (PATH_MAX). */
const MOST_TEXT = 4_096;
/** Characters of what names something. */
const MOST_NAME = 256;
const MOST_INTERFACES = 1_024;
const MOST_RINGS = 256;
const MOST_SIZES = 64;
const MOST_GAPS = 500;
/** What a calendar still has (ECMA-262, Time Values and Time Range). */
const LATEST_MS = 8.64e15;

/** That a message isn't what it should be; caught here. */
class WrongEvent extends Error {}

type Members = Readonly<Record<string, unknown>>;

/** Reads an event; undefined where it is none. Never throws. */
export function readEvent(value: unknown): FleetEvent | undefined {
  try {
    return eventOf(members(value));
  } catch (error) {
    if (error instanceof WrongEvent) return undefined;
    throw error;
  }
}

function eventOf(event: Members): FleetEvent {
  const sensor = name(event['sensor']);
  if (sensor === '') throw new WrongEvent('a sensor without a name');
  const common = { sensor, run: name(event['run']), timeMs: time(event['timeMs']) };
  switch (event['kind']) {
    case 'start':
      return { kind: 'start', ...common, ...startOf(event) };
    case 'reading':
      return { kind: 'reading', ...common, ...readingOf(event) };
    case 'gaps':
      return { kind: 'gaps', ...common, ...gapsOf(event) };
    case 'end':
      return { kind: 'end', ...common, ...endOf(event) };
    default:
      throw new WrongEvent('another kind');
  }
}

type Common = 'kind' | 'sensor' | 'run' | 'timeMs';

function startOf(event: Members): Omit<SensorStart, Common> {
  const interfaces = list(event['interfaces'], MOST_INTERFACES, (one, i): SensorInterface => {
    if (one['id'] !== i) throw new WrongEvent('an id that is no position');
    return { id: i, name: name(one['name']), description: orNull(one['description'], text) };
  });
  return { version: name(event['version']), interfaces };
}

function readingOf(event: Members): Omit<SensorReading, Common> {
  return {
    interfaces: list(event['interfaces'], MOST_INTERFACES, interfaceOf),
    backlogDropped: orNull(event['backlogDropped'], count),
    writtenBytes: orNull(event['writtenBytes'], count),
    file: orNull(event['file'], text),
    fileNumber: orNull(event['fileNumber'], count),
    gaps: list(event['gaps'], MOST_GAPS, gapOf),
    gapsOmitted: count(event['gapsOmitted']),
  };
}

function gapsOf(event: Members): Omit<GapsEvent, Common> {
  return {
    interfaceName: name(event['interfaceName']),
    gaps: list(event['gaps'], MOST_GAPS, gapOf),
  };
}

function endOf(event: Members): Omit<SensorEnd, Common> {
  return { reason: name(event['reason']) };
}

function interfaceOf(one: Members, position: number): InterfaceReading {
  if (one['id'] !== position) throw new WrongEvent('an id that is no position');
  const { rings } = one;
  return {
    id: position,
    frames: count(one['frames']),
    received: orNull(one['received'], count),
    dropped: orNull(one['dropped'], count),
    exact: countsOf(members(one['exact'])),
    bounded: countsOf(members(one['bounded'])),
    lastGapMs: orNull(one['lastGapMs'], time),
    fill: orNull(one['fill'], share),
    peakFill: orNull(one['peakFill'], share),
    interfaceReceived: orNull(one['interfaceReceived'], count),
    interfaceDropped: orNull(one['interfaceDropped'], count),
    ...(rings === undefined ? {} : { rings: list(rings, MOST_RINGS, ringOf) }),
  };
}

function ringOf(one: Members): RingReading {
  return {
    ring: count(one['ring']),
    received: count(one['received']),
    dropped: count(one['dropped']),
    fill: orNull(one['fill'], share),
  };
}

function countsOf(one: Members): GapCounts {
  const { sizes } = one;
  if (!Array.isArray(sizes) || sizes.length > MOST_SIZES) throw new WrongEvent('no list of sizes');
  return { gaps: count(one['gaps']), lost: count(one['lost']), sizes: sizes.map(count) };
}

function gapOf(one: Members): SensorGap {
  const { certainty, ring } = one;
  if (certainty !== 'exact' && certainty !== 'bounded') throw new WrongEvent('another certainty');
  return {
    interface: count(one['interface']),
    lost: count(one['lost']),
    certainty,
    after: orNull(one['after'], count),
    before: orNull(one['before'], count),
    start: orNull(one['start'], seconds),
    end: orNull(one['end'], seconds),
    file: orNull(one['file'], text),
    ...(ring === undefined ? {} : { ring: count(ring) }),
  };
}

function members(value: unknown): Members {
  if (typeof value !== 'object' || value === null) throw new WrongEvent('no object');
  return value as Members;
}

function list<T>(
  value: unknown,
  most: number,
  read: (one: Members, position: number) => T,
): readonly T[] {
  if (!Array.isArray(value) || value.length > most) throw new WrongEvent('no list, or too long');
  return value.map((one, i) => read(members(one), i));
}

function orNull<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new WrongEvent('no count');
  return value as number;
}

function time(value: unknown): number {
  const ms = count(value);
  if (ms > LATEST_MS) throw new WrongEvent('no time');
  return ms;
}

// A socket's queue takes what it gets below its limit, and so may be beyond it.
function share(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1_000))
    throw new WrongEvent('no share');
  return value;
}

function text(value: unknown): string {
  return textOf(value, MOST_TEXT);
}

function name(value: unknown): string {
  return textOf(value, MOST_NAME);
}

function seconds(value: unknown): string {
  const digits = textOf(value, MOST_NAME);
  if (!/^-?\d{1,12}\.\d{9}$/.test(digits)) throw new WrongEvent('no time');
  return digits;
}

function textOf(value: unknown, most: number): string {
  if (typeof value !== 'string' || value.length > most)
    throw new WrongEvent('no text, or too long');
  return value;
}
