import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ArgumentError, SystemCallError } from '../../../src/core/errors.js';
import { pinThread } from '../../../src/sys/thread.js';

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
