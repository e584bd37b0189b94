/** The live page in words and figures: the verdict, the totals, what else is to be known. */

import {
  formatCount,
  formatCounted,
  formatDurationNs,
  formatShare,
} from '../report/number-text.js';
import {
  type InterfaceReading,
  lostSoFar,
  SILENT_MS,
  type WatchedSensor,
} from '../watch/sensor-event.js';
import { scaledText } from './capture-times.js';
import { byId, element, fill } from './elements.js';
import type { ChosenInterfaces } from './live-series.js';

/** What some interfaces came to. */
interface Sums {
  readonly frames: number;
  readonly lost: number;
  readonly gaps: number;
  readonly bounded: number;
  readonly pending: number;
  readonly fill: number | null;
  readonly interfaceDropped: number | null;
}

/** Shows what is known of the chosen interfaces. */
export function showLiveSummary(
  chosen: readonly ChosenInterfaces[],
  sensors: readonly WatchedSensor[],
): void {
  showTitle(sensors);
  const readings = chosen.flatMap(({ sensor, interfaces }) =>
    (sensor.reading?.interfaces ?? []).filter(({ id }) => interfaces.includes(id)),
  );
  const sums = sumUp(readings);
  const verdict = byId('verdict');
  verdict.classList.toggle('whole', readings.length > 0 && sums.lost === 0);
  fill(verdict, readings.length === 0 ? '' : verdictText(sums));
  showFigures(
    sums,
    chosen.map(({ sensor }) => sensor),
  );
  const notes = notesOn(
    sums,
    chosen.map(({ sensor }) => sensor),
  );
  fill(byId('notes'), ...notes.map((note) => element('li', {}, note)));
}

function showTitle(sensors: readonly WatchedSensor[]): void {
  const [first] = sensors;
  if (first === undefined) {
    fill(byId('file'), 'No capture');
    fill(byId('about'), '');
    return;
  }
  const names = first.start.interfaces.map(({ name }) => name);
  const several = sensors.length > 1;
  const title = several ? `${sensors.length} sensors` : names.join(', ');
  fill(byId('file'), title);
  document.title = `${title}: gapcap live`;
  fill(byId('about'), several ? '' : aboutText(first));
}

function aboutText({ start, reading, end }: WatchedSensor): string {
  const parts = [`on ${start.sensor}`, `since ${new Date(start.timeMs).toLocaleString()}`];
  if (reading !== null && reading.file !== null) {
    const number = reading.fileNumber === null ? '' : ` (file ${reading.fileNumber})`;
    parts.push(`to ${reading.file === '-' ? 'standard output' : reading.file}${number}`);
  }
  if (end !== null) parts.push(`ended: ${end.reason}`);
  return parts.join(', ');
}

function sumUp(readings: readonly InterfaceReading[]): Sums {
  const fills = readings.map(({ fill }) => fill).filter((one) => one !== null);
  const dropped = readings.map((one) => one.interfaceDropped).filter((one) => one !== null);
  const add = (of: (one: InterfaceReading) => number): number =>
    readings.reduce((sum, one) => sum + of(one), 0);
  return {
    frames: add(({ frames }) => frames),
    lost: add(lostSoFar),
    gaps: add(({ exact, bounded }) => exact.gaps + bounded.gaps),
    bounded: add(({ bounded }) => bounded.gaps),
    pending: add((one) => Math.max(0, lostSoFar(one) - one.exact.lost - one.bounded.lost)),
    fill: fills.length === 0 ? null : Math.max(...fills),
    interfaceDropped: dropped.length === 0 ? null : dropped.reduce((a, b) => a + b, 0),
  };
}

function verdictText({ frames, lost, gaps }: Sums): string {
  if (lost === 0) return 'No frame lost';
  const of = `${formatCount(lost)} of ${formatCounted(frames + lost, 'frame')} lost`;
  const inGaps = gaps === 0 ? '' : ` in ${formatCounted(gaps, 'gap')}`;
  return `${of} (${formatShare(lost, frames + lost)})${inGaps}`;
}

function showFigures(sums: Sums, sensors: readonly WatchedSensor[]): void {
  const backlog = sumOf(sensors.map(({ reading }) => reading?.backlogDropped ?? null));
  const written = sumOf(sensors.map(({ reading }) => reading?.writtenBytes ?? null));
  const startMs = Math.min(...sensors.map(({ start }) => start.timeMs));
  const endMs = Math.max(...sensors.map(({ reading, start }) => (reading ?? start).timeMs));
  const runningNs = BigInt(Math.max(0, Math.round((endMs - startMs) / 1000) || 0)) * 1_000_000_000n;
  const figure = (name: string, text: string, kind?: 'lost' | 'unknown'): HTMLElement =>
    element(
      'div',
      { class: kind === 'lost' ? 'lost' : undefined },
      element('dt', {}, name),
      element('dd', { class: kind === 'unknown' ? 'unknown' : undefined }, text),
    );
  const count = (name: string, value: number | null): HTMLElement =>
    value === null
      ? figure(name, 'not known', 'unknown')
      : figure(name, formatCount(value), value > 0 ? 'lost' : undefined);
  fill(
    byId('figures'),
    figure('Captured', formatCount(sums.frames)),
    count('Lost', sums.lost),
    figure('Gaps', formatCount(sums.gaps)),
    ...(sums.fill === null ? [] : [figure('Ring', `${Math.round(sums.fill * 100)} %`)]),
    count('Lost in NIC', sums.interfaceDropped),
    count('Lost in backlog', backlog),
    ...(written === null ? [] : [figure('Written', `${scaledText(written)}B`)]),
    figure('Running', formatDurationNs(runningNs)),
  );
}

function notesOn(sums: Sums, sensors: readonly WatchedSensor[]): string[] {
  const notes: string[] = [];
  if (sums.pending > 0) {
    notes.push(
      `${formatCounted(sums.pending, 'frame')} lost in no gap yet: the gap ends with the next frame captured.`,
    );
  }
  if (sums.bounded > 0) {
    notes.push(
      `${formatCounted(sums.bounded, 'gap')} bounded: the sum over neighbouring ones is exact, how it is split isn't.`,
    );
  }
  for (const { start, end, heardMs, others } of sensors) {
    const silentMs = Date.now() - heardMs;
    const running = others.filter((one) => !one.isOver && Date.now() - one.heardMs <= SILENT_MS);
    if (running.length > 0) {
      const frames = formatCount(running.reduce((sum, one) => sum + one.frames, 0));
      const lost = formatCount(running.reduce((sum, one) => sum + one.lost, 0));
      notes.push(
        `${running.length + 1} captures under the name ${start.sensor}: the others, ${frames} frames, ${lost} lost, aren't in these numbers. Name each with --sensor.`,
      );
    }
    if (end === null && silentMs > SILENT_MS) {
      const seconds = Math.round(silentMs / 1000);
      notes.push(`No news from ${start.sensor} for ${seconds} s: the capture may stand still.`);
    }
  }
  return notes;
}

/** The sum of what is known; null where nothing is. */
function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
}
