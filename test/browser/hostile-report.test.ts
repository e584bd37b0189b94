import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { runGapcap } from '../cli/gapcap-process.js';
import {
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  interfaceDescription,
  option,
  sectionHeader,
} from '../support/block-bytes.js';
import { browserSkip, launchBrowser, openPage } from '../support/browser.js';

const ATTACKS = [
  '</script><script>window.hacked=1</script>',
  '<img src=x onerror="window.hacked=2">',
  '<svg onload=window.hacked=3>',
  '"><iframe src="javascript:parent.hacked=4"></iframe>',
  "' onmouseover='window.hacked=5",
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  'javascript:window.hacked=6',
  '<!--<script>',
  '$'.concat('{window.hacked=7}{{window.hacked=8}}'),
  '<style>@import url(http://192.0.2.1/x.css)</style><link rel=stylesheet href=//192.0.2.1/y>',
  '\u202egnp.exe\u2066',
  '__proto__',
  '=cmd|calc',
] as const;

/** A lone continuation byte, an overlong slash, half a character, a NUL and an escape. */
const BROKEN = Uint8Array.of(
  0x3c,
  0x62,
  0x3e,
  0x80,
  0xc0,
  0xaf,
  0xe2,
  0x82,
  0x00,
  0x1b,
  0x5b,
  0x32,
  0x4a,
);

/** Every text that a file can hold is an attack in this one. */
function hostileFile(): Uint8Array {
  const names = [...ATTACKS.map((text) => Buffer.from(text)), BROKEN];
  return concat(
    sectionHeader(
      'little',
      option('little', 1, ATTACKS[0]), // opt_comment
      option('little', 2, ATTACKS[1]), // shb_hardware
      option('little', 3, ATTACKS[2]), // shb_os
      option('little', 4, `${ATTACKS[0]}${ATTACKS[1]}`), // shb_userappl
      END_OF_OPTIONS,
    ),
    ...names.map((name, i) =>
      interfaceDescription(
        'little',
        0,
        option('little', 2, new Uint8Array(name)), // if_name
        option('little', 3, ATTACKS[i % ATTACKS.length]!), // if_description
        option('little', 1, ATTACKS[0]),
        END_OF_OPTIONS,
      ),
    ),
    ...names.flatMap((_, id) =>
      [0n, 1n].map((tick) =>
        enhancedPacket(
          'little',
          id,
          1_795_355_060_000_000n + BigInt(id) * 10n + tick,
          new Uint8Array(64).fill(0x3c),
          option('little', 1, ATTACKS[1]),
          option('little', 4, [3n, 8]), // epb_dropcount
          END_OF_OPTIONS,
        ),
      ),
    ),
  );
}

describe('a report of a hostile file', { skip: browserSkip() }, () => {
  let folder: string;
  let browser: Browser;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-hostile-'));
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  it('runs nothing, asks for nothing, and shows the texts as texts', async () => {
    const file = join(folder, '<img src=x onerror=hacked=9>.pcapng');
    writeFileSync(file, hostileFile());
    const html = join(folder, 'page.html');
    const run = await runGapcap(['report', file, '-o', html]);
    assert.equal(run.status, 0, run.stderr);
    const { page, complaints } = await openPage(browser, html);
    for (const open of await page.locator('button.open').all()) await open.click();
    await page.locator('tr[data-gap]').first().hover();
    await page.locator('#plot-gaps .u-over').hover();
    assert.equal(await page.evaluate(() => 'hacked' in window), false);
    const foreign = await page.evaluate(
      () => document.querySelectorAll('img, iframe, a, link, object, embed, base, form').length,
    );
    assert.equal(foreign, 0);
    const scripts = await page.evaluate(() => document.scripts.length);
    assert.equal(scripts, 3);
    const names = await page.locator('#interface-table tbody th').allTextContents();
    assert.equal(names.length, ATTACKS.length + 1);
    for (const [i, attack] of ATTACKS.entries()) {
      const shown = attack.replace('\u202e', '\\u202e').replace('\u2066', '\\u2066');
      assert.equal(names[i], shown);
    }
    assert.match(names.at(-1)!, /^<b>\ufffd+.*\\x00\\x1b\[2J$/);
    assert.match((await page.locator('#file').textContent())!, /^<img src=x/);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('makes no formula in a table of comma-separated values', async () => {
    const file = join(folder, 'plain.pcapng');
    writeFileSync(file, hostileFile());
    const run = await runGapcap(['report', file, '--csv', '--table', 'interfaces']);
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /,'=cmd\|calc,/);
    assert.doesNotMatch(run.stdout, /(^|,|")[=+@-]/m);
  });
});
