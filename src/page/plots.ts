/** The plots: what each draws, and that they move together. */

import type UPlot from 'uplot';
import { formatCount } from '../report/number-text.js';
import { durationText, scaledText } from './capture-times.js';
import { type Columns, toColumns } from './columns.js';
import { byId } from './elements.js';
import { drawGaps, drawLossTicks, drawLostOnTop } from './gap-drawing.js';
import type { PlacedGap, ReportView } from './report-view.js';
import type { Theme } from './theme.js';

declare const uPlot: typeof UPlot;

const FONT = '12px system-ui, sans-serif';
const AXIS_WIDTH = 64;
/** Columns in the whole width; about one in two pixels. */
const MOST_COLUMNS = 560;

interface PlotKind {
  readonly id: string;
  readonly height: number;
  /** The values of each series, from the columns. */
  readonly values: (columns: Columns) => Float64Array[];
  readonly series: (theme: Theme) => UPlot.Series[];
  readonly yRange: (columns: Columns) => [number, number];
  readonly logarithmic?: true;
  readonly draw?: (plot: UPlot, plots: Plots) => void;
  readonly yText: (value: number) => string;
}

const highest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);
const room = (value: number): [number, number] => [0, value === 0 ? 1 : value * 1.08];

const kinds: readonly PlotKind[] = [
  {
    id: 'plot-frames',
    height: 210,
    values: ({ framesPerSecond, peakFramesPerSecond }) => [framesPerSecond, peakFramesPerSecond],
    series: (theme) => [
      {
        stroke: () => theme.colours.captured,
        fill: () => theme.colours.capturedFill,
        width: 1.25,
      },
      { stroke: () => theme.colours.peak, width: 1 },
    ],
    yRange: (columns) =>
      room(
        Math.max(
          highest(columns.peakFramesPerSecond),
          highest(columns.framesPerSecond.map((rate, i) => rate + columns.lostPerSecond[i]!)),
        ),
      ),
    draw: (plot, plots) => drawLostOnTop(plot, plots.columns, plots.theme.colours),
    yText: scaledText,
  },
  {
    id: 'plot-bytes',
    height: 130,
    values: ({ bytesPerSecond }) => [bytesPerSecond],
    series: (theme) => [
      {
        stroke: () => theme.colours.captured,
        fill: () => theme.colours.capturedFill,
        width: 1.25,
      },
    ],
    yRange: (columns) => room(highest(columns.bytesPerSecond)),
    draw: (plot, plots) => drawLossTicks(plot, plots.columns, plots.theme.colours),
    yText: (value) => (value === 0 ? '0' : `${scaledText(value)}B`.replace(/(\d)B$/, '$1 B')),
  },
  {
    id: 'plot-lost',
    height: 120,
    values: ({ lostSoFar }) => [lostSoFar],
    series: (theme) => [
      { stroke: () => theme.colours.lost, fill: () => theme.colours.lostFill, width: 1.5 },
    ],
    // Close up, what matters is by how much it rises.
    yRange: ({ lostSoFar }) => {
      const low = lostSoFar[0] ?? 0;
      const high = highest(lostSoFar);
      const margin = high === low ? 1 : (high - low) * 0.08;
      return low === 0 ? room(high) : [low - margin, high + margin];
    },
    yText: scaledText,
  },
  {
    id: 'plot-gaps',
    height: 150,
    values: ({ lostPerSecond }) => [lostPerSecond],
    series: () => [{ paths: () => null, stroke: 'transparent', points: { show: false } }],
    yRange: () => [0.7, 10],
    logarithmic: true,
    draw: (plot, plots) => drawGaps(plot, plots.view, plots.theme.colours, plots.marked),
    yText: scaledText,
  },
];

/** All plots of the page. */
export class Plots {
  readonly view: ReportView;
  readonly theme: Theme;
  /** What is drawn at present. */
  columns: Columns;
  /** The gap that the pointer or the table points at. */
  marked: PlacedGap | undefined;
  readonly #plots: UPlot[] = [];
  readonly #overview: UPlot;
  readonly #overviewColumns: Columns;
  readonly #hoverListeners: ((seconds: number | undefined) => void)[] = [];
  readonly #drawListeners: (() => void)[] = [];
  #pending = 0;

