import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readAddressRoom } from '../../../src/sys/address-room.js';
import { withAddressesFor } from '../../support/address-limit.js';

const MODULE = new URL('../../../src/sys/address-room.js', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'gapcap-address-room-'));
after(() => rmSync(folder, { recursive: true }));

/** A /proc whose process has this limit, as the kernel writes it, and uses 700,000 KiB. */
function hostWith(limit: string): string {
  const proc = join(folder, `proc-${limit}`);
  mkdirSync(join(proc, 'self'), { recursive: true });
  const head = 'Limit                     Soft Limit           Hard Limit           Units     \n';
  const lines = [
    'Max locked memory         8388608              8388608              bytes     ',
    `Max address space         ${limit.padEnd(20)} unlimited            bytes     `,
    'Max file locks            unlimited            unlimited            locks     ',
  ];
  writeFileSync(join(proc, 'self/limits'), `${head}${lines.join('\n')}\n`);
  writeFileSync(
    join(proc, 'self/status'),
    'Name:\tnode\nVmPeak:\t  800000 kB\nVmSize:\t  700000 kB\n',
  );
  return proc;
}

describe('readAddressRoom', () => {
  it('is what the limit leaves beside what is used', () => {
    assert.equal(readAddressRoom(hostWith('1500000000')), 1_500_000_000 - 700_000 * 1024);
  });

  it('is nothing where the limit was set below what is used', () => {
    assert.equal(readAddressRoom(hostWith('500000000')), 0);
  });

  it('is unknown without a limit, and where nobody says', () => {
    assert.equal(readAddressRoom(hostWith('unlimited')), undefined);
    assert.equal(readAddressRoom(join(folder, 'nothing')), undefined);
  });
});

describe('room for threads', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  /** Runs a script that imports the module as `room`, with so many MiB beyond what Node takes. */
  function printed(beyondMib: number, script: string): string {
    const [program, ...args] = withAddressesFor(beyondMib);
    const text = `import * as room from '${MODULE}';
      import { Worker } from 'node:worker_threads';
      const fits = () => { try { room.checkThreadRoom('A thread'); return true; } catch (error) {
        if (error.code !== 'ADDRESS_LIMIT') throw error; return false; } };
      ${script}`;
    const { stdout, stderr } = spawnSync(
      program!,
      [...args, process.execPath, '--input-type=module', '-e', text],
      { encoding: 'utf8' },
    );
    assert.equal(stderr, '');
    return stdout;
  }

  it('is not there where V8 would end the process for want of it', () => {
    assert.equal(printed(400, 'console.log(fits());'), 'false\n');
    assert.equal(printed(1400, 'console.log(fits());'), 'true\n');
  });

  it('is kept for a thread that was started, whether it has taken it yet or not', () => {
    // Room for one, not for two; the thread ends without having been waited for.
    const script = `
      const before = fits();
      const worker = room.startWithRoom(() => new Worker('', { eval: true }));
      const meanwhile = fits();
      // Until it has taken its own: that isn't counted as well.
      while (performance.now() < 1_000) {}
      const later = room.readAddressRoom() > 300 * 2 ** 20;
      worker.on('exit', () => console.log(before, meanwhile, later, room.readAddressRoom() > 300 * 2 ** 20));`;
    assert.equal(printed(1400, script), 'true false true true\n');
  });
});
