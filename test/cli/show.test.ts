/** `gapcap show` as a process. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  interfaceDescription,
  option,
  sectionHeader,
} from '../support/block-bytes.js';
import { counting, ethernet, ipv4, tcp } from '../support/packet-bytes.js';
import { toolSkip } from '../support/tools.js';
import { gapcapPath, runGapcap } from './gapcap-process.js';
import { pcapngFile } from './pcapng-file.js';

const START_NS = 1_795_355_060_089_260_729n;
const UTF8 = { env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' } };

function fileOf(count: number, gapAt: number): Uint8Array {
  const frames = Array.from({ length: count }, (_, i) => ({
    timeNs: START_NS + BigInt(i) * 6_500_000n,
    ...(i + 1 === gapAt ? { lostBefore: 40 } : {}),
  }));
  return pcapngFile('eth0', frames, { received: count + 45, dropped: 45, delivered: count });
}

let folder = '';
let path = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-show-'));
  path = join(folder, 'x.pcapng');
  writeFileSync(path, fileOf(9, 4));
});
after(() => rmSync(folder, { recursive: true }));

/** Frame numbers, and all other lines as they are. */
function outline(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => /^ +(\d+) /.exec(line)?.[1] ?? line);
}

describe('gapcap show', () => {
  it('shows every frame, the gap between two of them, and the final gap', async () => {
    const { status, stdout, stderr } = await runGapcap(['show', path], UTF8);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.deepEqual(outline(stdout), [
      ...['1', '2', '3'],
      '──── 40 frames lost (6.5 ms) ────',
      ...['4', '5', '6', '7', '8', '9'],
      '──── 5 frames lost ────',
    ]);
    assert.match(stdout, /^ +1 13:44:20\.089260729 /);
  });

  it('shows only what lies around gaps', async () => {
    const { stdout } = await runGapcap(['show', '--around-gaps', '1', path], UTF8);
    assert.deepEqual(outline(stdout), [
      '⋮ 2 frames',
      ...['3', '──── 40 frames lost (6.5 ms) ────', '4'],
      '⋮ 4 frames',
      ...['9', '──── 5 frames lost ────'],
    ]);
  });

  it('writes times relative to the first frame, or since 1970', async () => {
    const relative = await runGapcap(['show', '--time', 'relative', path], UTF8);
    assert.match(relative.stdout, /\n +2 0\.006500000 /);
    const epoch = await runGapcap(['show', '--time', 'epoch', path], UTF8);
    assert.match(epoch.stdout, /^ +1 1795355060\.089260729 /);
  });

  it('shows the same where there is no WebAssembly', async () => {
    const many = join(folder, 'many.pcapng');
    const packet = ethernet(0x0800, ipv4(6, tcp(counting(100), { flags: 0x18 })));
    const blocks = Array.from({ length: 8000 }, (_, i) =>
      enhancedPacket(
        'little',
        0,
        START_NS / 1000n + BigInt(i) * 50n,
        packet,
        ...(i % 1000 === 999 ? [option('little', 4, [40, 8]), END_OF_OPTIONS] : []),
      ),
    );
    const description = interfaceDescription('little', 1, option('little', 9, [6, 1]));
    writeFileSync(many, concat(sectionHeader('little'), description, ...blocks));
    const nodeArguments = ['--jitless', '--no-warnings'];
    const without = await runGapcap(['show', many], { ...UTF8, nodeArguments });
    const found = await runGapcap(['show', many], UTF8);
    assert.equal(without.status, 0);
    assert.equal(found.stdout, without.stdout);
    const lines = outline(found.stdout);
    assert.equal(lines.length, 8008);
    assert.deepEqual(lines.slice(998, 1001), ['999', '──── 40 frames lost (50 µs) ────', '1000']);
  });

  it('begins lines with the interface where a file has several, around gaps as well', async () => {
    const [other, both] = [join(folder, 'other.pcapng'), join(folder, 'both.pcapng')];
    const late = { timeNs: START_NS + 1_000_000_000n, lostBefore: 7 };
    writeFileSync(other, pcapngFile('uplink', [{ timeNs: START_NS + 1n }, late]));
    assert.equal((await runGapcap(['merge', '-q', path, other, '-w', both])).status, 0);
    const { stdout } = await runGapcap(['show', both], UTF8);
    const lines = stdout.trimEnd().split('\n');
    assert.match(lines[0]!, /^eth0 {11}1 13:44:20\.089260729 /);
    assert.match(lines[1]!, /^uplink {9}2 13:44:20\.089260730 /);
    assert.match(lines.at(-2)!, /^uplink {8}11 13:44:21/);
    const around = await runGapcap(['show', both, '--around-gaps', '1'], UTF8);
    const shown = around.stdout.split('\n').filter((line) => /^(eth0|uplink) /.test(line));
    assert.ok(shown.length > 2);
    for (const line of shown) assert.ok(lines.includes(line), line);
  });

  it('begins lines with the number of the interface in a capture of all at once', async () => {
    const bytes = pcapngFile('any', [{ timeNs: START_NS }]);
    const linkTypeAt = 28 + 8;
    new DataView(bytes.buffer, bytes.byteOffset).setUint16(linkTypeAt, 276, true);
    const all = join(folder, 'all.pcapng');
    writeFileSync(all, bytes);
    const { stdout } = await runGapcap(['show', all], UTF8);
    assert.match(stdout, /^if0 {9}1 13:44:20/);
  });

  it('shows compressed files and the standard input alike', async () => {
    const zipped = join(folder, 'x.gz');
    writeFileSync(zipped, gzipSync(fileOf(9, 4)));
    const expected = await runGapcap(['show', path], UTF8);
    const compressed = await runGapcap(['show', zipped], UTF8);
    assert.equal(compressed.stdout, expected.stdout);
    const piped = await runGapcap(['show', '-'], {
      ...UTF8,
      stdio: [openSync(zipped, 'r'), 'pipe', 'pipe'],
    });
    assert.equal(piped.stdout, expected.stdout);
  });

  it('shows all whole frames of a file that is cut, and says so', async () => {
    const cut = join(folder, 'cut.pcapng');
    writeFileSync(cut, fileOf(9, 4).subarray(0, -150));
    const { status, stdout, stderr } = await runGapcap(['show', cut], UTF8);
    assert.equal(status, 0);
    assert.match(stderr, /is truncated/);
    assert.ok(outline(stdout).includes('8'));
  });

  it('says on stderr that there is no gap to show', async () => {
    const whole = join(folder, 'whole.pcapng');
    writeFileSync(whole, pcapngFile('eth0', [{ timeNs: START_NS }]));
    const { status, stdout, stderr } = await runGapcap(['show', '--around-gaps', '2', whole], UTF8);
    assert.equal(status, 0);
    assert.equal(outline(stdout).length, 1);
    assert.match(stderr, /records no gap/);
  });

  it('ends quietly when its reader leaves', { skip: toolSkip('head') }, () => {
    const long = join(folder, 'long.pcapng');
    writeFileSync(long, fileOf(20_000, 4));
    const command = `"$0" "$1" show "$2" | head -n 2; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', command, process.execPath, gapcapPath, long],
      { encoding: 'utf8' },
    );
    assert.equal(stderr, '');
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, 3);
    assert.equal(lines[2], '0');
  });

  it('refuses a time format that there isn’t, and a count that is none', async () => {
    assert.equal((await runGapcap(['show', '--time', 'sundial', path])).status, 2);
    assert.equal((await runGapcap(['show', '--around-gaps', 'x', path])).status, 2);
    assert.equal((await runGapcap(['show', path, path])).status, 2);
  });
});

describe('gapcap show --json', () => {
  const show = async (...args: readonly string[]): Promise<Record<string, unknown>[]> => {
    const { status, stdout } = await runGapcap(['show', '--json', ...args], UTF8);
    assert.equal(status, 0);
    assert.ok(stdout.endsWith('\n'));
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };

  it('gives one object a frame, and one a gap in the shape of gaps --json', async () => {
    const lines = await show(path);
    const { stdout } = await runGapcap(['gaps', '--json', path]);
    const { gaps } = JSON.parse(stdout) as { gaps: { before: number | null }[] };
    assert.equal(gaps.length, 2);
    assert.deepEqual(
      lines.filter(({ lost }) => lost !== undefined),
      gaps,
    );
    assert.deepEqual(
      lines.map(({ frame }) => frame),
      [1, 2, 3, undefined, 4, 5, 6, 7, 8, 9, undefined],
    );
    const { info, protocol, ...rest } = lines[0]!;
    assert.equal(typeof info, 'string');
    assert.equal(typeof protocol, 'string');
    assert.deepEqual(Object.keys(rest), [
      ...['frame', 'interface', 'time', 'length', 'captured', 'source', 'destination'],
    ]);
    assert.equal(rest['time'], '1795355060.089260729');
    assert.equal(rest['interface'], 0);
  });

  it('gives only the frames around gaps, with no line for what is left out', async () => {
    const lines = await show('--around-gaps', '1', path);
    assert.deepEqual(
      lines.map(({ frame, lost }) => frame ?? `lost ${String(lost)}`),
      [3, 'lost 40', 4, 9, 'lost 5'],
    );
  });

  it('has no times but seconds since 1970', async () => {
    const { status, stderr } = await runGapcap(['show', '--json', '--time', 'relative', path]);
    assert.equal(status, 2);
    assert.match(stderr, /--json.*--time|--time.*--json/);
  });
});
