/**
 * Draws what `npm run bench:live` measured: CPU time per frame of each tool, one row of bars per size.
 *
 * Run: `npm run bench:plot` for the newest `bench/results/DATE-live.json`, or with other files of results:
 * `npm run bench:plot -- FILE.json …`. It writes docs/img/cost-per-frame.svg.
 */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../test/support/project-files.js';
import type { ToolCost } from './cost-summary.js';

/** What of a file of results is drawn. */
interface Results {
  readonly date: string;
  readonly machine: { readonly processor: string; readonly kernel: string };
  readonly results: readonly { readonly size: string; readonly costs: readonly ToolCost[] }[];
}

const WIDTH = 790;
const LABEL_WIDTH = 120;
const NUMBER_WIDTH = 220;
const BAR_HEIGHT = 16;
const ROW_HEIGHT = 22;
const HEADING_HEIGHT = 34;
const TOP = 44;

function escapeText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function textAt(x: number, y: number, text: string, style = ''): string {
  return `<text x="${x}" y="${y}"${style}>${escapeText(text)}</text>`;
}

/** Bars of one size, scaled to its own dearest tool; a thin line goes from the least run to the most. */
function drawSize(size: string, costs: readonly ToolCost[], top: number): string[] {
  const longestNs = Math.max(...costs.map(({ mostNs }) => mostNs));
  const scale = (WIDTH - LABEL_WIDTH - NUMBER_WIDTH) / longestNs;
  const heading = size === 'imix' ? 'IMIX' : `${size} bytes`;
  const lines = [textAt(0, top + 22, heading, ' font-weight="bold"')];
  for (const [i, cost] of costs.entries()) {
    const y = top + HEADING_HEIGHT + i * ROW_HEIGHT;
    const middle = y + BAR_HEIGHT / 2;
    const x = (ns: number): string => (LABEL_WIDTH + ns * scale).toFixed(1);
    const color = cost.tool.startsWith('gapcap') ? '#1f6feb' : '#8b949e';
    const lost = cost.lost > 0 ? `, ${((100 * cost.lost) / cost.sent).toFixed(1)} % lost` : '';
    const words = `${cost.perFrameNs.toFixed(0)} ns (${cost.leastNs.toFixed(0)}–${cost.mostNs.toFixed(0)})${lost}`;
    lines.push(
      textAt(0, y + 12, cost.tool),
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${(cost.perFrameNs * scale).toFixed(1)}" height="${BAR_HEIGHT}" fill="${color}"/>`,
      `<path d="M${x(cost.leastNs)} ${middle}H${x(cost.mostNs)}" stroke="#000" stroke-width="1.5"/>`,
      textAt(WIDTH - NUMBER_WIDTH + 8, y + 12, words),
    );
  }
  return lines;
}

function draw(files: readonly Results[]): string {
  const sizes = files.flatMap(({ results }) => results);
  assert.ok(sizes.length > 0, 'there is nothing to draw');
  const first = files[0]!;
  const body = [
    textAt(0, 16, 'CPU time per frame: median of the runs, least to most', ' font-weight="bold"'),
    textAt(
      0,
      34,
      `${first.machine.processor}, Linux ${first.machine.kernel}, ${first.date.slice(0, 10)}`,
    ),
  ];
  let top = TOP;
  for (const { size, costs } of sizes) {
    assert.ok(costs.length > 0, `no tool has frames of ${size}`);
    body.push(...drawSize(size, costs, top));
    top += HEADING_HEIGHT + costs.length * ROW_HEIGHT;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -4 ${WIDTH + 24} ${top + 20}" font-family="sans-serif" font-size="12">`,
    `<rect x="-12" y="-4" width="${WIDTH + 24}" height="${top + 20}" fill="#fff"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

const folder = join(PROJECT_ROOT, 'bench/results');
const given = process.argv.slice(2);
const newest = readdirSync(folder)
  .filter((name) => /^\d{4}-\d\d-\d\d-live\.json$/.test(name))
  .sort()
  .slice(-1);
const names = given.length > 0 ? given : newest.map((name) => join(folder, name));
const files = names.map((name) => JSON.parse(readFileSync(name, 'utf8')) as Results);
const picture = join(PROJECT_ROOT, 'docs/img/cost-per-frame.svg');
mkdirSync(join(PROJECT_ROOT, 'docs/img'), { recursive: true });
writeFileSync(picture, draw(files));
process.stdout.write(`${names.length} files of results drawn: docs/img/cost-per-frame.svg\n`);
