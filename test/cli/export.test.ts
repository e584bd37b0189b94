/** `gapcap export` as a process; what it wrote is read by DuckDB. */

import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { askDuck, type DuckRow } from '../support/duck.js';
import { PROJECT_ROOT } from '../support/project-files.js';
import { runGapcap } from './gapcap-process.js';
import { pcapngFile } from './pcapng-file.js';

const START_NS = 1_795_355_060_089_260_729n;
const MIDNIGHT_NS = 1_795_392_000_000_000_000n;
const folder = mkdtempSync(join(tmpdir(), 'gapcap-export-'));
after(() => rmSync(folder, { recursive: true }));
let archiveCount = 0;

function newArchive(): string {
  return join(folder, `archive${++archiveCount}`);
}

function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function exported(archive: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const run = await runGapcap(['export', '--json', '--parquet', archive, ...args]);
  assert.equal(run.stderr, '');
  assert.equal(run.status, 0);
  return jsonLines(run.stdout);
}

function jsonLines(stdout: string): Record<string, unknown>[] {
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function rows(archive: string, table: string, columns = '*'): Promise<DuckRow[]> {
  return askDuck(`SELECT ${columns} FROM '${archive}/${table}/**/*.parquet' ORDER BY ALL`);
}

const LOSSY = pcapngFile(
  'eth0',
  [0, 1, 2].map((i) => ({
    timeNs: START_NS + BigInt(i) * 500_000_000n,
    ...(i === 2 ? { lostBefore: 40 } : {}),
  })),
  { received: 48, dropped: 45, delivered: 3 },
);

describe('gapcap export', () => {
  it('writes frames, gaps and interfaces with all that the file says', async () => {
    const archive = newArchive();
    const [told] = await exported(archive, '--sensor', 'edge 1', written('lossy.pcapng', LOSSY));
    assert.equal(told!['frames'], 3);
    assert.equal(told!['gaps'], 2);
    assert.equal(told!['lost'], 45);
    const frames = await rows(
      archive,
      'frames',
      'frame, epoch_us(time) AS us, plus_ns, interface_name, captured_length, original_length, lost_before, lost_certainty, sensor, date::TEXT AS date',
    );
    assert.deepEqual(frames[2], {
      frame: 3n,
      us: (START_NS + 1_000_000_000n) / 1000n,
      plus_ns: 729,
      interface_name: 'eth0',
      captured_length: 60,
      original_length: 60n,
      lost_before: 40n,
      lost_certainty: 'exact',
      sensor: 'edge 1',
      date: '2026-11-22',
    });
    assert.equal(frames[1]!['lost_before'], null);
    const gaps = await rows(
      archive,
      'gaps',
      'lost, certainty, after_frame, before_frame, start_ns, end_ns, file',
    );
    assert.deepEqual(gaps, [
      {
        lost: 5n,
        certainty: 'exact',
        after_frame: 3n,
        before_frame: null,
        start_ns: START_NS + 1_000_000_000n,
        end_ns: null,
        file: 'lossy.pcapng',
      },
      {
        lost: 40n,
        certainty: 'exact',
        after_frame: 2n,
        before_frame: 3n,
        start_ns: START_NS + 500_000_000n,
        end_ns: START_NS + 1_000_000_000n,
        file: 'lossy.pcapng',
      },
    ]);
    const [described] = await rows(
      archive,
      'interfaces',
      'interface_name, frames, received, dropped, unread, lost, final_gap, unplaced, gap_count, law_holds, truncated, capture',
    );
    assert.deepEqual(described, {
      interface_name: 'eth0',
      frames: 3n,
      received: 48n,
      dropped: 45n,
      unread: 0n,
      lost: 45n,
      final_gap: 5n,
      unplaced: 0n,
      gap_count: 2n,
      law_holds: true,
      truncated: false,
      capture: told!['capture'],
    });
  });

  it('says which ring lost the frames of a gap, where several feed the interface', async () => {
    const archive = newArchive();
    const frames = [
      { queue: 0 },
      { queue: 1, lostBefore: 3 },
      { queue: 0, lostBefore: 4 },
      { queue: 2 ** 32 - 1, lostBefore: 5 },
    ].map((frame, i) => ({ timeNs: START_NS + BigInt(i), ...frame }));
    await exported(archive, written('rings.pcapng', pcapngFile('eth0', frames)));
    assert.deepEqual(await rows(archive, 'gaps', 'before_frame, after_frame, queue, lost'), [
      { before_frame: 2n, after_frame: null, queue: 1, lost: 3n },
      { before_frame: 3n, after_frame: 1n, queue: 0, lost: 4n },
      { before_frame: 4n, after_frame: null, queue: null, lost: 5n },
    ]);
    assert.deepEqual(await rows(archive, 'frames', 'frame, queue'), [
      { frame: 1n, queue: 0 },
      { frame: 2n, queue: 1 },
      { frame: 3n, queue: 0 },
      { frame: 4n, queue: null },
    ]);
  });

  it('replaces the rows of a file that has grown, and of the same file elsewhere', async () => {
    const archive = newArchive();
    const frames = Array.from({ length: 200 }, (_, i) => ({ timeNs: START_NS + BigInt(i) }));
    const path = written('grows.pcapng', pcapngFile('eth0', frames));
    await exported(archive, path);
    const more = [...frames, { timeNs: START_NS + 1000n }];
    writeFileSync(path, pcapngFile('eth0', more));
    await exported(archive, path);
    await exported(archive, path);
    const [count] = await rows(archive, 'frames', 'count(*) AS n, count(DISTINCT frame) AS d');
    assert.deepEqual(count, { n: 201n, d: 201n });
  });

  it('puts frames around midnight where their days are, in the order of time', async () => {
    const archive = newArchive();
    const times = [-2n, 1n, -1n, 2n, -3n, 0n].map((ns) => ({ timeNs: MIDNIGHT_NS + ns }));
    await exported(archive, written('midnight.pcapng', pcapngFile('eth0', times)));
    const days = await askDuck(
      `SELECT date::TEXT AS date, list(frame) AS frames FROM '${archive}/frames/**/*.parquet' GROUP BY date ORDER BY date`,
    );
    assert.deepEqual(days, [
      { date: '2026-11-22', frames: [5n, 1n, 3n] },
      { date: '2026-11-23', frames: [6n, 2n, 4n] },
    ]);
    assert.deepEqual(
      readdirSync(join(archive, 'frames', 'sensor=__HIVE_DEFAULT_PARTITION__')).length,
      2,
    );
  });

  it('keeps times and numbers through many row groups, which readers can skip', async () => {
    const archive = newArchive();
    const frames = Array.from({ length: 40_000 }, (_, i) => ({
      timeNs: START_NS + BigInt(i) * 1_001n,
    }));
    await exported(archive, written('many.pcapng', pcapngFile('eth0', frames)));
    const [sums] = await rows(
      archive,
      'frames',
      `count(*) AS n, sum(frame)::BIGINT AS numbers,
       count(*) FILTER (epoch_us(time) * 1000 + plus_ns = ${START_NS} + (frame - 1) * 1001) AS right,
       sum(original_length)::BIGINT AS bytes`,
    );
    assert.deepEqual(sums, {
      n: 40_000n,
      numbers: 800_020_000n,
      right: 40_000n,
      bytes: 2_400_000n,
    });
    // Readers skip row groups by these, so wrong ones would lose rows.
    const [picked] = await askDuck(
      `SELECT count(*) AS n FROM '${archive}/frames/**/*.parquet' WHERE frame BETWEEN 20_000 AND 20_009`,
    );
    assert.deepEqual(picked, { n: 10n });
  });

  it('dissects what the corpus of losses and a classic file hold', async () => {
    const archive = newArchive();
    const fixtures = join(PROJECT_ROOT, 'test/fixtures/loss');
    const names = readdirSync(fixtures).filter((name) => /\.pcap(ng)?$/.test(name));
    const paths = names.map((name) => join(fixtures, name));
    const run = await runGapcap(['export', '--json', '--parquet', archive, ...paths]);
    const expected = await runGapcap(['gaps', '--json', ...paths]);
    assert.equal(run.status, expected.status, run.stderr);
    assert.deepEqual(
      jsonLines(run.stdout).map(({ file, frames, lost, gaps }) => ({ file, frames, lost, gaps })),
      jsonLines(expected.stdout).map(({ file, frames, lost, gaps }) => ({
        file,
        frames,
        lost,
        gaps: (gaps as unknown[]).length,
      })),
    );
    const [count] = await rows(archive, 'interfaces', 'count(DISTINCT capture) AS n');
    assert.ok(Number(count!['n']) >= names.length - 1);
  });

  it('exports frames without a time, though they come first', async () => {
    const archive = newArchive();
    const timed = pcapngFile('eth0', [{ timeNs: START_NS }]);
    const timedFrame = timed.length - 92; // its block has no options: 32 bytes around 60
    const simple = Buffer.alloc(76); // a Simple Packet Block: 16 bytes around 60
    simple.writeUInt32LE(3, 0);
    simple.writeUInt32LE(76, 4);
    simple.writeUInt32LE(60, 8);
    simple.writeUInt32LE(76, 72);
    const bytes = [timed.subarray(0, timedFrame), simple, timed.subarray(timedFrame)];
    await exported(archive, written('simple.pcapng', Buffer.concat(bytes)));
    assert.deepEqual(await rows(archive, 'frames', 'frame, time IS NULL AS untimed, date::TEXT'), [
      { frame: 1n, untimed: true, 'CAST(date AS VARCHAR)': null },
      { frame: 2n, untimed: false, 'CAST(date AS VARCHAR)': '2026-11-22' },
    ]);
  });

  it('exports what is whole of a file that is cut off, and of one that is damaged', async () => {
    const archive = newArchive();
    const cut = written('cut.pcapng', LOSSY.subarray(0, LOSSY.length - 150));
    const [told] = await exported(archive, cut);
    assert.equal(told!['truncated'], true);
    const broken = written('broken.pcapng', LOSSY);
    appendFileSync(broken, Buffer.from('0600000007000000ffffffff', 'hex'));
    const run = await runGapcap(['export', '--parquet', archive, broken]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /3 frames and 1 gap in 3 table files/);
    const files = await rows(archive, 'interfaces', 'file, truncated, frames, lost');
    assert.deepEqual(files, [
      { file: 'broken.pcapng', truncated: true, frames: 3n, lost: null },
      {
        file: 'cut.pcapng',
        truncated: true,
        frames: Number(told!['frames']) === 3 ? 3n : 2n,
        lost: files[1]!['lost']!,
      },
    ]);
  });

  it('goes on after a file that it can’t read, and leaves nothing of it behind', async () => {
    const archive = newArchive();
    const good = written('good.pcapng', LOSSY);
    const bad = written('bad.pcapng', Buffer.from('no capture file'));
    const run = await runGapcap(['export', '--parquet', archive, bad, join(folder, 'none'), good]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /bad\.pcapng is no capture file/);
    assert.match(run.stderr, /none: there is no such file/);
    assert.deepEqual(await rows(archive, 'interfaces', 'file'), [{ file: 'good.pcapng' }]);
    const partial = readdirSync(archive, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      partial.filter((name) => name.endsWith('.partial')),
      [],
    );
  });

  it('stops where the times of a file make no sense, and leaves nothing of it behind', async () => {
    const archive = newArchive();
    const days = Array.from({ length: 1100 }, (_, i) => ({
      timeNs: BigInt((i * 7919) % 20_000) * 86_400_000_000_000n,
    }));
    const path = written('days.pcapng', pcapngFile('eth0', days));
    const run = await runGapcap(['export', '--parquet', archive, path]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /turn to another day more than 1024 times\. Its times may be damaged/);
    const files = readdirSync(archive, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      files.filter((name) => name.includes('.parquet')),
      [],
    );
  });

  it('says what is wrong with its arguments', async () => {
    const path = written('args.pcapng', LOSSY);
    const archive = newArchive();
    for (const [args, message] of [
      [['--parquet', archive, '--sensor', '../x', path], /'\.\.\/x' can't be the name of a sensor/],
      [['--parquet', archive, '-'], /Standard input has no name/],
      [[path], /required option '--parquet <folder>' not specified/],
    ] as const) {
      const { status, stderr } = await runGapcap(['export', ...args]);
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
    }
    const file = await runGapcap(['export', '--parquet', fileURLToPath(import.meta.url), path]);
    assert.equal(file.status, 1);
    assert.match(file.stderr, /Can't create .*(is no folder|there is a file of that name)/);
  });

  it('leaves files that others can read, of a size in proportion', async () => {
    const archive = newArchive();
    const [told] = await exported(archive, written('size.pcapng', LOSSY));
    for (const path of told!['outputs'] as string[]) {
      const { size, mode } = statSync(path);
      assert.ok(size < 20_000);
      assert.equal(mode & 0o444, 0o444);
    }
  });
});
