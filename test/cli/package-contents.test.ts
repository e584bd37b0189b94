/** The package as it is published: packed, installed in an empty folder, run from there. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PROJECT_ROOT } from '../support/project-files.js';
import { pcapngFile } from './pcapng-file.js';

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const npm = (args: readonly string[], cwd: string) =>
  spawnSync('npm', args, { cwd, encoding: 'utf8', timeout: 120_000 });

const built = existsSync(join(PROJECT_ROOT, 'dist/cli/main.js'));

describe('the published package', { skip: !built && 'needs npm run build' }, () => {
  let folder: string;
  let packed: Packed;
  let offline: string | undefined;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-package-'));
    // Without scripts: they would build again what is there.
    const pack = npm(
      ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
      PROJECT_ROOT,
    );
    assert.equal(pack.status, 0, pack.stderr);
    [packed] = JSON.parse(pack.stdout) as [Packed];
    writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
    writeFileSync(
      join(folder, 'x.pcapng'),
      pcapngFile('eth0', [{ timeNs: 1n }, { timeNs: 2n, lostBefore: 7 }], {
        received: 9,
        dropped: 7,
        delivered: 2,
      }),
    );
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=dev'];
    const install = npm(['install', ...quiet, join(folder, packed.filename)], folder);
    if (install.status !== 0) offline = install.stderr.slice(-300);
  });
  after(() => rmSync(folder, { recursive: true }));

  const gapcap = (...args: readonly string[]) =>
    spawnSync(join(folder, 'node_modules/.bin/gapcap'), args, { cwd: folder, encoding: 'utf8' });

  it('holds what runs, its sources and the manual, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    const expected =
      /^(dist\/|src\/|deploy\/|man\/gapcap\.1$|(package\.json|README\.md|LICENSE|CHANGELOG\.md)$)/;
    assert.deepEqual(
      paths.filter((path) => !expected.test(path)),
      [],
    );
    for (const path of ['dist/cli/main.js', 'dist/browser/page/main.js', 'LICENSE', 'README.md']) {
      assert.ok(paths.includes(path), path);
    }
    assert.deepEqual(
      paths.filter((path) => /\.test\.[jt]s$|tsbuildinfo|\.pcap|\.env|\.npmrc/.test(path)),
      [],
    );
  });

  it('runs in an empty folder', (t) => {
    if (offline !== undefined) {
      assert.notEqual(process.env['GAPCAP_REQUIRE_LIVE'], '1', offline);
      t.skip(`needs the registry: ${offline}`);
      return;
    }
    const { version } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.equal(gapcap('--version').stdout.trim(), version);
    const gaps = gapcap('gaps', 'x.pcapng');
    assert.equal(gaps.status, 0, gaps.stderr);
    assert.match(gaps.stdout, /7 frames lost between frames 1 and 2/);
    for (const args of [
      ['info', 'x.pcapng'],
      ['show', 'x.pcapng'],
      ['infer', 'x.pcapng'],
      ['report', 'x.pcapng', '-o', 'x.html'],
      ['copy', 'x.pcapng', '-w', 'y.pcapng.gz'],
      ['merge', 'x.pcapng', 'y.pcapng.gz', '-w', 'z.pcapng'],
      ['export', '--parquet', 'archive', 'x.pcapng'],
      ['heal', 'x.pcapng', 'z.pcapng', '-w', 'healed.pcapng'],
      ['demo', '--simulated', '--frames', '5000', '-w', 'demo.pcapng'],
      ['interfaces'],
      ['completion', 'bash'],
      ['capture', '--help'],
    ]) {
      const run = gapcap(...args);
      assert.equal(run.status, 0, `${args.join(' ')}: ${run.stderr}`);
    }
    assert.match(readFileSync(join(folder, 'x.html'), 'utf8'), /<script/);
  });

  it('can be imported by each of its entries', (t) => {
    if (offline !== undefined) {
      t.skip(`needs the registry: ${offline}`);
      return;
    }
    const { exports } = JSON.parse(
      readFileSync(join(folder, 'node_modules/gapcap/package.json'), 'utf8'),
    ) as { exports: Record<string, unknown> };
    const entries = Object.keys(exports).filter((entry) => entry !== './package.json');
    const names = entries.map((entry) => JSON.stringify(`gapcap${entry.slice(1)}`));
    const program = `for (const name of [${names}]) { if (Object.keys(await import(name)).length === 0) throw new Error(name); }`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stderr);
    assert.ok(readdirSync(join(folder, 'node_modules')).includes('koffi'));
  });
});
