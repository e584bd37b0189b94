/** A fleet as a table for people. */

import {
  formatCount,
  formatCounted,
  formatDurationNs,
  formatShare,
} from '../report/number-text.js';
import { safeText } from '../report/safe-text.js';
import { plainStyle, type TextStyle } from '../report/text-style.js';
import { alignColumns, type TextColumn } from '../report/text-table.js';
import type { FleetInterface, FleetRun, FleetSensor } from './fleet-state.js';

/** A clock that is off by less isn't worth a word. */
const CLOCK_OFF_MS = 1_000;

const AWAY = 'The NATS server is away; this is the state before.';

const left = (heading: string): TextColumn => ({ heading, align: 'left' });
const right = (heading: string): TextColumn => ({ heading, align: 'right' });

const columns: readonly TextColumn[] = [
  ...['sensor', 'interface', 'state'].map(left),
  ...['frames/s', 'lost/s', 'lost', 'share', 'gaps', 'fill', 'NIC'].map(right),
  left('remarks'),
];

/** How the table is to be drawn. */
export interface FleetTextOptions {
  readonly style?: TextStyle | undefined;
  /** The server's clock. */
  readonly nowMs: number;
  /** Whether the server can't be reached: said above the table. */
  readonly isAway?: boolean | undefined;
  /** Sensors that aren't kept, as there are too many: said below the table. */
  readonly leftOut?: number | undefined;
  /** Longer lines are cut there; undefined: none is. */
  readonly columns?: number | undefined;
  /** More lines than these are left out, and said to be; undefined: all are there. */
  readonly lines?: number | undefined;
}

/** The fleet, one line for each interface of each sensor. */
export function fleetText(sensors: readonly FleetSensor[], options: FleetTextOptions): string {
  const { style = plainStyle, isAway = false, leftOut = 0, columns: width, lines } = options;
  const above = isAway ? [AWAY] : [];
  const below = leftOut > 0 ? [`${formatCounted(leftOut, 'sensor')} left out: too many.`] : [];
  const said = above.length + below.length;
  const rest = lines === undefined ? options : { ...options, lines: lines - said };
  const warn = (line: string): string => style.warning(line.slice(0, width));
  return [...above.map(warn), tableText(sensors, rest), ...below.map(warn)].join('\n');
}

function tableText(
  sensors: readonly FleetSensor[],
  { style = plainStyle, nowMs, columns: width, lines: height }: FleetTextOptions,
): string {
  if (sensors.length === 0) return 'No sensor has told anything yet.';
  const rows: string[][] = [];
  const styles: ((line: string) => string)[] = [];
  for (const sensor of sensors) {
    for (const [index, one] of sensor.interfaces.entries()) {
      rows.push(rowOf(sensor, one, index === 0, nowMs));
      styles.push(styleOf(sensor, one, style));
    }
  }
  const [heading, ...lines] = alignColumns(columns, rows);
  const cut = (line: string): string =>
    width === undefined ? line : [...line].slice(0, width).join('');
  const room = height === undefined ? lines.length : Math.max(1, height - 1);
  const shown = lines.length <= room ? lines.length : room - 1;
  const rest = lines.length - shown;
  return [
    style.faint(cut(heading!)),
    ...lines.slice(0, shown).map((line, i) => styles[i]!(cut(line))),
    ...(rest > 0 ? [style.warning(cut(restText(sensors, shown)))] : []),
  ].join('\n');
}

/** What isn't shown, where only the first lines are. */
function restText(sensors: readonly FleetSensor[], shown: number): string {
  let before = 0;
  let hidden = 0;
  const parts: string[] = [];
  for (const { interfaces, watched } of sensors) {
    const end = before + interfaces.length;
    if (before >= shown) hidden++;
    else if (end > shown) {
      const more = formatCounted(end - shown, 'more interface');
      parts.push(`${more} of ${safeText(watched.start.sensor)}`);
    }
    before = end;
  }
  if (hidden > 0) parts.push(formatCounted(hidden, 'more sensor'));
  return `and ${parts.join(', ')}`;
}

