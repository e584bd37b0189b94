/** `--max-expansion`: how much a compressed file may become, in every command that has it. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runGapcap } from './gapcap-process.js';
import { pcapngFile } from './pcapng-file.js';

const MIB = 2 ** 20;

/** A section with frames alike, some `mebibytes` long; deflate makes a hundredth of it and less. */
function monotonous(mebibytes: number): Uint8Array {
  // 60 bytes of frame in a block of 92.
  const count = Math.ceil((mebibytes * MIB) / 92);
  const frames = Array.from({ length: count }, () => ({ timeNs: 1n }));
  return pcapngFile('eth0', frames);
}

describe('--max-expansion', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapcap-expansion-'));
  after(() => rmSync(folder, { recursive: true }));
  const small = join(folder, 'small.pcapng.gz');
  const bomb = join(folder, 'bomb.pcapng.gz');
  const plain = join(folder, 'plain.pcapng');

  before(() => {
    const member = gzipSync(monotonous(2), { level: 9 });
    assert.ok((2 * MIB) / member.length > 210, `it is ${member.length} bytes`);
    writeFileSync(small, member);
    writeFileSync(plain, pcapngFile('eth0', [{ timeNs: 1n }]));
    // Members that follow each other are one file, and each is a section of its own.
    writeFileSync(bomb, Buffer.concat(Array.from({ length: 130 }, () => member)));
  });

  let outputs = 0;
  const commands: readonly (readonly string[])[] = [
    ['gaps'],
    ['info'],
    ['show'],
    ['infer'],
    ['report', '-o', join(folder, 'page.html')],
    ['copy', '-w', join(folder, 'copy.pcapng')],
    ['merge', '-w', join(folder, 'merge.pcapng')],
    ['heal', plain, '-w', join(folder, 'healed.pcapng')],
    ['export', '--parquet'],
    ['simulate', '--find-buffer', '--from'],
  ];
  for (const [name, ...more] of commands) {
    it(`holds for ${name}`, async () => {
      const run = (limit: string) => {
        const folderOf = name === 'export' ? [join(folder, `tables-${++outputs}`)] : [];
        const fileAndMore = name === 'simulate' ? [...more, small] : [small, ...more];
        const args = [name!, ...fileAndMore, ...folderOf, '--max-expansion', limit];
        return runGapcap(args, { stdio: ['ignore', 'ignore', 'pipe'] });
      };
      const refused = await run('50');
      assert.equal(refused.status, 1, refused.stderr);
      assert.match(refused.stderr, /grows to more than 50 times its size, which is the limit/);
      const taken = await run('1100');
      assert.equal(taken.status, 0, taken.stderr);
    });
  }

  it('is 200 for what is long, unless given; 0 is any', async () => {
    const refused = await runGapcap(['gaps', bomb]);
    assert.equal(refused.status, 1, refused.stderr);
    assert.match(refused.stderr, /grows to more than 200 times its size/);
    const taken = await runGapcap(['gaps', bomb, '--max-expansion', '0']);
    assert.equal(taken.status, 0, taken.stderr);
    assert.match(taken.stdout, /frames/);
  });

  it('refuses what is no number', async () => {
    const { status, stderr } = await runGapcap(['gaps', small, '--max-expansion', 'much']);
    assert.equal(status, 2);
    assert.match(stderr, /--max-expansion: 'much' won't do/);
  });
});
