import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { REPORT_TABLES } from '../../src/report/report-csv.js';
import { gapcapPath, runGapcap } from './gapcap-process.js';
import { pcapngFile } from './pcapng-file.js';

const startNs = 1_795_355_060_000_000_000n;
const frames = [
  { timeNs: startNs },
  { timeNs: startNs + 1000n },
  { timeNs: startNs + 12_000_000n, lostBefore: 40 },
  { timeNs: startNs + 12_001_000n },
];

interface Report {
  file: string;
  frames: number;
  bytes: number;
  lost: number;
  gapCount: number;
  gaps: { lost: number; before: number | null; framesBefore: { frames: number } }[];
  timeline: { frames: number[]; lost: number[] };
}

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

describe('gapcap report', () => {
  let folder: string;
  let file: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-report-'));
    file = path('lossy.pcapng');
    writeFileSync(file, pcapngFile('eth0', frames, { received: 49, dropped: 45, delivered: 4 }));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('writes a page that holds the facts which --json prints', async () => {
    const run = await runGapcap(['report', file, '-o', path('x.html'), '--json']);
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stderr, '');
    const page = readFileSync(path('x.html'), 'utf8');
    const data = /id="report-data">([^<]*)</.exec(page)![1]!;
    assert.deepEqual(JSON.parse(data), JSON.parse(run.stdout));
    const report = JSON.parse(run.stdout) as Report;
    assert.equal(report.file, file);
    assert.equal(report.frames, 4);
    assert.equal(report.bytes, 240);
    assert.equal(report.lost, 45);
    assert.equal(sum(report.timeline.frames), 4);
    assert.equal(sum(report.timeline.lost), 45);
    assert.deepEqual(
      report.gaps.map(({ lost, before: frame }) => [lost, frame]),
      [
        [40, 3],
        [5, null],
      ],
    );
    assert.equal(report.gaps[0]!.framesBefore.frames, 2);
  });

  it('prints any of its tables as comma-separated values', async () => {
    const gaps = await runGapcap(['report', file, '--csv']);
    assert.equal(gaps.status, 0, gaps.stderr);
    assert.match(
      gaps.stdout,
      /^interface,interface_name,queue,lost,.*\r\n0,eth0,,40,40,40,exact,,2,3,/,
    );
    const intervals = await runGapcap(['report', file, '--csv', '--table', 'intervals']);
    assert.match(intervals.stdout, /^start,end,frames,bytes,lost,gaps\r\n1795355060\.000000000,/);
    const unknown = await runGapcap(['report', file, '--csv', '--table', 'nothing']);
    assert.equal(unknown.status, 2);
    for (const table of REPORT_TABLES) assert.ok(unknown.stderr.includes(table), table);
  });

  it('reads standard input and writes standard output', () => {
    const input = readFileSync(file);
    const run = spawnSync(process.execPath, [gapcapPath, 'report', '-', '-o', '-'], { input });
    assert.equal(run.status, 0, run.stderr.toString());
    assert.match(run.stdout.toString(), /^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  it('refuses to write nothing, or two things into one another', async () => {
    for (const args of [[], ['--json', '--csv'], ['-o', '-', '--json']]) {
      const run = await runGapcap(['report', file, ...args]);
      assert.equal(run.status, 2, args.join(' '));
      assert.match(run.stderr, /^gapcap: [^\n]+\n$/);
      assert.equal(run.stdout, '');
    }
  });

  it('says where a file cannot be read or a page cannot be written', async () => {
    const absent = await runGapcap(['report', path('absent.pcapng'), '-o', path('y.html')]);
    assert.equal(absent.status, 1);
    assert.match(absent.stderr, /absent\.pcapng.*ENOENT/);
    const nowhere = await runGapcap(['report', file, '-o', path('no/such/folder.html')]);
    assert.equal(nowhere.status, 1);
    assert.match(nowhere.stderr, /^gapcap: .*no\/such\/folder\.html.*ENOENT.*\n$/);
  });

  it('ends with status 4 where the totals contradict the gaps, and writes the page', async () => {
    const wrong = path('wrong.pcapng');
    writeFileSync(wrong, pcapngFile('eth0', frames, { received: 34, dropped: 30, delivered: 4 }));
    const run = await runGapcap(['report', wrong, '-o', path('wrong.html')]);
    assert.equal(run.status, 4);
    assert.match(run.stderr, /eth0.*40.*30/);
    assert.match(
      readFileSync(path('wrong.html'), 'utf8'),
      /"mismatches":\["The frame counts of eth0/,
    );
  });
});
