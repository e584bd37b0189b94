import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Spool } from '../../../src/fleet/spool.js';
import fc from '../../support/fixed-check.js';

const MIB = 1024 * 1024;
const base = mkdtempSync(join(tmpdir(), 'gapcap-spool-'));
after(() => rmSync(base, { recursive: true }));
let count = 0;

function newFolder(): string {
  return join(base, String(++count));
}

function add(spool: Spool, ...payloads: string[]): void {
  for (const payload of payloads) spool.append(() => payload);
}

/** Everything that waits, taken out in pieces. */
function drain(spool: Spool, most = 3): string[] {
  const all: string[] = [];
  for (let some = spool.peek(most); some.length > 0; some = spool.peek(most)) {
    all.push(...some);
    spool.release(some.length);
  }
  return all;
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

describe('Spool', () => {
  it('gives records in their order, again until they are released', () => {
    const spool = new Spool(newFolder(), 2 * MIB);
    add(spool, 'one', 'two', 'drei ✓', '');
    assert.deepEqual(spool.peek(2), ['one', 'two']);
    assert.deepEqual(spool.peek(2), ['one', 'two']);
    spool.release(1);
    assert.equal(spool.length, 3);
    assert.deepEqual(drain(spool), ['two', 'drei ✓', '']);
    assert.equal(spool.length, 0);
  });

  it('gives what an earlier process left, and its folder goes when all is released', () => {
    const folder = newFolder();
    const first = new Spool(folder, 2 * MIB);
    add(first, 'one', 'two');
    const second = new Spool(folder, 2 * MIB);
    add(second, 'three');
    assert.deepEqual(drain(second), ['one', 'two', 'three']);
    second.close();
    assert.equal(existsSync(folder), false);
  });

  it('leaves what isn’t released', () => {
    const folder = newFolder();
    const first = new Spool(folder, 2 * MIB);
    add(first, 'one', 'two');
    first.close();
    assert.deepEqual(drain(new Spool(folder, 2 * MIB)), ['one', 'two']);
  });

  it('reads up to where a crash cut it off, or damage begins', () => {
    for (const harm of [
      (path: string) => truncateSync(path, statSync(path).size - 1),
      (path: string) => appendFileSync(path, 'x'),
      (path: string) => {
        const bytes = readFileSync(path);
        bytes[bytes.length - 1]! ^= 1;
        writeFileSync(path, bytes);
      },
    ]) {
      const folder = newFolder();
      const first = new Spool(folder, 2 * MIB);
      add(first, 'one', 'two', 'three');
      first.close();
      const [name] = readdirSync(folder);
      harm(join(folder, name!));
      const left = drain(new Spool(folder, 2 * MIB));
      assert.deepEqual(left.slice(0, 2), ['one', 'two']);
    }
  });

  it('drops the oldest where it is full, tells which, and takes the new ones', () => {
    const folder = newFolder();
    const dropped: string[] = [];
    const spool = new Spool(folder, 3 * MIB, (payloads) => dropped.push(...payloads));
    const all = Array.from({ length: 600 }, (_, i) => `${i} ${'x'.repeat(10_000)}`);
    for (const payload of all) {
      add(spool, payload);
      assert.ok(sizeOf(folder) <= 3 * MIB);
    }
    assert.ok(dropped.length > 0);
    assert.deepEqual([...dropped, ...drain(spool)], all);
  });

  it('knows what was dropped before it makes the next payload', () => {
    let dropped = 0;
    const spool = new Spool(newFolder(), 2 * MIB, (payloads) => {
      dropped += payloads.length;
    });
    let told = 0;
    for (let i = 0; i < 400; i++) {
      spool.append(() => {
        told = dropped;
        return 'x'.repeat(10_000);
      });
    }
    assert.ok(dropped > 0);
    assert.equal(told, dropped);
  });

  it('loses and doubles nothing, whatever is added, released and opened again', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), size: fc.nat(300_000) }),
      fc.record({ kind: fc.constant('take' as const), most: fc.integer({ min: 1, max: 8 }) }),
      fc.record({ kind: fc.constant('reopen' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const folder = newFolder();
        let spool = new Spool(folder, 64 * MIB);
        const waiting: string[] = [];
        let number = 0;
        for (const one of steps) {
          if (one.kind === 'add') {
            const payload = `${number++} ${'y'.repeat(one.size)}`;
            waiting.push(payload);
            add(spool, payload);
          } else if (one.kind === 'take') {
            const some = spool.peek(one.most);
            assert.deepEqual(some, waiting.slice(0, some.length));
            spool.release(some.length);
            waiting.splice(0, some.length);
          } else {
            // What was released of a segment that is still there comes again.
            spool.close();
            spool = new Spool(folder, 64 * MIB);
            const again = spool.length - waiting.length;
            assert.ok(again >= 0);
            spool.release(again);
          }
          assert.equal(spool.length, waiting.length);
        }
        assert.deepEqual(drain(spool), waiting);
        spool.close();
        rmSync(folder, { recursive: true, force: true });
      }),
      { numRuns: 60 },
    );
  });
});
