/** Where the page starts: reads the report that is embedded in it and shows it. */

import type { ReportJson } from '../report/report-json.js';
import { byId } from './elements.js';
import { GapTable } from './gap-table.js';
import { connectControls } from './plot-controls.js';
import { Plots } from './plots.js';
import { toReportView } from './report-view.js';
import { showInterfaces, showPlotSummaries, showSummary } from './summary.js';
import { Theme } from './theme.js';

/** Width of the plots on paper, in CSS pixels. */
const PAPER_WIDTH = 700;

const view = toReportView(JSON.parse(byId('report-data').textContent) as ReportJson);
const theme = new Theme();
showSummary(view);
showPlotSummaries(view);
showInterfaces(view);
const plots = new Plots(view, theme);
connectControls(view, plots);
const table = new GapTable(view, plots);

// Paper is white, has its own width and nothing to click.
let afterPrint: (() => void) | undefined;
window.addEventListener('beforeprint', () => {
  if (afterPrint !== undefined) return;
  const { chosen } = theme;
  const fold = table.showAll();
  theme.choose('light');
  plots.resize(PAPER_WIDTH);
  afterPrint = () => {
    fold();
    theme.choose(chosen);
    plots.resize();
  };
});
window.addEventListener('afterprint', () => {
  afterPrint?.();
  afterPrint = undefined;
});
