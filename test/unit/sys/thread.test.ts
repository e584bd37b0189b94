import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ArgumentError, SystemCallError } from '../../../src/core/errors.js';
import { pinThread, processorNumbers } from '../../../src/sys/thread.js';

const skip = process.platform === 'linux' ? false : 'needs Linux';

function allowedCpus(): string {
  const status = readFileSync('/proc/thread-self/status', 'utf8');
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)![1]!;
}

describe('pinThread', { skip }, () => {
  it('binds the calling thread to one processor', () => {
    const cpu = Number(/\d+$/.exec(allowedCpus())![0]);
    pinThread(cpu);
    assert.equal(allowedCpus(), String(cpu));
  });

  it('refuses a number that no processor can have', () => {
    for (const cpu of [-1, 1024, 0.5, Number.NaN]) {
      assert.throws(
        () => pinThread(cpu),
        (error) => error instanceof ArgumentError && error.code === 'BAD_CPU',
      );
    }
  });

  it('says so where there is no such processor', () => {
    assert.throws(
      () => pinThread(1023),
      (error) => error instanceof SystemCallError && error.code === 'EINVAL',
    );
  });
});

describe('processorNumbers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gapcap-processors-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;

  /** A host that has these two files, or lacks them. */
  function host(online: string | undefined, softnet: readonly string[] | undefined) {
    const root = join(folder, String(++count));
    const paths = { proc: join(root, 'proc'), sys: join(root, 'sys') };
    mkdirSync(join(paths.proc, 'net'), { recursive: true });
    mkdirSync(join(paths.sys, 'devices/system/cpu'), { recursive: true });
    if (online !== undefined) {
      writeFileSync(join(paths.sys, 'devices/system/cpu/online'), `${online}\n`);
    }
    if (softnet !== undefined) {
      writeFileSync(join(paths.proc, 'net/softnet_stat'), `${softnet.join('\n')}\n`);
    }
    return paths;
  }

  /** A processor's line, as kernels since 5.10 write it. */
  const line = (cpu: number): string =>
    `${'00000000 '.repeat(12)}${cpu.toString(16).padStart(8, '0')} 00000000 00000000`;
  /** As older kernels do, which don't say whose it is. */
  const OLD_LINE = '00000000 '.repeat(11).trim();

  it('is one more than the highest number online', () => {
    assert.equal(processorNumbers(host('0', [line(0)])), 1);
    assert.equal(processorNumbers(host('0-3', [0, 1, 2, 3].map(line))), 4);
    assert.equal(processorNumbers(host('0-3,6', [0, 1, 2, 3, 6].map(line))), 7);
  });

  it("counts the host's processors in a container that is shown only its own", () => {
    assert.equal(processorNumbers(host('0', [0, 1, 2, 17].map(line))), 18);
    assert.equal(processorNumbers(host('0-1', [OLD_LINE, OLD_LINE, OLD_LINE])), 3);
  });

  it('goes by the one file that can be read', () => {
    assert.equal(processorNumbers(host('0-7', undefined)), 8);
    assert.equal(processorNumbers(host(undefined, [line(0), line(5)])), 6);
    assert.equal(processorNumbers(host('', [])), availableParallelism());
    assert.equal(processorNumbers(host(undefined, undefined)), availableParallelism());
  });
});
