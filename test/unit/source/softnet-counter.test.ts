import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { SoftnetCounter } from '../../../src/source/softnet-counter.js';

const proc = mkdtempSync(join(tmpdir(), 'gapcap-softnet-'));
after(() => rmSync(proc, { recursive: true }));

/** Columns as softnet_seq_show() prints them: processed, dropped, …, the CPU's number as the 13th. */
function write(...rows: readonly (readonly [cpu: number, dropped: number])[]): void {
  mkdirSync(join(proc, 'net'), { recursive: true });
  const lines = rows.map(([cpu, dropped]) => {
    const columns = [77, dropped, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, cpu, 0, 0];
    return columns.map((column) => column.toString(16).padStart(8, '0')).join(' ');
  });
  writeFileSync(join(proc, 'net/softnet_stat'), `${lines.join('\n')}\n`);
}

describe('SoftnetCounter', () => {
  it('adds up what all CPUs dropped since it was made, over a wrap of the counters', () => {
    write([0, 0xffff_fff0], [1, 5]);
    const counter = new SoftnetCounter(proc);
    assert.equal(counter.read(), 0);
    write([0, 0x10], [1, 7]);
    assert.equal(counter.read(), 0x20 + 2);
    write([0, 0x10], [1, 7], [3, 1000]);
    assert.equal(counter.read(), 0x22, 'what a new CPU dropped before is not known');
    write([1, 8], [3, 1001]);
    assert.equal(counter.read(), 0x24, 'a CPU that went away keeps its count');
  });

  it('knows nothing where there is no such file', () => {
    assert.equal(new SoftnetCounter(join(proc, 'nothing')).read(), undefined);
  });
});
