/** The live page's tables: the latest gaps, and each interface by itself. */

import { tryParseEpochNs } from '../core/timestamp.js';
import { formatCount, formatDurationNs, formatShare } from '../report/number-text.js';
import {
  type InterfaceReading,
  lostSoFar,
  type SensorGap,
  type WatchedSensor,
} from '../watch/sensor-event.js';
import { scaledText } from './capture-times.js';
import { byId, type Content, element, fill } from './elements.js';
import { type ChosenInterfaces, lastWholeSecond, toLiveSeries } from './live-series.js';
import { type LiveState, liveState, URGENCY } from './live-state.js';

/** Gaps that are shown; the page has no more of them at any time. */
const MOST_ROWS = 50;
/** Seconds for which a row counts as new. */
const NEW_MS = 1_200;

interface ShownGap {
  readonly gap: SensorGap;
  readonly sensor: WatchedSensor;
}

/** The table of the latest gaps, newest first. */
export class LiveGapTable {
  /** When each gap that is shown came; 0 where it was there when the page was. */
  #shownSince: Map<string, number> | undefined;

  /** Shows the gaps of the chosen interfaces. */
  show(chosen: readonly ChosenInterfaces[]): void {
    const gaps = chosen
      .flatMap(({ sensor, interfaces }) =>
        sensor.gaps
          .filter((gap) => interfaces.includes(gap.interface))
          .map((gap): ShownGap => ({ gap, sensor })),
      )
      .reverse();
    const shown = gaps.slice(0, MOST_ROWS);
    if (shown.length === 0) this.#shownSince ??= new Map();
    const total = chosen.reduce((sum, one) => sum + gapCountOf(one), 0);
    const withSensor = new Set(chosen.map(({ sensor }) => sensor)).size > 1;
    const hidden = total - shown.length;
    const rest = `${formatCount(Math.max(0, hidden))} more: where many gaps come at once the largest are listed; the capture file has all.`;
    fill(byId('gap-note'), total === 0 ? 'None so far.' : hidden > 0 ? rest : '');
    const headings = [
      ...(withSensor ? ['Sensor'] : []),
      'Found',
      'Interface',
      'Lost',
      'Between frames',
      'Within',
      'Certainty',
    ];
    fill(
      byId('gap-table'),
      ...(shown.length === 0
        ? []
        : [headRow(headings, ['Lost', 'Within']), this.#body(shown, withSensor)]),
    );
  }

  #body(shown: readonly ShownGap[], withSensor: boolean): HTMLElement {
    const nowMs = performance.now();
    const before = this.#shownSince;
    const since = new Map<string, number>();
    this.#shownSince = since;
    return element(
      'tbody',
      {},
      ...shown.map(({ gap, sensor }) => {
        const { start } = sensor;
        const key = JSON.stringify([start.sensor, gap]);
        const sinceMs = before?.get(key) ?? (before === undefined ? 0 : nowMs);
        since.set(key, sinceMs);
        const name = start.interfaces[gap.interface]?.name ?? `interface ${gap.interface}`;
        return element(
          'tr',
          { class: sinceMs > 0 && nowMs - sinceMs < NEW_MS ? 'new' : undefined },
          ...(withSensor ? [element('td', {}, start.sensor)] : []),
          element('td', {}, timeText(gap)),
          element('td', {}, gap.ring === undefined ? name : `${name}, ring ${gap.ring}`),
          element('td', { class: 'number lost' }, formatCount(gap.lost)),
          element('td', {}, placeText(gap)),
          element('td', { class: 'number' }, durationOf(gap)),
          element('td', {}, gap.certainty),
        );
      }),
    );
  }
}

/** Shows each interface by itself. */
export function showLiveInterfaces(sensors: readonly WatchedSensor[]): void {
  const several = sensors.length > 1;
  const nowMs = Date.now();
  const numbers = [
    'Frames/s',
    'Captured',
    'Received',
    'Lost',
    'Share',
    'Gaps',
    'Ring',
    'NIC received',
    'NIC lost',
  ];
  const headings = [
    ...(several ? ['Sensor', 'State'] : []),
    ...['Interface', ...numbers, 'Last gap'],
  ];
  const found = sensors.flatMap((sensor) =>
    (sensor.reading?.interfaces ?? []).map((one, index) => ({
      sensor,
      one,
      state: several ? liveState(sensor, index, nowMs) : undefined,
    })),
  );
  const name = ({ sensor }: { sensor: WatchedSensor }): string => sensor.start.sensor;
  if (several) {
    const rank = (kind: LiveState['kind'] | undefined): number => URGENCY.indexOf(kind!);
    found.sort(
      (a, b) => rank(a.state?.kind) - rank(b.state?.kind) || name(a).localeCompare(name(b)),
    );
  }
  const rows = found.map(({ sensor, one, state }) => interfaceRow(sensor, one, state));
  fill(
    byId('interface-table'),
    ...(rows.length === 0 ? [] : [headRow(headings, numbers), element('tbody', {}, ...rows)]),
  );
}

function interfaceRow(
  sensor: WatchedSensor,
  one: InterfaceReading,
  state: LiveState | undefined,
): HTMLElement {
  const { name = `interface ${one.id}`, description = null } =
    sensor.start.interfaces[one.id] ?? {};
  const lost = lostSoFar(one);
  const gaps = one.exact.gaps + one.bounded.gaps;
  const number = (text: string, isLost = false): HTMLElement =>
    element('td', { class: isLost ? 'number lost' : 'number' }, text);
  const count = (value: number | null): string => (value === null ? '–' : formatCount(value));
  return element(
    'tr',
    { class: state?.kind },
    ...(state === undefined
      ? []
      : [element('td', {}, sensor.start.sensor), element('td', { class: 'state' }, state.text)]),
    element('th', { scope: 'row' }, description === null ? name : `${name} (${description})`),
    number(rateText(sensor, one.id)),
    number(formatCount(one.frames)),
    number(count(one.received)),
    number(formatCount(lost), lost > 0),
    number(one.frames + lost === 0 ? '–' : formatShare(lost, one.frames + lost)),
    number(formatCount(gaps)),
    number(one.fill === null ? '–' : `${Math.round(one.fill * 100)} %`),
    number(count(one.interfaceReceived)),
    number(count(one.interfaceDropped), (one.interfaceDropped ?? 0) > 0),
    element('td', {}, one.lastGapMs === null ? '' : new Date(one.lastGapMs).toLocaleTimeString()),
  );
}

function rateText(sensor: WatchedSensor, id: number): string {
  const chosen = [{ sensor, interfaces: [id] }];
  const last = lastWholeSecond(chosen);
  if (last === undefined || sensor.end !== null) return '–';
  return scaledText(toLiveSeries(chosen, last, last + 1).frames[0] ?? 0);
}

function gapCountOf({ sensor, interfaces }: ChosenInterfaces): number {
  return (sensor.reading?.interfaces ?? [])
    .filter(({ id }) => interfaces.includes(id))
    .reduce((sum, { exact, bounded }) => sum + exact.gaps + bounded.gaps, 0);
}

function headRow(headings: readonly string[], numbers: readonly string[]): HTMLElement {
  return element(
    'thead',
    {},
    element(
      'tr',
      {},
      ...headings.map((text): Content => {
        const kind = numbers.includes(text) ? 'number' : undefined;
        return element('th', { scope: 'col', class: kind }, text);
      }),
    ),
  );
}

function timeText({ start, end }: SensorGap): string {
  const time = end ?? start;
  if (time === null) return '';
  const date = new Date(Number(time) * 1000);
  const digits = String(date.getMilliseconds()).padStart(3, '0');
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return `${parts.map((part) => String(part).padStart(2, '0')).join(':')}.${digits}`;
}

function placeText({ after, before }: SensorGap): string {
  if (before === null) return after === null ? 'no frame' : `after ${formatCount(after)}, the last`;
  return after === null
    ? `before ${formatCount(before)}`
    : `${formatCount(after)} and ${formatCount(before)}`;
}

function durationOf({ start, end }: SensorGap): string {
  const startNs = start === null ? undefined : tryParseEpochNs(start);
  const endNs = end === null ? undefined : tryParseEpochNs(end);
  return startNs === undefined || endNs === undefined ? '–' : formatDurationNs(endNs - startNs);
}
