/** The words and figures above and below the plots. */

import { formatCount, formatCounted, formatShare } from '../report/number-text.js';
import type { ReportJson } from '../report/report-json.js';
import { durationText, scaledText } from './capture-times.js';
import { byId, element, fill } from './elements.js';
import type { ReportView } from './report-view.js';

/** The capture in one sentence. */
export function verdict(report: ReportJson): string {
  const frames = formatCounted(report.frames, 'frame');
  if (report.lost === null)
    return `${frames} captured; the file doesn't record whether any were lost.`;
  if (report.lost === 0) return `${frames} captured, none lost.`;
  const received = receivedOf(report);
  const gaps = report.gapCount === 0 ? '' : ` in ${formatCounted(report.gapCount, 'gap')}`;
  const were = report.lost === 1 ? 'was' : 'were';
  return (
    `${formatCount(report.lost)} of ${formatCounted(received, 'frame')} received ${were} lost` +
    `${gaps}: ${formatShare(report.lost, received)}.`
  );
}

/** Of what a share is: where the file doesn't say how many were received, its frames and the lost ones. */
function receivedOf({ received, frames, lost }: ReportJson): number {
  return received ?? frames + (lost ?? 0);
}

/** Fills the head of the page: file, verdict, doubts, figures. */
export function showSummary(view: ReportView): void {
  const { report, times } = view;
  const name = report.file?.split('/').at(-1) ?? 'capture';
  document.title = `${name}: gapcap report`;
  fill(byId('file'), name);
  const seconds = times.seconds(report.end);
  const about = [
    report.format ?? undefined,
    report.application === null ? undefined : `written by ${report.application}`,
    report.start === null ? undefined : `${times.dateAndTime(0)} UTC`,
  ];
  fill(byId('about'), about.filter((part) => part !== undefined).join(' · '));
  const sentence = byId('verdict');
  fill(sentence, verdict(report));
  sentence.className = report.lost === 0 ? 'verdict whole' : 'verdict';
  fill(byId('notes'), ...doubts(report).map((text) => element('li', {}, text)));
  const nic = report.interfaceDropped;
  const unknown = 'not recorded';
  const figures: [string, string, string?][] = [
    ['Frames', formatCount(report.frames)],
    ['Bytes', `${scaledText(report.bytes)}B`.replace(/(\d)B$/, '$1 B')],
    ['Duration', seconds === null ? unknown : durationText(seconds)],
    [
      'Mean rate',
      seconds === null || seconds <= 0 ? '' : `${scaledText(report.frames / seconds)}/s`,
    ],
    ['Lost', report.lost === null ? unknown : formatCount(report.lost), 'lost'],
    [
      'Share',
      report.lost === null ? '' : formatShare(report.lost, Math.max(receivedOf(report), 1)),
    ],
    ['Gaps', formatCount(report.gapCount)],
    ['Largest gap', report.largestGap === null ? '' : formatCount(report.largestGap)],
    ['Lost in NIC', nic === null ? unknown : formatCount(nic)],
  ];
  fill(
    byId('figures'),
    ...figures
      .filter(([, value]) => value !== '')
      .map(([label, value, kind]) =>
        element(
          'div',
          { class: kind === 'lost' && (report.lost ?? 0) > 0 ? 'lost' : undefined },
          element('dt', {}, label),
          element('dd', { class: value === unknown ? 'unknown' : undefined }, value),
        ),
      ),
  );
}

function doubts(report: ReportJson): string[] {
  const notes = [...(report.mismatches ?? [])];
  if (report.truncated) {
    notes.push('The file ends inside a block: what followed is unknown.');
  }
  if (report.damaged !== undefined) {
    const { offset, message } = report.damaged;
    notes.push(
      `The file is damaged at byte ${offset}: what is shown comes before that. ${message}`,
    );
  }
  const leftOut = report.interfaces.reduce((sum, one) => sum + (one.leftOut ?? 0), 0);
  if (leftOut > 0) {
    notes.push(
      `This is a copy without ${formatCounted(leftOut, 'frame')} of the capture. Lost and received are those of the ` +
        'whole capture; what was lost near frames that were left out stands at the next one that was kept, or at the end.',
    );
  }
  const unplaced = report.unplaced ?? 0;
  if (unplaced > 0) {
    notes.push(
      `${formatCounted(unplaced, 'frame')} lost at unknown places: the file has only a total of ` +
        'them. They are in no plot.',
    );
  }
  const { untimed } = report.timeline;
  if (untimed.frames > 0) {
    notes.push(`${formatCounted(untimed.frames, 'frame')} without a time: in no plot.`);
  }
  const isCut = report.truncated || report.damaged !== undefined;
  for (const { name, id, finalGap, unplaced: noPlace, lost } of report.interfaces.slice(0, 5)) {
    if (finalGap === null && noPlace === null && lost !== null && !isCut) {
      notes.push(
        `Loss after the last frame on ${name ?? `interface ${id}`} is unknown: the file has no totals from its end.`,
      );
    }
  }
  return notes;
}

