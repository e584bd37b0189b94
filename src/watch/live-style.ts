/** What the live page's style has beyond that of all pages. */

/** Comes behind `pageStyle`. */
export const liveStyle: string = `
header .buttons { align-items: center; gap: 12px; flex: none; }
#connection { font-size: 12px; color: var(--muted); white-space: nowrap; }
#connection::before {
  content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 6px; border-radius: 50%; background: var(--muted);
}
#connection[data-state="live"]::before { background: var(--good); }
#connection[data-state="lost"]::before { background: var(--lost); }
#connection[data-state="lost"] { color: var(--lost); }
.verdict { min-height: 27px; }
.controls { grid-template-columns: 1fr auto; }
.controls h2 { margin: 0; }
.choices { display: flex; gap: 16px; align-items: center; }
.spans { display: flex; gap: 4px; }
.spans button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); }
select { font: inherit; color: var(--ink); background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: 2px 4px; max-width: 30ch; }
.now { margin-left: auto; font-weight: 600; }
figcaption p.now { color: var(--ink); font-size: 13px; }
figcaption p.now[data-lost="true"] { color: var(--lost); }
.u-over { cursor: default; }
a { color: var(--accent); }
footer a, .note a { color: inherit; }
#gap-table { width: auto; min-width: min(100%, 720px); }
#gap-table th, #gap-table td { padding-right: 28px; }
#interface-table th:last-child, #interface-table td:last-child { padding-left: 14px; }
#interface-table .state { text-align: left; white-space: nowrap; }
#interface-table tr.losing td:first-child { box-shadow: inset 3px 0 var(--lost); padding-left: 8px; }
#interface-table tr.losing { background: var(--lost-fill); }
#interface-table tr.losing .state { color: var(--lost); font-weight: 600; }
#interface-table tr.silent .state { color: var(--lost); }
#interface-table tr.silent, #interface-table tr.ended { color: var(--muted); }
section > .scroll + .note { margin-top: 8px; }
@media (prefers-reduced-motion: no-preference) {
  #gap-table tr.new { animation: arrived 1.5s ease-out; }
  @keyframes arrived { from { background: var(--lost-fill); } to { background: transparent; } }
}
@media (max-width: 760px) {
  .choices { flex-wrap: wrap; gap: 6px 16px; }
  .now { margin-left: 0; }
}
`;
