import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { liveSkip } from '../support/namespace.js';
import { PROJECT_ROOT, projectFiles } from '../support/project-files.js';
import { pcapngFile } from './pcapng-file.js';

const EXAMPLE = resolve(import.meta.dirname, '../../examples/watch-for-loss.js');

describe('the example of the README', () => {
  it('is the file in examples, word by word', () => {
    const readme = readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8');
    const file = readFileSync(join(PROJECT_ROOT, 'examples/watch-for-loss.ts'), 'utf8');
    assert.ok(readme.includes(`\`\`\`ts\n${file}\`\`\`\n`), 'README.md and examples differ');
  });

  it('runs, and counts what it captures', { skip: liveSkip() }, () => {
    const sender = `
      const socket = require('node:dgram').createSocket('udp4');
      setInterval(() => socket.send('x', 9, '127.0.0.1'), 5);`;
    const script =
      'ip link set lo up && { "$0" --eval "$1" & "$0" "$2" lo 1.5; status=$?; kill $!; exit $status; }';
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--net', 'sh', '-c', script, process.execPath, sender, EXAMPLE],
      { encoding: 'utf8' },
    );
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const [, frames, lost] = /^(\d+) frames captured, (\d+) lost\n$/.exec(stdout) ?? [];
    // On the loopback interface each datagram passes twice: on its way out and on its way in.
    assert.ok(Number(frames) >= 40, stdout);
    assert.equal(lost, '0');
  });
});

describe('the example of a live page', () => {
  it('shows what it captures', { skip: liveSkip() }, () => {
    const script = resolve(import.meta.dirname, '../../examples/live-page.js');
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"', process.execPath, script].concat(
        'lo',
        '0.5',
        '9100',
      ),
      { encoding: 'utf8' },
    );
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.equal(stdout, 'open http://127.0.0.1:9100/\n0 frames captured, 0 lost\n');
  });
});

describe('the examples that read files', () => {
  let folder = '';
  let path = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-examples-'));
    path = join(folder, 'x.pcapng');
    const frames = [0, 1, 2].map((i) => ({
      timeNs: 1_795_355_060_089_260_729n + BigInt(i),
      ...(i === 1 ? { lostBefore: 40 } : {}),
    }));
    writeFileSync(path, pcapngFile('eth0', frames, { received: 48, dropped: 45, delivered: 3 }));
  });
  after(() => rmSync(folder, { recursive: true }));

  function run(name: string, ...before: string[]): string {
    const script = resolve(import.meta.dirname, `../../examples/${name}.js`);
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...before, path], {
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    assert.equal(status, 0);
    return stdout;
  }

  it('say where frames are missing', () => {
    assert.equal(
      run('read-gaps'),
      '40 frames lost before frame 2 (exact)\n3 frames, 40 lost between them\n',
    );
  });

  it('find the longest frames', () => {
    const lines = run('longest-frames').split('\n');
    assert.equal(lines[0], '1795355060.089260729  60 bytes  000000000000000000000000...');
    assert.equal(lines.length, 4);
  });

  it('say how the counts add up', () => {
    assert.match(
      run('describe-file'),
      /eth0: 48 received,\n {2}45 dropped, 5 of them at the end; the law holds/,
    );
  });

  it('write tables', () => {
    const lines = run('export-tables', join(folder, 'archive'), 'edge1').split('\n');
    assert.equal(lines[0], `${path}: 3 frames, 45 lost in 2 gaps`);
    assert.match(
      lines[1]!,
      /archive\/frames\/sensor=edge1\/date=2026-11-22\/x\.pcapng-.*\.parquet$/,
    );
  });

  it('heal', () => {
    const healed = join(folder, 'healed.pcapng');
    // The file itself knows nothing of what it lost: both gaps stay.
    const text = run('heal', healed, path);
    assert.equal(
      text,
      '0 of 40 frames found after frame 1\n0 of 5 frames found after frame 3\n' +
        '0 of 2 gaps whole, 45 frames missing\n',
    );
    assert.ok(readFileSync(healed).length > 0);
  });

  it('are short', () => {
    const examples = projectFiles('examples', '.ts');
    assert.ok(examples.length >= 4);
    for (const { path: file, text } of examples) {
      assert.ok(text.split('\n').length <= 40, `${file} has more than 40 lines`);
    }
  });
});
