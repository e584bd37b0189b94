/** The live plots: the last minutes, drawn anew with each event. */

import type UPlot from 'uplot';
import type { SensorGap } from '../watch/sensor-event.js';
import { scaledText } from './capture-times.js';
import { byId, fill } from './elements.js';
import type { LiveSeries } from './live-series.js';
import type { Colours, Theme } from './theme.js';

declare const uPlot: typeof UPlot;

const FONT = '12px system-ui, sans-serif';
const AXIS_WIDTH = 64;

/** What is drawn. */
export interface LivePicture {
  readonly series: LiveSeries;
  readonly gaps: readonly SensorGap[];
  /** The time shown: seconds since 1970-01-01 UTC. */
  readonly from: number;
  readonly to: number;
}

interface PlotKind {
  readonly id: string;
  readonly height: number;
  readonly values: (series: LiveSeries) => (number | null)[][];
  readonly series: (theme: Theme) => UPlot.Series[];
  readonly bands?: (theme: Theme) => UPlot.Band[];
  readonly range: (picture: LivePicture) => [number, number];
  readonly yText: (value: number) => string;
  readonly gaps?: true;
  /** What the plot's right corner says of the last second. */
  readonly now: (series: LiveSeries, at: number) => string;
}

const highest = (values: readonly (number | null)[]): number =>
  values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
const room = (value: number): [number, number] => [0, value === 0 ? 1 : value * 1.1];
const percent = (value: number): string => `${Number((value * 100).toPrecision(2))} %`;

const kinds: readonly PlotKind[] = [
  {
    id: 'rate',
    height: 190,
    values: ({ offered, frames }) => [offered, frames],
    series: ({ colours }) => [
      { stroke: () => colours.lost, width: 1 },
      { stroke: () => colours.captured, fill: () => colours.capturedFill, width: 1.25 },
    ],
    bands: ({ colours }) => [{ series: [1, 2], fill: () => colours.lostFill }],
    range: ({ series }) => room(highest(series.offered)),
    yText: scaledText,
    now: ({ frames }, at) => `${scaledText(frames[at] ?? 0)}/s`,
  },
  {
    id: 'loss',
    height: 120,
    values: ({ lost }) => [lost],
    series: ({ colours }) => [
      { stroke: () => colours.lost, fill: () => colours.lostFill, width: 1.25 },
    ],
    range: ({ series }) => room(highest(series.lost)),
    yText: scaledText,
    now: ({ lost }, at) => `${scaledText(lost[at] ?? 0)}/s`,
  },
  {
    id: 'fill',
    height: 120,
    values: ({ fill }) => [fill],
    series: ({ colours }) => [
      { stroke: () => colours.bounded, fill: () => colours.boundedFill, width: 1.25 },
    ],
    range: () => [0, 1],
    yText: percent,
    now: ({ fill }, at) => (fill[at] === null ? '' : percent(fill[at]!)),
  },
  {
    id: 'gaps',
    height: 140,
    values: ({ lost }) => [lost],
    series: () => [{ paths: () => null, stroke: 'transparent' }],
    range: ({ gaps }) => [0.7, Math.max(10, ...gaps.map(({ lost }) => lost * 2))],
    yText: scaledText,
    gaps: true,
    now: () => '',
  },
];

