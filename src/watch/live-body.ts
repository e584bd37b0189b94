/** The body of the live page as it is before the first event. */

const PLOTS: readonly (readonly [id: string, title: string, about: string])[] = [
  ['rate', 'Frames per second', 'captured, and lost on top of it in red'],
  ['loss', 'Lost per second', 'frames dropped because ring or queue was full'],
  ['fill', 'Fill of the ring', 'the highest within each second; a full ring loses frames'],
  ['gaps', 'Gaps', 'frames lost in each; dashed where the place is bounded, not exact'],
];

const figures = PLOTS.map(
  ([
    id,
    title,
    about,
  ]) => `<figure role="group" aria-labelledby="title-${id}" aria-describedby="about-${id}">
<figcaption><h3 id="title-${id}">${title}</h3><p id="about-${id}">${about}</p><p id="now-${id}" class="now"></p></figcaption>
<div id="plot-${id}" class="plot" aria-hidden="true"></div>
</figure>`,
).join('\n');

/**
 * The body's HTML; constant but for the version.
 *
 * @param version of gapcap; digits and dots
 */
export function liveBody(version: string): string {
  return `<header>
<div class="title">
<p class="brand">gapcap live</p>
<h1 id="file">Capture</h1>
<p id="about"></p>
</div>
<div class="buttons">
<p id="connection" role="status" data-state="waiting">Connecting</p>
<button type="button" id="theme">Dark</button>
</div>
</header>
<noscript><p class="note">This page draws itself with a script of its own; scripts are turned off. <a href="/metrics">/metrics</a> has the same numbers.</p></noscript>
<main>
<section aria-label="Summary">
<p id="verdict" class="verdict" role="status"></p>
<ul id="notes" class="notes"></ul>
<dl id="figures" class="figures"></dl>
</section>
<section aria-labelledby="heading-time">
<div class="controls">
<h2 id="heading-time">Now</h2>
<div class="choices">
<label id="choice-label" hidden>Show <select id="choice"></select></label>
<div role="group" aria-label="Time shown" class="spans">
<button type="button" data-seconds="60" aria-pressed="false">1 min</button>
<button type="button" data-seconds="180" aria-pressed="true">3 min</button>
<button type="button" data-seconds="600" aria-pressed="false">10 min</button>
</div>
</div>
</div>
<div id="plots">
${figures}
</div>
</section>
<section aria-labelledby="heading-gaps">
<h2 id="heading-gaps">Latest gaps</h2>
<p id="gap-note" class="note"></p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="heading-gaps"><table id="gap-table"></table></div>
</section>
<section aria-labelledby="heading-interfaces">
<h2 id="heading-interfaces">Interfaces</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="heading-interfaces"><table id="interface-table"></table></div>
<p class="note">Frames that network card, driver or the host's backlog lost never reached the capture: they are in no gap and not in Lost.</p>
</section>
</main>
<footer>gapcap ${version}. Counts are read once a second, and as soon as there is a gap. <a href="/metrics">/metrics</a> is for Prometheus. Plots: uPlot.</footer>`;
}
