/** The table of gaps: sortable by every column, with what lies around each gap on demand. */

import { tryParseEpochNs } from '../core/timestamp.js';
import {
  formatCount,
  formatDurationNs,
  formatShare,
  formatTimeUtc,
} from '../report/number-text.js';
import type { GapReportJson, GapSideJson } from '../report/report-json.js';
import { safeText } from '../report/safe-text.js';
import { scaledText } from './capture-times.js';
import { byId, element, fill } from './elements.js';
import { gapDetail } from './gap-detail.js';
import { type Column, type SortOrder, sortBy } from './gap-order.js';
import type { Plots } from './plots.js';
import { type PlacedGap, type ReportView, showGap } from './report-view.js';

const ROWS_AT_FIRST = 100;

/** The table; makes itself, sorts itself, tells the plots which gap is meant. */
export class GapTable {
  readonly #view: ReportView;
  readonly #plots: Plots;
  readonly #columns: readonly Column[];
  readonly #body = element('tbody');
  readonly #headings = new Map<string, HTMLTableCellElement>();
  #order: SortOrder = { key: 'place', descending: false };
  #limit = ROWS_AT_FIRST;

  constructor(view: ReportView, plots: Plots) {
    this.#view = view;
    this.#plots = plots;
    const hidden = [
      ...(view.report.interfaces.length > 1 ? [] : ['interface']),
      ...(view.gaps.some(({ json }) => json.queue !== undefined) ? [] : ['queue']),
    ];
    this.#columns = columnsOf(view).filter(({ key }) => !hidden.includes(key));
    if (view.gaps.length === 0) {
      byId('gap-table').remove();
      return;
    }
    const head = element('tr', {}, ...this.#columns.map((column) => this.#heading(column)));
    byId('gap-table').append(element('thead', {}, head), this.#body);
    byId('gap-more').addEventListener('click', () => {
      this.#limit = Number.POSITIVE_INFINITY;
      this.#render();
    });
    this.#render();
  }

  /** Shows every row, as paper needs it; returns what takes that back. */
  showAll(): () => void {
    const limit = this.#limit;
    this.#limit = Number.POSITIVE_INFINITY;
    this.#render();
    return () => {
      this.#limit = limit;
      this.#render();
    };
  }

  #heading(column: Column): HTMLTableCellElement {
    const button = element('button', { type: 'button' }, column.heading);
    button.addEventListener('click', () => this.#sort(column));
    const classes = column.numeric ? 'number' : undefined;
    const cell = element('th', { scope: 'col', class: classes, title: column.title }, button);
    this.#headings.set(column.key, cell);
    return cell;
  }

  #sort(column: Column): void {
    const same = this.#order.key === column.key;
    const descending = same ? !this.#order.descending : column.numeric && column.key !== 'place';
    this.#order = { key: column.key, descending };
    this.#render();
  }

  #render(): void {
    const column = this.#columns.find(({ key }) => key === this.#order.key)!;
    const sorted = sortBy(this.#view.gaps, column, this.#order.descending);
    const shown = sorted.slice(0, this.#limit);
    this.#body.replaceChildren(...shown.map((gap) => this.#row(gap)));
    for (const [key, cell] of this.#headings) {
      const direction = this.#order.descending ? 'descending' : 'ascending';
      cell.setAttribute('aria-sort', key === this.#order.key ? direction : 'none');
    }
    const more = byId('gap-more');
    more.hidden = sorted.length <= this.#limit;
    fill(more, `Show all ${formatCount(sorted.length)} rows`);
  }

  #row(gap: PlacedGap): HTMLTableRowElement {
    const open = element(
      'button',
      {
        type: 'button',
        class: 'open',
        'aria-expanded': 'false',
        title: 'What lies around this gap',
      },
      formatCount(gap.index + 1),
    );
    const row = element('tr', { 'data-gap': String(gap.index) });
    for (const column of this.#columns) {
      const cell = element('td', { class: column.numeric ? 'number' : column.key });
      if (column.key === 'place') cell.append(open);
      else fill(cell, column.text(gap));
      if (column.key === 'flow') cell.title = safeText(column.text(gap));
      row.append(cell);
    }
    open.addEventListener('click', () => this.#toggle(gap, row, open));
    row.addEventListener('pointerenter', () => this.#plots.mark(gap));
    row.addEventListener('pointerleave', () => this.#plots.mark(undefined));
    return row;
  }

  #toggle(gap: PlacedGap, row: HTMLTableRowElement, open: HTMLButtonElement): void {
    const isOpen = open.getAttribute('aria-expanded') === 'true';
    open.setAttribute('aria-expanded', String(!isOpen));
    if (isOpen) {
      row.nextElementSibling?.remove();
      return;
    }
    const zoom = element('button', { type: 'button' }, 'Show in the plots');
    zoom.addEventListener('click', () => {
      showGap(this.#view, gap);
      this.#plots.mark(gap);
      byId('plots').scrollIntoView({ block: 'start' });
      byId('plots').focus({ preventScroll: true });
    });
    const detail = element(
      'td',
      { colspan: String(this.#columns.length) },
      gapDetail(gap, this.#view.times),
      zoom,
    );
    row.after(element('tr', { class: 'detail' }, detail));
  }
}

function durationNs({ start, end }: GapReportJson): bigint | undefined {
  if (start === null || end === null) return undefined;
  return tryParseEpochNs(end)! - tryParseEpochNs(start)!;
}

function rateText(side: GapSideJson | null): string {
  const rate = side?.framesPerSecond ?? null;
  return rate === null ? '' : `${scaledText(rate)}/s`;
}

function columnsOf(view: ReportView): Column[] {
  const frame = (number: number | null): string => (number === null ? 'none' : formatCount(number));
  return [
    {
      key: 'place',
      heading: '#',
      title: 'In the order of the file',
      numeric: true,
      text: () => '',
      value: (gap) => gap.index,
    },
    {
      key: 'lost',
      heading: 'Lost',
      title: 'Frames lost',
      numeric: true,
      text: ({ json }) => formatCount(json.lost),
      value: ({ json }) => json.lost,
    },
    {
      key: 'after',
      heading: 'After frame',
      title: 'The last frame before the gap',
      numeric: true,
      text: ({ json }) => frame(json.after),
      value: ({ json }) => json.after,
    },
    {
      key: 'before',
      heading: 'Before frame',
      title: 'The first frame after the gap',
      numeric: true,
      text: ({ json }) => frame(json.before),
      value: ({ json }) => json.before,
    },
    {
      key: 'since',
      heading: 'Since (UTC)',
      title: 'Time of the last frame before the gap',
      numeric: false,
      text: ({ json }) =>
        json.start === null ? 'not known' : formatTimeUtc(tryParseEpochNs(json.start)!).slice(11),
      value: ({ start, json }) => (json.start === null ? null : start),
    },
    {
      key: 'within',
      heading: 'Within',
      title: 'From the last frame before the gap to the first after it',
      numeric: true,
      text: ({ json }) => {
        const ns = durationNs(json);
        return ns === undefined ? '' : formatDurationNs(ns);
      },
      value: ({ json }) => {
        const ns = durationNs(json);
        return ns === undefined ? null : Number(ns);
      },
    },
    {
      key: 'rate-before',
      heading: 'Rate before',
      title: 'Frames per second right before',
      numeric: true,
      text: ({ json }) => rateText(json.framesBefore),
      value: ({ json }) => json.framesBefore.framesPerSecond,
    },
    {
      key: 'rate-after',
      heading: 'Rate after',
      title: 'Frames per second right after',
      numeric: true,
      text: ({ json }) => rateText(json.framesAfter),
      value: ({ json }) => json.framesAfter?.framesPerSecond ?? null,
    },
    {
      key: 'flow',
      heading: 'Busiest flow around',
      title: 'The flow with the most of the frames around the gap',
      numeric: false,
      text: ({ json }) => busiest(json).text,
      value: ({ json }) => busiest(json).frames,
    },
    ...originColumns(view),
  ];
}

function originColumns({ report: { interfaces } }: ReportView): Column[] {
  const nameOf = (id: number): string =>
    interfaces.find((one) => one.id === id)?.name ?? `interface ${id}`;
  return [
    {
      key: 'interface',
      heading: 'Interface',
      title: 'Whose frames were lost',
      numeric: false,
      text: ({ json }) => nameOf(json.interface),
      value: ({ json }) => nameOf(json.interface),
    },
    {
      key: 'queue',
      heading: 'Ring',
      title: 'The ring that lost them',
      numeric: true,
      text: ({ json }) => (json.queue === undefined ? '' : String(json.queue)),
      value: ({ json }) => json.queue ?? null,
    },
    {
      key: 'certainty',
      heading: 'Certainty',
      title: 'How number and place are known',
      numeric: false,
      text: ({ json }) => certainty(json),
      value: ({ json }) => json.certainty,
    },
  ];
}

function certainty({ certainty: how, atLeast, atMost, group }: GapReportJson): string {
  if (how !== 'bounded') return how;
  const range = `bounded: ${formatCount(atLeast ?? 0)} to ${formatCount(atMost ?? 0)}`;
  return group === undefined ? range : `${range}, group ${group}`;
}

function busiest({ framesBefore, framesAfter }: GapReportJson): { text: string; frames: number } {
  const sums = new Map<string, number>();
  const flows = [...framesBefore.flows, ...(framesAfter?.flows ?? [])];
  for (const { protocol, from, to, frames } of flows) {
    const name = from === '' && to === '' ? protocol : `${protocol} ${from} ↔ ${to}`;
    sums.set(name, (sums.get(name) ?? 0) + frames);
  }
  const total = framesBefore.frames + (framesAfter?.frames ?? 0);
  const [first] = [...sums].sort((a, b) => b[1] - a[1]);
  if (first === undefined) return { text: '', frames: 0 };
  return { text: `${first[0]}, ${formatShare(first[1], total)}`, frames: first[1] };
}
