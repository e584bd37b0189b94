/** The body of the page as it is before its script fills it in. */

const KEYS = `<kbd>←</kbd> <kbd>→</kbd> move, <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>0</kbd> shows all, <kbd>n</kbd> <kbd>p</kbd> next and previous gap`;

const PLOTS: readonly (readonly [id: string, title: string])[] = [
  ['frames', 'Frames per second'],
  ['bytes', 'Bytes per second'],
  ['lost', 'Frames lost so far'],
  ['gaps', 'Gaps: frames lost in each'],
];

const figures = PLOTS.map(
  ([
    id,
    title,
  ]) => `<figure role="group" aria-labelledby="title-${id}" aria-describedby="about-${id}">
<figcaption><h3 id="title-${id}">${title}</h3><p id="about-${id}"></p></figcaption>
<div id="plot-${id}" class="plot" aria-hidden="true"></div>
</figure>`,
).join('\n');

/**
 * The body's HTML; constant but for the version.
 *
 * @param version of gapcap; digits and dots
 */
export function pageBody(version: string): string {
  return `<header>
<div class="title">
<p class="brand">gapcap report</p>
<h1 id="file">Capture</h1>
<p id="about"></p>
</div>
<button type="button" id="theme">Dark</button>
</header>
<noscript><p class="note">This page draws itself with a script of its own; scripts are turned off.</p></noscript>
<main>
<section aria-label="Summary">
<p id="verdict" class="verdict"></p>
<ul id="notes" class="notes"></ul>
<dl id="figures" class="figures"></dl>
</section>
<section aria-labelledby="heading-time">
<h2 id="heading-time">Over time</h2>
<div id="plots" tabindex="0" role="group" aria-label="Plots over time. Arrow keys move, plus and minus zoom, 0 shows all, n and p go to the next and the previous gap. The table of gaps below says the same in words.">
<div class="controls">
<p id="range" role="status"></p>
<p id="readout"></p>
<div class="buttons">
<button type="button" data-key="p" aria-label="Previous gap" title="Previous gap (p)">‹ gap</button>
<button type="button" data-key="n" aria-label="Next gap" title="Next gap (n)">gap ›</button>
<button type="button" data-key="ArrowLeft" aria-label="Earlier" title="Earlier (←)">←</button>
<button type="button" data-key="ArrowRight" aria-label="Later" title="Later (→)">→</button>
<button type="button" data-key="-" aria-label="Zoom out" title="Zoom out (−)">−</button>
<button type="button" data-key="+" aria-label="Zoom in" title="Zoom in (+)">+</button>
<button type="button" data-key="0" title="Show the whole capture (0)">All</button>
</div>
</div>
<div id="overview" class="plot" aria-hidden="true"></div>
${figures}
<p class="keys">Drag across a plot to zoom in, double click to see all. Keys: ${KEYS}. Ctrl and the wheel zoom at the pointer.</p>
</div>
</section>
<section aria-labelledby="heading-gaps">
<h2 id="heading-gaps">Gaps</h2>
<p id="gap-note" class="note"></p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="heading-gaps"><table id="gap-table"></table></div>
<button type="button" id="gap-more" hidden></button>
</section>
<section aria-labelledby="heading-interfaces">
<h2 id="heading-interfaces">Interfaces and network cards</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="heading-interfaces"><table id="interface-table"></table></div>
<p class="note">Frames that network card or driver lost never reached the socket: they are in no gap and not in Lost.</p>
</section>
<section aria-labelledby="heading-reading" class="reading">
<h2 id="heading-reading">How to read this page</h2>
<dl>
<dt>Lost</dt>
<dd>The kernel received a frame that passed the filter and discarded it, because the queue or ring of the capture was full. It never
reached the file. Received is captured and lost together.</dd>
<dt>Gap</dt>
<dd>One run of lost frames between two captured ones of the same interface, or of the same ring where several feed it. Frames are numbered from 1, as Wireshark numbers them.
The lost ones passed at some time between the two; the file can't say when. Plots spread them evenly over that time, which is
their mean rate there and not a record of it.</dd>
<dt>Since, within</dt>
<dd>The time of the last frame before the gap, and how long it took until the first one after it.</dd>
<dt>Rate before, rate after</dt>
<dd>Frames a second among the 100 frames of the file on that side, those of the gap's interface. A rate that climbs before a gap and
is high after it speaks for a burst; one that is the same all along speaks for a reader that stood still.</dd>
<dt>Certainty</dt>
<dd><b>exact</b>: number and place are known. <b>bounded</b>: the sum over the gaps of a group is exact, how it is split among them
is not; the true number lies between the two that are given. Drawn dashed.</dd>
<dt>Columns and peaks</dt>
<dd>A plot shows as many columns as it has room for, each the mean over its time; the thin line above the filled area is the busiest
interval within each. Zooming in makes columns shorter, down to the report's intervals. Close up, single frames around
listed gaps appear at the foot of the last plot.</dd>
<dt>Not recorded</dt>
<dd>The file has no number for it. That isn't 0.</dd>
</dl>
</section>
</main>
<footer>Made by gapcap ${version}. This page holds all it shows and loads nothing. Plots: uPlot.</footer>`;
}
