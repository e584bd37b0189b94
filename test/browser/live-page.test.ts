import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { readLivePage } from '../../src/watch/live-page.js';
import { LiveServer } from '../../src/watch/live-server.js';
import { SensorMetrics } from '../../src/watch/metrics.js';
import { WatchedSensors } from '../../src/watch/watched-sensors.js';
import { browserSkip, launchBrowser, watchPage } from '../support/browser.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import {
  fakeEnd,
  fakeGaps,
  fakeReading,
  fakeSensorGap,
  fakeStart,
} from '../support/sensor-events.js';
import { type Cable, eventually, layCable, ShownCapture, sumOf } from '../support/shown-capture.js';
import { pixelsOf } from './plot-pixels.js';

const skip = browserSkip() || liveSkip();
if (skip === false) enterOwnNamespace();

const ATTACKS = [
  '<img src=x onerror="window.hacked=1">',
  '</script><script>window.hacked=2</script>',
  '"><svg onload=window.hacked=3>',
  '\u202egnp.exe',
];

const FOREIGN = 'http://192.0.2.1/x';

const textOf = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).textContent()) ?? '';

describe('the live page', { skip }, () => {
  let folder: string;
  let browser: Browser;
  let cable: Cable;
  let server: LiveServer | undefined;
  let complaints: string[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-live-'));
    cable = layCable('gl');
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server?.close();
    server = undefined;
  });

  /** Opens a page that may only speak with its own server, and is watched for all else. */
  const open = async (url: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
    complaints = watchPage(page, new Set([url, `${url}events`]));
    await page.goto(url);
    return page;
  };

  /** A server that shows what a test tells it. */
  const serve = async (
    port = 0,
  ): Promise<{ readonly url: string; readonly port: number; readonly sensors: WatchedSensors }> => {
    const sensors = new WatchedSensors();
    const metrics = new SensorMetrics(() => sensors.all);
    const made = new LiveServer({ sensors, metrics, page: readLivePage(), allowedHosts: [] });
    server = made;
    const address = await made.listen('127.0.0.1', port);
    return { url: `http://127.0.0.1:${address.port}/`, port: address.port, sensors };
  };

  it('shows a running capture: numbers move, gaps appear, the end is told', async () => {
    const args = ['-w', join(folder, 'x.pcapng'), '-B', '1M', '--json', '--http', '0'];
    const capture = await ShownCapture.start(cable, args);
    try {
      const page = await open(capture.url);
      await eventually(async () => (await textOf(page, '#verdict')) === 'No frame lost');
      assert.equal(await textOf(page, '#file'), cable.receiver);
      await capture.send(3_000, 1_500);
      await capture.caughtUp();
      await eventually(async () => (await textOf(page, '#figures')).includes('Captured3,000'));
      await eventually(async () => (await pixelsOf(page, 'plot-rate', '--captured')) > 20);
      assert.equal(await page.locator('#gap-table tbody tr').count(), 0);
      await capture.lose(40_000);
      const metrics = await capture.caughtUp();
      const lost = sumOf(metrics, 'gapcap_frames_dropped_total').toLocaleString('en');
      await eventually(async () => (await textOf(page, '#verdict')).startsWith(`${lost} of `));
      const rows = await page.locator('#gap-table tbody tr').allTextContents();
      assert.equal(rows.length, sumOf(metrics, 'gapcap_gaps_total'));
      await eventually(async () => (await pixelsOf(page, 'plot-gaps', '--lost')) > 20);
      await eventually(async () => (await pixelsOf(page, 'plot-loss', '--lost')) > 20);
      assert.equal(await textOf(page, '#connection'), 'Live');
      await capture.end();
      await eventually(async () => (await textOf(page, '#connection')) === 'Capture ended');
      assert.match(await textOf(page, '#about'), /ended: stopped$/);
      // The browser itself says that nobody answers any more.
      assert.deepEqual(
        complaints.filter((complaint) => !/ERR_CONNECTION_REFUSED/.test(complaint)),
        [],
      );
    } finally {
      capture.kill();
    }
  });

  it('shows hostile names as text, and runs nothing of them', async () => {
    const args = ['--json', '--http', '0', '--ifname', ATTACKS[0]!, '--ifdescr', ATTACKS[1]!];
    const capture = await ShownCapture.start(cable, args);
    try {
      const page = await open(capture.url);
      await eventually(async () => (await textOf(page, '#interface-table')).includes('<img'));
      assert.equal(await textOf(page, '#file'), ATTACKS[0]);
      assert.equal(
        await textOf(page, '#interface-table tbody th'),
        `${ATTACKS[0]} (${ATTACKS[1]})`,
      );
      assert.equal(await page.evaluate(() => 'hacked' in window), false);
      assert.equal(await page.locator('img, svg, iframe').count(), 0);
      assert.equal(await page.evaluate(() => document.scripts.length), 2);
      assert.deepEqual(complaints, []);
    } finally {
      capture.kill();
    }
  });

  it('lets nothing in by events either, and nothing run that is put into it', async () => {
    const { url, sensors } = await serve();
    const [name, description, file, sensor] = ATTACKS as [string, string, string, string];
    sensors.take(fakeStart({ sensor, interfaces: [{ id: 0, name, description }] }));
    const gaps = [fakeSensorGap(40, { file, start: ATTACKS[0]!, end: null })];
    sensors.take(fakeReading(1, [{ frames: 1 }], { sensor, file, gaps }));
    const page = await open(url);
    await eventually(
      async () => (await textOf(page, '#about')).includes('svg'),
      () => complaints.join('\n'),
    );
    assert.match(await textOf(page, '#about'), /^on \\u202egnp\.exe/);
    assert.equal(await page.evaluate(() => 'hacked' in window), false);
    assert.deepEqual(complaints, []);
    // What gets in all the same: the policy keeps it from running and from asking.
    const failures: (string | undefined)[] = [];
    page.on('requestfailed', (request) => failures.push(request.failure()?.errorText));
    await page.evaluate((foreign) => {
      document.body.insertAdjacentHTML('beforeend', `<img src="${foreign}">`);
      document.body.insertAdjacentHTML('beforeend', '<button onclick="window.hacked=9" id="evil">');
      document.getElementById('evil')!.click();
      const script = document.createElement('script');
      script.textContent = 'window.hacked = 10';
      document.body.append(script);
    }, FOREIGN);
    // Playwright tells of requests that the browser then didn't make.
    const told = (): string[] => complaints.filter((one) => one !== `request: ${FOREIGN}`);
    await eventually(() => told().length >= 3);
    assert.deepEqual(
      told().filter((complaint) => !/Content Security Policy/.test(complaint)),
      [],
    );
    assert.deepEqual(failures, ['csp']);
    assert.equal(await page.evaluate(() => 'hacked' in window), false);
  });

  it('connects again when the server is back, and shows what it shows then', async () => {
    const { url, port, sensors } = await serve();
    sensors.take(fakeStart());
    sensors.take(fakeReading(1, [{ frames: 5 }]));
    const page = await open(url);
    await eventually(async () => (await textOf(page, '#figures')).includes('Captured5'));
    await server!.close();
    await eventually(async () => (await textOf(page, '#connection')).startsWith('Connection lost'));
    const again = await serve(port);
    again.sensors.take(fakeStart({ run: 'run 2' }));
    again.sensors.take(fakeReading(1, [{ frames: 77 }], { run: 'run 2' }));
    await eventually(async () => (await textOf(page, '#connection')) === 'Live');
    await eventually(async () => (await textOf(page, '#figures')).includes('Captured77'));
  });

  it('adds up several interfaces and sensors, or shows the one that is chosen', async () => {
    const { url, sensors } = await serve();
    sensors.take(fakeStart({}, ['eth0', 'eth1']));
    sensors.take(fakeStart({ sensor: 'tap2' }));
    sensors.take(fakeReading(1, [{ frames: 5 }, { frames: 70, dropped: 2, exact: fakeGaps(2) }]));
    const gaps = [fakeSensorGap(2)];
    sensors.take(fakeReading(1, [{ frames: 600 }], { sensor: 'tap2', gaps }));
    const page = await open(url);
    await eventually(async () => (await textOf(page, '#file')) === '2 sensors');
    await eventually(async () => (await textOf(page, '#figures')).includes('Captured675'));
    assert.equal(await page.locator('#interface-table tbody tr').count(), 3);
    assert.match(await textOf(page, '#gap-table tbody'), /^tap2/);
    await page.selectOption('#choice', { label: 'tap1: eth1' });
    await eventually(async () => (await textOf(page, '#figures')).includes('Captured70'));
    assert.match(await textOf(page, '#verdict'), /^2 of 72 frames lost \(2\.78 %\) in 1 gap$/);
    assert.equal(await page.locator('#gap-table tbody tr').count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('has colours for the dark, and changes them at a click', async () => {
    const { url, sensors } = await serve();
    sensors.take(fakeStart());
    for (let i = 0; i < 20; i++) sensors.take(fakeReading(i, [{ frames: i * 100 }]));
    const page = await open(url, 'dark');
    const background = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await background(), 'rgb(19, 21, 24)');
    await eventually(async () => (await pixelsOf(page, 'plot-rate', '--captured')) > 20);
    await page.click('#theme');
    assert.equal(await background(), 'rgb(252, 252, 250)');
    await eventually(async () => (await pixelsOf(page, 'plot-rate', '--captured')) > 20);
    await page.click('button[data-seconds="60"]');
    assert.equal(await page.getAttribute('button[data-seconds="60"]', 'aria-pressed'), 'true');
    assert.deepEqual(complaints, []);
  });

  it('holds no more rows than it shows, however many gaps come', async () => {
    const { url, sensors } = await serve();
    sensors.take(fakeStart());
    const page = await open(url);
    let total = 0;
    for (let i = 1; i <= 60; i++) {
      total += 1_020;
      const counts = { dropped: total, exact: { ...fakeGaps(), gaps: total, lost: total } };
      const gaps = Array.from({ length: 20 }, (_, k) => fakeSensorGap(1, { before: i * 100 + k }));
      sensors.take(fakeReading(i, [counts], { gaps, gapsOmitted: 1_000 }));
    }
    sensors.take(fakeEnd(61));
    await eventually(async () => (await textOf(page, '#connection')) === 'Capture ended');
    await eventually(async () => (await textOf(page, '#gap-note')).startsWith('61,150 more'));
    assert.equal(await page.locator('#gap-table tbody tr').count(), 50);
    assert.ok((await page.evaluate(() => document.querySelectorAll('*').length)) < 1_000);
    assert.deepEqual(complaints, []);
  });
});
