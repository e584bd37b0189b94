/** Where the live page starts: listens for events and shows what they come to. */

import type { SensorEvent, SensorsPicture } from '../watch/sensor-event.js';
import { WatchedSensors } from '../watch/watched-sensors.js';
import { byId, fill } from './elements.js';
import { LiveChoice } from './live-choice.js';
import { gapSeconds, LivePlots } from './live-plots.js';
import { lastWholeSecond, toLiveSeries } from './live-series.js';
import { showLiveSummary } from './live-summary.js';
import { LiveGapTable, showLiveInterfaces } from './live-tables.js';
import { Theme } from './theme.js';

const CHECK_MS = 2_000;

const sensors = new WatchedSensors();
const plots = new LivePlots(new Theme());
const table = new LiveGapTable();
const choice = new LiveChoice(() => draw());
const spanButtons = [...document.querySelectorAll<HTMLButtonElement>('button[data-seconds]')];
let spanSeconds = 180;
let pending = 0;

/** Shows everything at the next refresh of the screen. */
function draw(): void {
  if (pending !== 0) return;
  pending = requestAnimationFrame(() => {
    pending = 0;
    const { all } = sensors;
    choice.offer(all);
    const chosen = choice.chosen(all);
    showLiveSummary(chosen, all);
    table.show(chosen);
    showLiveInterfaces(all);
    const last = lastWholeSecond(chosen);
    const to = last === undefined ? Math.floor(Date.now() / 1000) : last + 1;
    const from = to - spanSeconds;
    const gaps = chosen.flatMap(({ sensor, interfaces }) =>
      sensor.gaps.filter((gap) => {
        const seconds = gapSeconds(gap);
        return interfaces.includes(gap.interface) && seconds !== undefined && seconds >= from;
      }),
    );
    plots.show({ series: toLiveSeries(chosen, from, to), gaps, from, to });
  });
}

function showConnection(state: 'live' | 'lost' | 'ended', text: string): void {
  const connection = byId('connection');
  // A word that is already there isn't read out again.
  if (connection.textContent === text) return;
  connection.dataset['state'] = state;
  fill(connection, text);
}

function isOver(): boolean {
  const { all } = sensors;
  return all.length > 0 && all.every(({ end }) => end !== null);
}

function take(event: SensorEvent): void {
  sensors.take(event);
  if (isOver()) showConnection('ended', 'Capture ended');
  draw();
}

function listen(): void {
  const source = new EventSource('/events');
  source.addEventListener('sensors', (message) => {
    sensors.restore(JSON.parse(message.data as string) as SensorsPicture);
    if (isOver()) showConnection('ended', 'Capture ended');
    else showConnection('live', 'Live');
    draw();
  });
  for (const kind of ['start', 'reading', 'end'] as const) {
    source.addEventListener(kind, (message) =>
      take(JSON.parse(message.data as string) as SensorEvent),
    );
  }
  source.addEventListener('error', () => {
    if (!isOver()) showConnection('lost', 'Connection lost, trying again');
    // A refusal, such as that of too many pages, ends the browser's own trying.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 10_000);
  });
}

for (const button of spanButtons) {
  button.addEventListener('click', () => {
    spanSeconds = Number(button.dataset['seconds']);
    for (const one of spanButtons) one.setAttribute('aria-pressed', String(one === button));
    draw();
  });
}
setInterval(draw, CHECK_MS);
listen();