/** All plots of the page. */
export class LivePlots {
  readonly #theme: Theme;
  readonly #plots = new Map<string, UPlot>();
  #picture: LivePicture = {
    series: { seconds: [], frames: [], offered: [], lost: [], fill: [] },
    gaps: [],
    from: 0,
    to: 60,
  };

  constructor(theme: Theme) {
    this.#theme = theme;
    this.#make();
    theme.onChange(() => this.#make());
    window.addEventListener('resize', () => {
      const width = byId('plots').clientWidth;
      for (const { id, height } of kinds) this.#plots.get(id)!.setSize({ width, height });
    });
  }

  /** Draws. */
  show(picture: LivePicture): void {
    this.#picture = picture;
    const { series } = picture;
    const at = series.frames.findLastIndex((value) => value !== null);
    for (const kind of kinds) {
      this.#plots.get(kind.id)!.setData(this.#data(kind));
      const now = byId(`now-${kind.id}`);
      fill(now, at < 0 ? '' : kind.now(series, at));
      now.dataset['lost'] = String(kind.id === 'loss' && at >= 0 && (series.lost[at] ?? 0) > 0);
    }
  }

  // uPlot keeps the colours that it was made with.
  #make(): void {
    for (const plot of this.#plots.values()) plot.destroy();
    for (const kind of kinds) {
      const plot = new uPlot(this.#options(kind), this.#data(kind), byId(`plot-${kind.id}`));
      this.#plots.set(kind.id, plot);
    }
  }

  #data(kind: PlotKind): UPlot.AlignedData {
    const { seconds } = this.#picture.series;
    // A step reaches to the next one: the last second ends where another would begin.
    const ends = seconds.length === 0 ? [] : [seconds.at(-1)! + 1];
    const values = kind.values(this.#picture.series);
    return [[...seconds, ...ends], ...values.map((one) => [...one, ...one.slice(-1)])];
  }

  #options(kind: PlotKind): UPlot.Options {
    const theme = this.#theme;
    const axis = {
      stroke: () => theme.colours.muted,
      font: FONT,
      grid: { stroke: () => theme.colours.grid, width: 1 },
      ticks: { show: false },
    };
    return {
      width: byId('plots').clientWidth,
      height: kind.height,
      legend: { show: false },
      padding: [8, 26, 0, 0],
      cursor: { show: false },
      scales: {
        x: { time: true, range: () => [this.#picture.from, this.#picture.to] },
        y: {
          ...(kind.gaps ? { distr: 3 as const } : {}),
          range: () => kind.range(this.#picture),
        },
      },
      axes: [
        {
          ...axis,
          size: 24,
          space: 90,
          values: (_plot, splits) => splits.map(clockTime),
        },
        {
          ...axis,
          size: AXIS_WIDTH,
          space: 22,
          values: (_plot, splits) => splits.map((v) => (v === null ? '' : kind.yText(v))),
          ...(kind.gaps ? { splits: (_plot, _axis, _low, high) => powersOfTen(high) } : {}),
        },
      ],
      series: [
        {},
        ...kind.series(theme).map((one) => ({
          paths: uPlot.paths.stepped!({ align: 1 }),
          points: { show: false },
          ...one,
        })),
      ],
      bands: kind.bands?.(theme) ?? [],
      hooks: kind.gaps
        ? { draw: [(plot) => drawGaps(plot, this.#picture.gaps, theme.colours)] }
        : {},
    };
  }
}

/** The local time of day: what the clock on the wall says. */
function clockTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

function powersOfTen(high: number): number[] {
  const powers: number[] = [];
  for (let power = 1; power <= high; power *= 10) powers.push(power);
  return powers;
}

/** When a gap was: the time after it, as that is known with the gap; else the time before it. */
export function gapSeconds(gap: SensorGap): number | undefined {
  const time = gap.end ?? gap.start;
  return time === null ? undefined : Number(time);
}

function drawGaps(plot: UPlot, gaps: readonly SensorGap[], colours: Colours): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.lineWidth = devicePixelRatio * 1.5;
  for (const gap of gaps) {
    const time = gapSeconds(gap);
    if (time === undefined) continue;
    const x = plot.valToPos(time, 'x', true);
    if (x < left || x > left + width) continue;
    const y = plot.valToPos(gap.lost, 'y', true);
    const bounded = gap.certainty === 'bounded';
    const colour = bounded ? colours.bounded : colours.lost;
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    ctx.setLineDash(bounded ? [3 * devicePixelRatio, 2 * devicePixelRatio] : []);
    ctx.beginPath();
    ctx.moveTo(x, top + height);
    ctx.lineTo(x, y);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, 2.5 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
}