function rowOf(
  sensor: FleetSensor,
  one: FleetInterface,
  isFirst: boolean,
  nowMs: number,
): string[] {
  const { watched, condition, heardMs } = sensor;
  return [
    isFirst ? safeText(watched.start.sensor) : '',
    safeText(one.name),
    condition === 'running' && one.losingSinceMs !== null ? 'losing' : condition,
    rateText(condition === 'running' ? one.framesPerSecond : null),
    rateText(condition === 'running' ? one.lostPerSecond : null),
    formatCount(one.lost),
    one.lost === 0 ? '' : formatShare(one.lost, one.frames + one.lost),
    formatCount(one.gaps),
    one.fill === null || condition !== 'running' ? '' : `${Math.round(one.fill * 100)} %`,
    one.interfaceDropped === null ? '' : formatCount(one.interfaceDropped),
    remarksOf(sensor, one, isFirst, nowMs - heardMs).join('; '),
  ];
}

function remarksOf(
  sensor: FleetSensor,
  one: FleetInterface,
  isFirst: boolean,
  silentMs: number,
): string[] {
  const { condition, watched, clockAheadMs, lostMessages, lostGaps } = sensor;
  const remarks: string[] = [];
  if (one.losingSinceMs !== null && condition === 'running') {
    remarks.push(`since ${clockTime(one.losingSinceMs)}`);
  } else if (one.lastGapMs !== null) {
    remarks.push(`last gap ${clockTime(one.lastGapMs)}`);
  }
  if (!isFirst) return remarks;
  const others = othersText(sensor);
  if (others !== undefined) remarks.unshift(others);
  if (condition === 'silent') remarks.push(`nothing heard for ${durationText(silentMs)}`);
  if (condition === 'ended') remarks.push(`ended: ${safeText(watched.end!.reason)}`);
  if (clockAheadMs !== null && Math.abs(clockAheadMs) >= CLOCK_OFF_MS) {
    const direction = clockAheadMs > 0 ? 'ahead' : 'behind';
    remarks.push(`clock ${durationText(Math.abs(clockAheadMs))} ${direction}`);
  }
  if (lostMessages > 0) {
    remarks.push(
      `${formatCount(lostMessages)} messages lost at the sensor, ${formatCount(lostGaps)} gaps in them`,
    );
  }
  return remarks;
}

/** That captures call themselves the same: their counts mustn't be taken for this one's. */
function othersText({ others, condition, watched }: FleetSensor): string | undefined {
  if (others.length === 0) return undefined;
  const sum = (count: (one: FleetRun) => number): string =>
    formatCount(others.reduce((total, one) => total + count(one), 0));
  const totals = `${sum(({ frames }) => frames)} frames, ${sum(({ lost }) => lost)} lost`;
  const alive = others.filter((one) => one.condition === 'running').length;
  if (alive === 0) return `another run under this name, ${totals}, isn't in these numbers`;
  const runs = alive + (condition === 'running' ? 1 : 0);
  const name = safeText(watched.start.sensor);
  return `${formatCounted(runs, 'run')} under the name ${name}: the others, ${totals}, aren't in these numbers; name each with --sensor`;
}

function styleOf(
  { condition, others }: FleetSensor,
  { losingSinceMs }: FleetInterface,
  style: TextStyle,
): (line: string) => string {
  if (condition === 'silent') return style.warning;
  if (others.some((one) => one.condition === 'running')) {
    return losingSinceMs === null ? style.warning : style.loss;
  }
  if (condition === 'ended') return style.faint;
  return losingSinceMs === null ? (line) => line : style.loss;
}

function rateText(perSecond: number | null): string {
  return perSecond === null ? '' : formatCount(Math.round(Math.max(0, perSecond)));
}

function durationText(ms: number): string {
  return formatDurationNs(BigInt(Math.round(ms / 100)) * 100_000_000n);
}

/** A time of today in UTC: what a person compares with a clock on the wall. */
function clockTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)}Z`;
}
