import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { gapcapPath } from '../cli/gapcap-process.js';
import { browserSkip, launchBrowser, watchPage } from '../support/browser.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { HERE, NatsServer } from '../support/nats-server.js';
import { eventually, layCable, ShownCapture } from '../support/shown-capture.js';
import { toolSkip } from '../support/tools.js';

const skip = browserSkip() || liveSkip() || toolSkip('nats-server');
if (skip === false) enterOwnNamespace();

/** Where to leave a picture of the page, for people who want to look at it. */
const { GAPCAP_SCREENSHOT: screenshot } = process.env;

interface ShownRow {
  readonly kind: string;
  readonly cells: readonly string[];
}

/** The rows of the table of interfaces, as they stand. */
function rowsOf(page: Page): Promise<ShownRow[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('#interface-table tbody tr')].map((row) => ({
      kind: row.className,
      cells: [...row.children].map((cell) => cell.textContent ?? ''),
    })),
  );
}

const background = (page: Page, kind: string): Promise<string> =>
  page.evaluate(
    (name) =>
      getComputedStyle(document.querySelector(`#interface-table tr.${name}`)!).backgroundColor,
    kind,
  );

describe('the page of a fleet', { skip }, () => {
  let folder: string;
  let browser: Browser;
  let watcher: ChildProcess;
  let server: NatsServer;
  let url = '';
  const sensors: ShownCapture[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-fleet-page-'));
    browser = await launchBrowser();
    const cables = ['fa', 'fb', 'fc'].map(layCable);
    server = new NatsServer(HERE, folder);
    await server.start();
    for (const [index, cable] of cables.entries()) {
      const publishing = ['--publish', server.url, '--publish-spool', join(folder, 'spool')];
      sensors.push(
        await ShownCapture.start(cable, [
          ...['-w', '-', '-B', '1M', '--http', '0', '--sensor', `edge${index + 1}`],
          ...publishing,
        ]),
      );
    }
    watcher = spawn(process.execPath, [gapcapPath, 'fleet', server.url, '--http', '0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    watcher.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await eventually(
      () => /^live page: \S+$/m.test(stderr),
      () => stderr,
    );
    [, url = ''] = /^live page: (\S+)$/m.exec(stderr)!;
  });
  after(async () => {
    await browser?.close();
    watcher?.kill('SIGKILL');
    for (const sensor of sensors) sensor.kill();
    await server?.kill();
    rmSync(folder, { recursive: true });
  });

  it('has a row for each sensor, shows who is losing frames, and who died, and asks nobody else', async () => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    const complaints = watchPage(page, new Set([url, `${url}events`]));
    await page.goto(url);
    const shown = async (isSo: (rows: readonly ShownRow[]) => boolean): Promise<ShownRow[]> => {
      let rows: ShownRow[] = [];
      await eventually(
        async () => {
          rows = await rowsOf(page);
          return isSo(rows);
        },
        () => JSON.stringify(rows),
      );
      return rows;
    };
    const names = (rows: readonly ShownRow[]): string[] => rows.map(({ cells }) => cells[0]!);
    await eventually(async () => (await page.textContent('#file')) === '3 sensors');
    const calm = await shown((rows) => rows.every(({ kind }) => kind === 'running'));
    assert.deepEqual(names(calm), ['edge1', 'edge2', 'edge3']);
    assert.deepEqual(
      calm.map(({ cells }) => cells[2]),
      ['far (veth)', 'fbr (veth)', 'fcr (veth)'],
    );

    await sensors[1]!.lose(40_000);
    const losing = await shown(([first]) => first?.kind === 'losing');
    assert.deepEqual(names(losing), ['edge2', 'edge1', 'edge3'], 'who loses comes first');
    assert.match(losing[0]!.cells[1]!, /^losing since \d/);
    assert.notEqual(await background(page, 'losing'), await background(page, 'running'));
    const gaps = await page.locator('#gap-table tbody tr').allTextContents();
    assert.ok(gaps.length > 0 && gaps.every((text) => text.startsWith('edge2')));

    sensors[2]!.kill();
    const dead = await shown((rows) =>
      rows.some(({ kind, cells }) => kind === 'silent' && cells[0] === 'edge3'),
    );
    const row = dead.find(({ cells }) => cells[0] === 'edge3')!;
    assert.match(row.cells[1]!, /^silent for /);
    await eventually(async () =>
      ((await page.textContent('#notes')) ?? '').includes('No news from edge3'),
    );
    if (screenshot !== undefined) await page.screenshot({ path: screenshot, fullPage: true });
    assert.deepEqual(complaints, []);
  });
});
