/** The page's style sheet. */

/** Light and dark, screen and paper. */
export const pageStyle: string = `
:root {
  color-scheme: light;
  --page: #fcfcfa; --panel: #f4f4f0; --ink: #1c2024; --muted: #5d646d; --line: #dcdcd5; --grid: #e9e9e3;
  --captured: #3a6896; --captured-fill: #3a68962e; --peak: #3a68966b; --lost: #c4301c; --lost-fill: #c4301c2b;
  --bounded: #9a6200; --bounded-fill: #c98a1b30; --good: #2d6a3e; --accent: #245a8d;
}
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {
  color-scheme: dark;
  --page: #131518; --panel: #1b1e22; --ink: #e4e5e3; --muted: #9aa1a9; --line: #30353b; --grid: #23272c;
  --captured: #7fa8d1; --captured-fill: #7fa8d12e; --peak: #7fa8d170; --lost: #ff6f59; --lost-fill: #ff6f5936;
  --bounded: #e3a94a; --bounded-fill: #e3a94a33; --good: #7fc493; --accent: #8db8e2;
} }
:root[data-theme="dark"] {
  color-scheme: dark;
  --page: #131518; --panel: #1b1e22; --ink: #e4e5e3; --muted: #9aa1a9; --line: #30353b; --grid: #23272c;
  --captured: #7fa8d1; --captured-fill: #7fa8d12e; --peak: #7fa8d170; --lost: #ff6f59; --lost-fill: #ff6f5936;
  --bounded: #e3a94a; --bounded-fill: #e3a94a33; --good: #7fc493; --accent: #8db8e2;
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 28px 32px 48px; max-width: 1240px; background: var(--page); color: var(--ink);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, h3, p, dl, dd, figure, ul { margin: 0; padding: 0; }
header { display: flex; gap: 24px; align-items: flex-start; justify-content: space-between; }
.title { min-width: 0; }
.brand { color: var(--muted); font-size: 12px; }
h1 { font-size: 24px; line-height: 1.25; font-weight: 600; overflow-wrap: anywhere; }
#about { color: var(--muted); overflow-wrap: anywhere; }
section { margin-top: 36px; }
header + noscript + main > section:first-child { margin-top: 20px; }
h2 { font-size: 17px; font-weight: 600; margin-bottom: 8px; }
h3 { font-size: 13px; font-weight: 600; white-space: nowrap; }
.verdict { font-size: 19px; line-height: 1.4; color: var(--lost); font-weight: 600; }
.verdict.whole { color: var(--good); }
.notes { list-style: none; color: var(--bounded); }
.notes li { margin-top: 4px; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 10px 34px; margin-top: 14px; padding: 12px 0; border: solid var(--line); border-width: 1px 0; }
.figures dt { color: var(--muted); font-size: 12px; }
.figures dd { font-size: 18px; line-height: 1.35; white-space: nowrap; }
.figures .lost dd { color: var(--lost); font-weight: 600; }
.unknown { color: var(--muted); font-style: italic; }
.figures dd.unknown { font-size: 14px; line-height: 24px; }
.note, .keys { color: var(--muted); }
.note { max-width: 100ch; }
.note { margin-bottom: 8px; }
.keys { margin-top: 8px; font-size: 12px; }
kbd { font: inherit; font-size: 11px; padding: 0 5px; border: 1px solid var(--line); border-radius: 3px; background: var(--panel); }
button {
  font: inherit; color: var(--ink); background: var(--panel); border: 1px solid var(--line); border-radius: 4px;
  padding: 3px 10px; cursor: pointer;
}
button:hover:not(:disabled) { border-color: var(--muted); }
button:disabled { color: var(--muted); opacity: 0.55; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#plots { scroll-margin-top: 8px; }
.controls {
  position: sticky; top: 0; z-index: 2; display: grid; grid-template-columns: 1fr auto; gap: 0 16px;
  align-items: center; padding: 6px 0; background: var(--page); border-bottom: 1px solid var(--line);
}
#range { font-weight: 600; }
#readout { grid-row: 2; color: var(--muted); white-space: pre; overflow: hidden; text-overflow: ellipsis; }
.buttons { grid-row: 1 / span 2; grid-column: 2; display: flex; gap: 4px; }
#plots figure { margin-top: 10px; }
figcaption { display: flex; flex-wrap: wrap; gap: 0 14px; align-items: baseline; padding-left: 68px; }
figcaption p { color: var(--muted); font-size: 12px; }
#overview { margin-top: 8px; }
.plot { min-width: 0; overflow: hidden; }
.uplot { font-family: inherit; }
.u-over { cursor: crosshair; }
.u-select { background: var(--captured-fill); border: solid var(--captured); border-width: 0 1px; }
.u-hz .u-cursor-x { border-right: 1px solid var(--muted); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { padding: 3px 10px 3px 0; text-align: left; vertical-align: baseline; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-weight: 600; font-size: 12px; border-bottom: 1px solid var(--line); }
tbody th { font-weight: 400; }
tbody tr { border-bottom: 1px solid var(--grid); }
tbody tr[data-gap]:hover { background: var(--panel); }
.number { text-align: right; }
td.certainty { white-space: normal; min-width: 13ch; }
td.flow { max-width: 42ch; overflow: hidden; text-overflow: ellipsis; }
td.lost { color: var(--lost); }
thead button { all: unset; cursor: pointer; white-space: nowrap; }
thead button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
thead button::after { content: "\\2195"; opacity: 0.35; padding-left: 3px; }
th[aria-sort="ascending"] button::after { content: "\\2191"; opacity: 1; }
th[aria-sort="descending"] button::after { content: "\\2193"; opacity: 1; }
button.open { all: unset; cursor: pointer; color: var(--accent); padding: 0 2px; }
button.open::before { content: "+\\00a0"; color: var(--muted); }
button.open[aria-expanded="true"]::before { content: "\\2212\\00a0"; }
button.open:focus-visible { outline: 2px solid var(--accent); }
#gap-more { margin-top: 10px; }
.detail > td { padding: 10px 0 14px 20px; white-space: normal; background: var(--panel); }
.strip svg { display: block; width: 100%; height: 46px; background: var(--page); border-bottom: 1px solid var(--muted); }
.strip figcaption { padding: 2px 0 10px; color: var(--muted); font-size: 12px; }
.strip .frame { fill: var(--captured); }
.strip .gap { fill: var(--lost-fill); stroke: var(--lost); vector-effect: non-scaling-stroke; }
.strip .gap.bounded { fill: var(--bounded-fill); stroke: var(--bounded); stroke-dasharray: 4 3; }
.around { padding-right: 20px; }
.sides { display: flex; flex-wrap: wrap; gap: 14px 40px; margin-bottom: 10px; }
.sides > * { flex: 1 1 380px; }
.flows { width: auto; }
.flows td, .flows th { padding-right: 18px; }
.flows tbody tr:last-child { border-bottom: 0; }
.flows caption { text-align: left; font-weight: 600; }
.reading dl { display: grid; grid-template-columns: max-content minmax(0, 80ch); gap: 8px 24px; }
.reading dt { font-weight: 600; }
footer { margin-top: 40px; padding-top: 10px; border-top: 1px solid var(--line); color: var(--muted); font-size: 12px; }
@media (max-width: 760px) {
  body { padding: 16px 14px 32px; }
  .controls { grid-template-columns: 1fr; }
  .buttons { grid-row: auto; grid-column: 1; flex-wrap: wrap; }
  #readout { white-space: pre-wrap; min-height: 3em; }
  figcaption { padding-left: 0; }
  .figures { gap: 8px 24px; }
  .reading dl { grid-template-columns: 1fr; gap: 2px; }
  .reading dd { margin-bottom: 8px; }
  h3 { white-space: normal; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print {
  @page { margin: 14mm; }
  body { padding: 0; max-width: none; font-size: 9.5pt; }
  button, .keys, .buttons, #readout, #overview { display: none !important; }
  button.open { display: inline !important; color: inherit; }
  button.open::before, thead button::after { content: none !important; }
  thead button { display: inline !important; }
  .controls { position: static; }
  figure, .figures, tr, .reading dl > * { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; }
  thead { display: table-header-group; }
  th, td { padding-right: 6px; font-size: 7.5pt; white-space: normal; }
  thead button { white-space: normal !important; }
  td.flow { max-width: none; overflow-wrap: anywhere; }
  td.certainty { min-width: 0; }
  td.number, td.since { white-space: nowrap; }
}
`;
