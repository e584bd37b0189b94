import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { liveSkip } from '../support/namespace.js';
import { PROJECT_ROOT } from '../support/project-files.js';

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
      setTimeout(() => {
        for (let i = 0; i < 20; i++) socket.send('x', 9, '127.0.0.1');
        setTimeout(() => socket.close(), 100);
      }, 700);`;
    const script =
      'ip link set lo up && { "$0" --eval "$1" & "$0" "$2" lo 1.5; status=$?; wait; exit $status; }';
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
