import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Spool } from '../../../src/fleet/spool.js';
import { openSpools } from '../../../src/fleet/spool-folders.js';

const MIB = 1024 * 1024;
const base = mkdtempSync(join(tmpdir(), 'gapcap-spools-'));
after(() => rmSync(base, { recursive: true }));

/** What a process of that name left: a spool with these records. */
function leave(folder: string, name: string, ...payloads: string[]): void {
  const spool = new Spool(join(folder, name), 64 * MIB);
  for (const payload of payloads) spool.append(() => payload);
  spool.close();
}

function all(spools: readonly Spool[]): string[] {
  return spools.flatMap((spool) => spool.peek(1_000));
}

const none = (): void => {};
const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);

describe('openSpools', () => {
  it('takes over what dead processes left, the oldest first', () => {
    const folder = join(base, 'dead');
    leave(folder, `4194305.77-${boot}-2000`, 'second');
    leave(folder, `4194306.88-${boot}-1000`, 'first');
    const spools = openSpools(folder, 64 * MIB, none);
    assert.deepEqual(all(spools), ['first', 'second']);
  });

  it('takes over what one left whose process id is another’s now, or our own', () => {
    const folder = join(base, 'same-id');
    leave(folder, `${process.pid}.1-${boot}-1000`, 'ours before');
    leave(folder, `${process.ppid}.1-${boot}-2000`, 'our parent’s id');
    const spools = openSpools(folder, 64 * MIB, none);
    assert.deepEqual(all(spools), ['ours before', 'our parent’s id']);
  });

  it('takes over what was left before the machine started anew', () => {
    const folder = join(base, 'boot');
    openSpools(folder, 64 * MIB, none);
    const [own] = readdirSync(folder);
    renameSync(join(folder, own!), join(folder, own!.replace(boot, '00000000')));
    assert.equal(openSpools(folder, 64 * MIB, none).length, 2);
  });

  it('leaves alone what belongs to a living one', () => {
    const folder = join(base, 'alive');
    const [first] = openSpools(folder, 64 * MIB, none);
    first!.append(() => 'mine');
    const before = readdirSync(folder);
    const module = new URL('../../../src/fleet/spool-folders.js', import.meta.url);
    const script = `import { openSpools } from '${module}';
      console.log(openSpools(${JSON.stringify(folder)}, 1 << 26, () => {}).length);`;
    const asked = execFileSync(process.execPath, ['--input-type=module', '--eval', script]);
    assert.equal(asked.toString(), '1\n');
    for (const name of before) assert.ok(readdirSync(folder).includes(name));
  });

  it('keeps all of them together within the limit, and tells of what had to go', () => {
    const folder = join(base, 'limit');
    const record = (run: number, i: number): string => `${run}-${i} ${'x'.repeat(60_000)}`;
    for (let run = 1; run <= 4; run++) {
      const records = Array.from({ length: 12 }, (_, i) => record(run, i));
      leave(folder, `${4194304 + run}.5-${boot}-${run}`, ...records);
    }
    const dropped: string[] = [];
    const spools = openSpools(folder, 2 * MIB, (some) => dropped.push(...some));
    spools.at(-1)!.append(() => 'new');
    const bytes = spools.reduce((sum, one) => sum + one.bytes, 0);
    assert.ok(bytes <= 2 * MIB, String(bytes));
    const given = all(spools);
    assert.equal(given.at(-1), 'new');
    assert.equal(dropped.length + given.length, 49);
    assert.ok(dropped.length <= 36, 'no more goes than has to');
    assert.equal(dropped[0], record(1, 0));
  });
});

describe('a spool on a full disk', () => {
  it('refuses what it can’t write, and keeps what it has and what comes when there is room', () => {
    const module = new URL('../../../src/fleet/spool.js', import.meta.url);
    const folder = join(base, 'full');
    // A limit on the length of files is what a test can have of a full disk.
    const script = `import { Spool } from '${module}';
      const spool = new Spool(${JSON.stringify(folder)}, 1 << 26);
      const tell = [];
      for (const [name, length] of [['a', 20000], ['b', 60000], ['c', 20000], ['d', 9000000]]) {
        try { spool.append(() => name.repeat(length)); tell.push(name); } catch (error) { tell.push(error.code); }
      }
      console.log(tell.join(' '), spool.length, spool.peek(9).map((text) => text[0] + text.length).join(' '));`;
    const out = execFileSync('sh', [
      ...['-c', `trap '' XFSZ; ulimit -f 128; exec "$0" --input-type=module --eval "$1"`],
      ...[process.execPath, script],
    ]);
    assert.equal(out.toString(), 'a EFBIG c EFBIG 2 a20000 c20000\n');
  });
});
