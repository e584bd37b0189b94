import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { htmlPage } from '../../src/report/html-page.js';
import type { ReportJson } from '../../src/report/report-json.js';
import { runGapcap } from '../cli/gapcap-process.js';
import { browserSkip, launchBrowser, openPage, type PageOptions } from '../support/browser.js';
import { fakeReport } from '../support/report-fixture.js';
import { type TrafficTotals, writeTrafficFile } from '../support/traffic-file.js';
import { pixelsOf } from './plot-pixels.js';

const PLOTS = ['plot-frames', 'plot-bytes', 'plot-lost', 'plot-gaps'] as const;

/** What each plot shows, as a text that differs when it does. */
async function pictures(page: Page): Promise<string[]> {
  // Drawing happens at the next refresh of the screen.
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
  return page.evaluate(
    (ids) =>
      ids.map((id) => document.querySelector<HTMLCanvasElement>(`#${id} canvas`)!.toDataURL()),
    PLOTS.slice(),
  );
}

const rangeOf = (page: Page): Promise<string | null> => page.locator('#range').textContent();

/** The cells of one column of the table of gaps, from top to bottom. */
function column(page: Page, number: number): Promise<string[]> {
  return page.locator(`#gap-table tr[data-gap] > :nth-child(${number})`).allTextContents();
}