  constructor(view: ReportView, theme: Theme) {
    this.view = view;
    this.theme = theme;
    const { whole } = view.range;
    this.columns = toColumns(view.intervals, whole.from, whole.to, MOST_COLUMNS);
    this.#overviewColumns = this.columns;
    this.#overview = this.#makeOverview();
    for (const kind of kinds) this.#plots.push(this.#make(kind));
    view.range.onChange(() => this.#schedule());
    theme.onChange(() => this.redraw());
    window.addEventListener('resize', () => this.resize());
    this.#showWindow();
  }

  /** Calls `listener` with the time under the pointer; undefined when it leaves. */
  onHover(listener: (seconds: number | undefined) => void): void {
    this.#hoverListeners.push(listener);
  }

  /** Calls `listener` when another range has been drawn. */
  onDraw(listener: () => void): void {
    this.#drawListeners.push(listener);
  }

  /** Draws everything again, with the theme's present colours. */
  redraw(): void {
    for (const plot of [this.#overview, ...this.#plots]) plot.redraw(false, true);
  }

  /** Fits the plots to the width of the page, or to a given one. */
  resize(width: number = byId('plots').clientWidth): void {
    for (const plot of [this.#overview, ...this.#plots]) {
      if (width > 0) plot.setSize({ width, height: plot.height });
    }
    this.#showWindow();
  }

  /** Points at a gap, or at none. */
  mark(gap: PlacedGap | undefined): void {
    if (gap === this.marked) return;
    this.marked = gap;
    this.#plots.at(-1)!.redraw(false, false);
  }

  /** The gap nearest to a time, within a few pixels. */
  gapAt(seconds: number): PlacedGap | undefined {
    const { from, to } = this.view.range.shown;
    let nearest: PlacedGap | undefined;
    let least = ((to - from) / Math.max(this.#plots[0]!.width, 1)) * 6;
    for (const gap of this.view.gaps) {
      const distance = Math.max(gap.start - seconds, seconds - gap.end, 0);
      if (distance < least || (distance === 0 && gap.json.lost > (nearest?.json.lost ?? -1))) {
        nearest = gap;
        least = Math.max(distance, 0);
      }
    }
    return nearest;
  }

  // One drawing a screen refresh, however many events there were.
  #schedule(): void {
    if (this.#pending !== 0) return;
    this.#pending = requestAnimationFrame(() => {
      this.#pending = 0;
      const { from, to } = this.view.range.shown;
      this.columns = toColumns(this.view.intervals, from, to, MOST_COLUMNS);
      this.#plots.forEach((plot, i) => {
        plot.setData(this.#data(kinds[i]!));
      });
      this.#showWindow();
      for (const listener of this.#drawListeners) listener();
    });
  }

  #data(kind: PlotKind): UPlot.AlignedData {
    const { starts, length } = this.columns;
    // One more point closes the last column.
    const x = Float64Array.from([...starts, (starts.at(-1) ?? 0) + length]);
    const values = kind.values(this.columns).map((y) => Float64Array.from([...y, y.at(-1) ?? 0]));
    return [x, ...values];
  }

  #make(kind: PlotKind): UPlot {
    const { view, theme } = this;
    const largest = view.gaps.reduce((most, { json }) => Math.max(most, json.lost), 1);
    const stepped = uPlot.paths.stepped!({ align: 1 });
    const axis = {
      stroke: () => theme.colours.muted,
      font: FONT,
      grid: { stroke: () => theme.colours.grid, width: 1 },
      ticks: { show: false },
    };
    const options: UPlot.Options = {
      width: byId('plots').clientWidth,
      height: kind.height,
      legend: { show: false },
      padding: [8, 8, 0, 0],
      scales: {
        x: { time: false, range: () => [view.range.shown.from, view.range.shown.to] },
        y: kind.logarithmic
          ? { distr: 3, range: () => [0.7, Math.max(largest * 2, 10)] }
          : { range: () => kind.yRange(this.columns) },
      },
      axes: [
        {
          ...axis,
          size: 24,
          space: 90,
          values: (_plot, splits) => timeLabels(splits),
        },
        {
          ...axis,
          size: AXIS_WIDTH,
          space: 22,
          values: (_plot, splits) => splits.map((v) => (v === null ? '' : kind.yText(v))),
          ...(kind.logarithmic ? { splits: (_plot, _axis, _low, high) => powersOfTen(high) } : {}),
        },
      ],
      series: [
        {},
        ...kind.series(theme).map((one) => ({
          paths: stepped,
          points: { show: false },
          ...one,
        })),
      ],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false },
        sync: {
          key: 'gapcap',
          filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
        },
        bind: { dblclick: () => () => showWhole(view) },
      },
      hooks: {
        draw: [(plot) => kind.draw?.(plot, this)],
        setSelect: [(plot) => this.#select(plot)],
        setCursor: [(plot) => this.#hover(plot)],
      },
    };
    const plot = new uPlot(options, this.#data(kind), byId(kind.id));
    plot.over.addEventListener('wheel', (event) => this.#wheel(event, plot), { passive: false });
    return plot;
  }

  #makeOverview(): UPlot {
    const { view, theme } = this;
    const columns = this.#overviewColumns;
    const { whole } = view.range;
    const options: UPlot.Options = {
      width: byId('plots').clientWidth,
      height: 44,
      legend: { show: false },
      padding: [2, 8, 2, AXIS_WIDTH],
      scales: {
        x: { time: false, range: () => [whole.from, whole.to] },
        y: { range: () => room(highest(columns.framesPerSecond)) },
      },
      axes: [{ show: false }, { show: false }],
      series: [
        {},
        {
          paths: uPlot.paths.stepped!({ align: 1 }),
          points: { show: false },
          stroke: () => theme.colours.captured,
          fill: () => theme.colours.capturedFill,
          width: 1,
        },
      ],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => () => showWhole(view) },
      },
      hooks: {
        draw: [(plot) => drawLossTicks(plot, columns, theme.colours)],
        setSelect: [(plot) => this.#select(plot)],
      },
    };
    const plot = new uPlot(
      options,
      this.#data(kinds[0]!).slice(0, 2) as UPlot.AlignedData,
      byId('overview'),
    );
    plot.over.addEventListener('click', (event) => {
      if (view.range.isWhole) return;
      const { from, to } = view.range.shown;
      const middle = plot.posToVal(event.offsetX, 'x');
      if (middle < from || middle > to)
        view.range.show(middle - (to - from) / 2, middle + (to - from) / 2);
    });
    return plot;
  }

  // The overview's selection is the range shown.
  #showWindow(): void {
    const plot = this.#overview;
    const { from, to } = this.view.range.shown;
    const left = plot.valToPos(from, 'x');
    const width = Math.max(plot.valToPos(to, 'x') - left, 2);
    const hidden = this.view.range.isWhole;
    const height = plot.over.clientHeight;
    plot.setSelect({ left, top: 0, width: hidden ? 0 : width, height: hidden ? 0 : height }, false);
  }

  #select(plot: UPlot): void {
    const { left, width } = plot.select;
    if (plot !== this.#overview) plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (width >= 3)
      this.view.range.show(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
    else this.#showWindow();
  }

  #hover(plot: UPlot): void {
    const left = plot.cursor.left ?? -1;
    if (plot !== this.#plots[0]) return;
    const seconds = left < 0 ? undefined : plot.posToVal(left, 'x');
    for (const listener of this.#hoverListeners) listener(seconds);
  }

  // A bare wheel scrolls the page.
  #wheel(event: WheelEvent, plot: UPlot): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const factor = event.deltaY > 0 ? 1.25 : 0.8;
    this.view.range.zoom(factor, plot.posToVal(event.offsetX, 'x'));
  }
}

function powersOfTen(high: number): number[] {
  const powers: number[] = [];
  for (let power = 1; power <= high; power *= 10) powers.push(power);
  return powers;
}

function showWhole(view: ReportView): null {
  view.range.showWhole();
  return null;
}

/** Times on the axis from the first frame on, in the unit that the distance between them asks for. */
function timeLabels(splits: readonly number[]): string[] {
  const step = splits.length > 1 ? Math.abs(splits[1]! - splits[0]!) : 1;
  const [unit, perSecond] = step >= 0.5 ? ['s', 1] : step >= 0.0005 ? ['ms', 1e3] : ['µs', 1e6];
  const digits = digitsOf(step * perSecond);
  return splits.map((seconds) => {
    if (step >= 60) return clockText(seconds, step);
    const value = (seconds * perSecond).toFixed(digits);
    const [whole, fraction] = value.split('.');
    const grouped = whole!.startsWith('-')
      ? `−${formatCount(Number(whole!.slice(1)))}`
      : formatCount(Number(whole));
    return `${grouped}${fraction === undefined ? '' : `.${fraction}`} ${unit}`;
  });
}

// As many digits after the dot as tell neighbours apart exactly: 0 for 5, 1 for 2.5.
function digitsOf(step: number): number {
  for (let digits = 0; digits < 9; digits++) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits;
  }
  return 9;
}

function clockText(seconds: number, step: number): string {
  if (step >= 3600 || seconds === 0) return durationText(seconds);
  const minutes = Math.round(seconds / 60);
  return minutes >= 60
    ? `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')} h`
    : `${minutes} min`;
}