/** What each plot shows, in words: for those who don't see it. */
export function showPlotSummaries(view: ReportView): void {
  const { report, intervals, times } = view;
  const seconds = times.seconds(report.end) ?? 0;
  const busiest = intervals.frames.reduce(
    (best, n, i) => (n > intervals.frames[best]! ? i : best),
    0,
  );
  const at = durationText(Math.max(0, intervals.start + busiest * intervals.length));
  const mean =
    seconds > 0 ? `${scaledText(report.frames / seconds)} frames per second on average, ` : '';
  const count = intervals.frames.length;
  fill(
    byId('about-frames'),
    count === 0
      ? 'No frame.'
      : `${mean}most in the ${durationText(intervals.length)} at ${at}: ${scaledText(intervals.frames[busiest]! / intervals.length)} per second. Lost frames stand on top, spread over the time of their gap.`,
  );
  fill(
    byId('about-bytes'),
    seconds > 0
      ? `${scaledText(report.bytes / seconds)} bytes per second on average, as long as the frames were on the wire. Marks at the foot: frames were lost there.`
      : 'Bytes on the wire.',
  );
  fill(
    byId('about-lost'),
    report.lost === null
      ? 'The file records no loss.'
      : `Rises to ${formatCount(intervals.lostBefore.at(-1) ?? 0)} at the end. A gap counts from the frame after it on.`,
  );
  const listed =
    report.gapsOmitted === 0
      ? listedText(report)
      : `${formatCount(report.gapCount - report.gapsOmitted)} of ${formatCounted(report.gapCount, 'gap')}, the others pale`;
  fill(
    byId('about-gaps'),
    view.gaps.length === 0
      ? 'No gap.'
      : `${listed}, as wide as they lasted, as high as the frames lost (logarithmic). Close up, the lines at the foot are single captured frames.`,
  );
  fill(byId('gap-note'), gapNote(report));
}

/** What the report lists where it omits nothing: gaps, and places at which none was counted. */
function listedText({ gaps, gapCount }: ReportJson): string {
  const places = gaps.filter(({ lost }) => lost === 0).length;
  const text = formatCounted(gapCount, 'gap');
  return places === 0 ? text : `${text} and ${formatCounted(places, 'possible place')}`;
}

function gapNote(report: ReportJson): string {
  if (report.gapCount === 0 && report.gaps.length === 0) return 'There is none.';
  const text =
    report.gapsOmitted === 0
      ? `All ${listedText(report)}.`
      : `${formatCount(report.gapCount - report.gapsOmitted)} of ${formatCounted(report.gapCount, 'gap')}: the first ones, and the largest of the others. ` +
        `${formatCount(report.gapsOmitted)} are left out of the table; their lost frames are in the plots and in every total.`;
  return report.gaps.some(({ lost }) => lost === 0)
    ? `${text} A row with 0 lost is a place where frames counted at another gap of its group may have been lost.`
    : text;
}

/** The table of interfaces with every count that the file records. */
export function showInterfaces({ report }: ReportView): void {
  const isCopy = report.interfaces.some(({ leftOut }) => leftOut !== undefined);
  const headings = [
    'Interface',
    'Captured',
    'Received',
    ...(isCopy ? ['Left out'] : []),
    'Lost',
    'After the last frame',
    'Place unknown',
    'Seen by NIC',
    'Lost in NIC',
  ];
  const count = (value: number | null): HTMLTableCellElement =>
    element(
      'td',
      { class: value === null ? 'number unknown' : 'number' },
      value === null ? 'not recorded' : formatCount(value),
    );
  const rows = report.interfaces.map((one) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, one.name ?? `interface ${one.id}`),
      count(one.frames),
      count(one.received),
      ...(isCopy ? [count(one.leftOut ?? 0)] : []),
      count(one.lost),
      count(one.finalGap),
      count(one.unplaced),
      count(one.interfaceReceived),
      count(one.interfaceDropped),
    ),
  );
  byId('interface-table').append(
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...headings.map((heading, i) =>
          element('th', { scope: 'col', class: i === 0 ? undefined : 'number' }, heading),
        ),
      ),
    ),
    element('tbody', {}, ...rows),
  );
  const omitted = report.interfacesOmitted ?? 0;
  if (omitted > 0) {
    byId('interface-table').after(
      element('p', { class: 'note' }, `${formatCounted(omitted, 'further interface')} not listed.`),
    );
  }
}