describe('the page of a report', { skip: browserSkip() }, () => {
  let folder: string;
  let browser: Browser;
  let traffic: string;
  let totals: TrafficTotals;
  const path = (name: string): string => join(folder, name);
  const write = (name: string, report: ReportJson): string => {
    writeFileSync(path(name), [...htmlPage(report)].join(''));
    return path(name);
  };
  /** Opens a page, looks at it, and wants nothing to have happened that shouldn't. */
  const look = async (
    file: string,
    see: (page: Page) => Promise<void>,
    options: PageOptions = {},
  ): Promise<void> => {
    const { page, complaints } = await openPage(browser, file, options);
    try {
      await see(page);
      assert.deepEqual(complaints, []);
    } finally {
      await page.close();
    }
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-page-'));
    totals = writeTrafficFile(path('traffic.pcapng'), { frames: 30_000, framesPerGap: 400 });
    traffic = path('traffic.html');
    const run = await runGapcap(['report', path('traffic.pcapng'), '-o', traffic]);
    assert.equal(run.status, 0, run.stderr);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  it('opens from a file without a request, an error or a word on the console', async () => {
    await look(traffic, async (page) => {
      assert.equal(await page.title(), 'traffic.pcapng: gapcap report');
      const verdict = await page.locator('#verdict').textContent();
      const received = (totals.frames + totals.lost).toLocaleString('en');
      assert.match(
        verdict!,
        new RegExp(`^${totals.lost.toLocaleString('en')} of ${received} frames`),
      );
      const figures = await page.locator('#figures').textContent();
      assert.match(figures!, new RegExp(`Gaps${totals.gaps}`));
      assert.match(figures!, /Lost in NIC100/);
    });
  });

  it('draws what was captured and what was lost', async () => {
    await look(traffic, async (page) => {
      assert.ok((await pixelsOf(page, 'plot-frames', '--captured')) > 500);
      assert.ok((await pixelsOf(page, 'plot-frames', '--lost')) > 50);
      assert.ok((await pixelsOf(page, 'plot-bytes', '--captured')) > 500);
      assert.ok((await pixelsOf(page, 'plot-lost', '--lost')) > 500);
      assert.ok((await pixelsOf(page, 'plot-gaps', '--lost')) > 500);
      assert.ok((await pixelsOf(page, 'plot-gaps', '--bounded')) > 20);
    });
    await look(write('whole.html', { ...fakeReport({}), gaps: [] }), async (page) => {
      assert.equal(await pixelsOf(page, 'plot-gaps', '--lost'), 0);
    });
  });

  it('zooms all plots where one is dragged across, and shows all on a double click', async () => {
    await look(traffic, async (page) => {
      const whole = await pictures(page);
      const box = (await page.locator('#plot-frames .u-over').boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.4, box.y + 50);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 });
      await page.mouse.up();
      const zoomed = await pictures(page);
      for (const [i, picture] of zoomed.entries()) assert.notEqual(picture, whole[i], PLOTS[i]);
      assert.match((await rangeOf(page))!, /^\d\d:\d\d:\d\d\.\d+ to .* UTC, \d+(\.\d+)? ms$/);
      await page.mouse.dblclick(box.x + box.width * 0.7, box.y + 50);
      await page.mouse.move(0, 0);
      assert.deepEqual(await pictures(page), whole);
      assert.match((await rangeOf(page))!, /^The whole capture/);
    });
  });

  it('moves and zooms by keys and by buttons', async () => {
    await look(traffic, async (page) => {
      const whole = await pictures(page);
      await page.locator('#plots').focus();
      const seen = new Set<string | null>([await rangeOf(page)]);
      for (const key of ['+', '+', 'ArrowRight', 'ArrowRight', 'ArrowLeft', 'n', 'n', 'p']) {
        await page.keyboard.press(key);
        await pictures(page);
        seen.add(await rangeOf(page));
      }
      assert.ok(seen.size >= 7, [...seen].join('\n'));
      await page.keyboard.press('0');
      assert.match((await pictures(page)) && (await rangeOf(page))!, /^The whole/);
      assert.equal(await page.getByRole('button', { name: 'Zoom out' }).isDisabled(), true);
      await page.getByRole('button', { name: 'Zoom in' }).click();
      assert.notDeepEqual(await pictures(page), whole);
      await page.getByRole('button', { name: 'All' }).click();
      await pictures(page);
      assert.match((await rangeOf(page))!, /^The whole/);
    });
  });

  it('shows the time under the pointer in all plots, with what is known of it', async () => {
    await look(traffic, async (page) => {
      const box = (await page.locator('#plot-bytes .u-over').boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + 20);
      const readout = await page.locator('#readout').textContent();
      assert.match(readout!, /^\d\d:\d\d:\d\d\.\d+ UTC .*frames\/s .*B\/s .*lost so far/);
      for (const plot of PLOTS) {
        const place = await page.locator(`#${plot} .u-cursor-x`).boundingBox();
        assert.ok(Math.abs(place!.x - (box.x + box.width / 2)) < 3, plot);
      }
    });
  });

  it('sorts the table by any column, by pointer and by keys', async () => {
    await look(traffic, async (page) => {
      const heading = page.locator('#gap-table th', { hasText: 'Lost' });
      const numbers = async (): Promise<number[]> =>
        (await column(page, 2)).map((text) => Number(text.replaceAll(',', '')));
      const inFile = await numbers();
      await heading.getByRole('button').click();
      assert.equal(await heading.getAttribute('aria-sort'), 'descending');
      assert.deepEqual(
        await numbers(),
        inFile.toSorted((a, b) => b - a),
      );
      await heading.getByRole('button').focus();
      await page.keyboard.press('Enter');
      assert.equal(await heading.getAttribute('aria-sort'), 'ascending');
      assert.deepEqual(
        await numbers(),
        inFile.toSorted((a, b) => a - b),
      );
      const first = page.locator('#gap-table th').first();
      await first.getByRole('button').click();
      assert.deepEqual(await numbers(), inFile);
      assert.equal(await heading.getAttribute('aria-sort'), 'none');
      const certainty = page.locator('#gap-table th', { hasText: 'Certainty' });
      await certainty.getByRole('button').click();
      assert.match((await column(page, 10))[0]!, /^bounded/);
    });
  });

  it('names the ring of each gap where several feed the interface, and only there', async () => {
    const one = fakeReport({ 101: 40, 301: 2 });
    const gaps = one.gaps.map((gap, i) => (i === 2 ? gap : { ...gap, queue: 2 - i }));
    await look(write('rings.html', { ...one, gaps }), async (page) => {
      const heading = page.locator('#gap-table th', { hasText: 'Ring' });
      assert.deepEqual(await column(page, 10), ['2', '1', '']);
      await heading.getByRole('button').click();
      await heading.getByRole('button').click();
      assert.deepEqual(await column(page, 10), ['1', '2', '']);
    });
    await look(write('one-ring.html', one), async (page) => {
      assert.equal(await page.locator('#gap-table th', { hasText: 'Ring' }).count(), 0);
    });
  });

  it('says what a copy left out, in words and in the table', async () => {
    const whole = fakeReport({ 101: 40 });
    const [one] = whole.interfaces;
    const copy = { ...whole, interfaces: [{ ...one!, leftOut: 1_234 }] };
    const heading = '#interface-table th:nth-child(4)';
    await look(write('copy.html', copy), async (page) => {
      assert.match(
        (await page.locator('#notes').textContent())!,
        /a copy without 1,234 frames of the capture/,
      );
      assert.equal(await page.locator(heading).textContent(), 'Left out');
      assert.equal(await page.locator('#interface-table td').nth(2).textContent(), '1,234');
    });
    await look(write('no-copy.html', whole), async (page) => {
      assert.equal(await page.locator(heading).textContent(), 'Lost');
    });
  });

  it('doesn’t count places at which no frame was counted as gaps', async () => {
    const report = fakeReport({ 101: 40, 301: 2 });
    const gaps = report.gaps.map((gap, i) => (i === 1 ? { ...gap, lost: 0 } : gap));
    await look(write('places.html', { ...report, gaps, gapCount: 2 }), async (page) => {
      const note = await page.locator('#gap-note').textContent();
      assert.match(note!, /^All 2 gaps and 1 possible place\. A row with 0 lost/);
      const about = await page.locator('#about-gaps').textContent();
      assert.match(about!, /^2 gaps and 1 possible place, as wide/);
    });
  });

  it('opens what lies around a gap, and shows the gap in the plots', async () => {
    await look(traffic, async (page) => {
      const open = page.locator('#gap-table button.open').nth(2);
      await open.click();
      assert.equal(await open.getAttribute('aria-expanded'), 'true');
      const detail = page.locator('tr.detail');
      assert.match(
        (await detail.locator('figcaption').textContent())!,
        /^24 frames before the gap, .* lost, 24 frames after it/,
      );
      assert.equal(await detail.locator('table.flows').count(), 2);
      assert.match(
        (await detail.locator('td.flow').first().textContent())!,
        /^192\.0\.2\.\d:\d+ ↔ 198\.51\.100/,
      );
      const whole = await pictures(page);
      await detail.getByRole('button', { name: 'Show in the plots' }).click();
      assert.notDeepEqual(await pictures(page), whole);
      assert.doesNotMatch((await rangeOf(page))!, /whole/);
      await open.click();
      assert.equal(await detail.count(), 0);
    });
  });

  it('is light or dark as the system is, until the reader chooses', async () => {
    const ground = (page: Page): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const brightness = (colour: string): number =>
      (colour.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
    await look(
      traffic,
      async (page) => {
        assert.ok(brightness(await ground(page)) < 40);
        const dark = await pictures(page);
        assert.ok((await pixelsOf(page, 'plot-frames', '--captured')) > 500);
        await page.getByRole('button', { name: 'Switch to light colours' }).click();
        assert.ok(brightness(await ground(page)) > 215);
        for (const [i, picture] of (await pictures(page)).entries()) {
          assert.notEqual(picture, dark[i], PLOTS[i]);
        }
        assert.ok((await pixelsOf(page, 'plot-frames', '--captured')) > 500);
      },
      { colorScheme: 'dark' },
    );
    await look(traffic, async (page) => assert.ok(brightness(await ground(page)) > 215));
  });

  it('says in words what each plot shows', async () => {
    await look(traffic, async (page) => {
      for (const name of ['Frames per second', 'Bytes per second', 'Frames lost so far', 'Gaps']) {
        assert.equal(await page.getByRole('group', { name, exact: false }).last().count(), 1, name);
      }
      for (const id of ['about-frames', 'about-bytes', 'about-lost', 'about-gaps']) {
        assert.match((await page.locator(`#${id}`).textContent())!, /\w+ \w+/, id);
      }
      // Every button has a name, every table has headings.
      const nameless = await page
        .getByRole('button')
        .evaluateAll(
          (all) => all.filter((one) => `${one.textContent}${one.ariaLabel}` === '').length,
        );
      assert.equal(nameless, 0);
    });
  });

  it('fits a narrow screen', async () => {
    await look(
      traffic,
      async (page) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${wide} pixels too wide`);
        assert.ok((await pixelsOf(page, 'plot-frames', '--captured')) > 100);
      },
      { width: 360, height: 800 },
    );
  });

  it('prints on white, without buttons, with every row', async () => {
    const gaps = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [i * 2 + 2, i + 1]));
    await look(
      write('many.html', fakeReport(gaps)),
      async (page) => {
        assert.equal((await column(page, 2)).length, 100);
        const ground = 'getComputedStyle(document.body).backgroundColor';
        const screen = await page.evaluate(ground);
        await page.emulateMedia({ media: 'print' });
        await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
        assert.equal((await column(page, 2)).length, 151);
        assert.notEqual(await page.evaluate(ground), screen);
        assert.equal(await page.getByRole('button', { name: 'Zoom in' }).isVisible(), false);
        await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
        await page.emulateMedia({ media: 'screen' });
        assert.equal((await column(page, 2)).length, 100);
        assert.equal(await page.evaluate(ground), screen);
        const paper = await page.pdf({ format: 'A4' });
        assert.ok((paper.toString('latin1').match(/\/Type \/Page\b/g) ?? []).length >= 3);
      },
      { colorScheme: 'dark' },
    );
  });

  it('shows all rows on demand and says what the table leaves out', async () => {
    const gaps = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [i * 2 + 2, i + 1]));
    const report = { ...fakeReport(gaps), gapsOmitted: 8560, gapCount: 8711 };
    await look(write('left-out.html', report), async (page) => {
      assert.match(
        (await page.locator('#gap-note').textContent())!,
        /^151 of 8,711 gaps.*8,560 are left out/,
      );
      await page.getByRole('button', { name: 'Show all 151 rows' }).click();
      assert.equal((await column(page, 2)).length, 151);
    });
  });

  it('shows captures with nothing to draw', async () => {
    const empty = fakeReport({});
    const timeline = { ...empty.timeline, start: null, frames: [], bytes: [], lost: [], gaps: [] };
    const unknown = { ...empty.interfaces[0]!, lost: null, finalGap: null, unplaced: null };
    const reports: Record<string, ReportJson> = {
      'no-frame': {
        ...empty,
        frames: 0,
        bytes: 0,
        start: null,
        end: null,
        gaps: [],
        gapCount: 0,
        timeline,
      },
      'no-interface': { ...empty, interfaces: [], frames: 0, gaps: [], timeline },
      'one-moment': { ...empty, end: empty.start },
      'loss-unknown': { ...empty, lost: null, gaps: [], gapCount: 0, interfaces: [unknown] },
    };
    for (const [name, report] of Object.entries(reports)) {
      await look(write(`${name}.html`, report), async (page) => {
        assert.ok((await page.locator('#verdict').textContent())!.length > 10, name);
        await page.locator('#plots').focus();
        for (const key of ['+', '-', 'n', 'p', 'ArrowLeft', '0']) await page.keyboard.press(key);
        await pictures(page);
      });
    }
    await look(path('loss-unknown.html'), async (page) => {
      assert.match(
        (await page.locator('#verdict').textContent())!,
        /doesn't record whether any were lost/,
      );
    });
  });

  it('zooms a report of the greatest size within a moment', async () => {
    const report = fakeReport(
      Object.fromEntries(Array.from({ length: 399 }, (_, i) => [i + 2, i + 1])),
    );
    const many = Array.from({ length: 40_000 }, (_, i) => 100 + (i % 97));
    report.timeline = {
      ...report.timeline,
      intervalNs: 1_000_000,
      frames: many,
      bytes: many,
      lost: many.map((n) => n % 7),
      gaps: many,
    };
    report.end = '1795355100.000000000';
    await look(write('greatest.html', report), async (page) => {
      const slowest = await page.evaluate(async () => {
        let most = 0;
        for (const key of ['+', '+', 'ArrowRight', '+', '-', 'ArrowLeft', '+', '0']) {
          const start = performance.now();
          document.getElementById('plots')!.dispatchEvent(new KeyboardEvent('keydown', { key }));
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          most = Math.max(most, performance.now() - start);
        }
        return most;
      });
      // Two refreshes of the screen take 33 ms; a busy machine gets some time more.
      assert.ok(slowest < 400, `${slowest} ms`);
    });
  });
});
