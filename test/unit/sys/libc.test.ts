import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { SystemCallError } from '../../../src/core/errors.js';
import {
  addressOf,
  errnoName,
  lastErrno,
  libc,
  systemCallError,
  viewMemory,
} from '../../../src/sys/libc.js';

const { EBADF, EPERM } = constants.errno;
const skip = process.platform === 'linux' ? false : 'needs Linux';

describe('errnoName', () => {
  it("has the kernel's names", () => {
    assert.deepEqual([EPERM, EBADF].map(errnoName), ['EPERM', 'EBADF']);
    assert.equal(errnoName(0), 'OK');
  });
});

describe('systemCallError', () => {
  it('says what failed, why, and by which call', () => {
    const error = systemCallError('bind', "Can't bind", { errno: EBADF });
    assert.ok(error instanceof SystemCallError);
    assert.deepEqual([error.code, error.errno, error.syscall], ['EBADF', EBADF, 'bind']);
    assert.equal(error.message, "Can't bind: EBADF (bind).");
    assert.equal(error.hint, undefined);
  });

  it('says how to get a missing privilege', () => {
    const error = systemCallError('socket', "Can't open", { errno: EPERM });
    assert.match(error.hint ?? '', /CAP_NET_RAW.*setcap/);
  });

  it('takes the hint that it is given', () => {
    assert.equal(systemCallError('x', 'y', { errno: EPERM, hint: 'Do z.' }).hint, 'Do z.');
  });

  it('takes the reason that the last call left', { skip }, () => {
    assert.equal(libc().close(-1), -1);
    assert.equal(lastErrno(), EBADF);
    assert.equal(systemCallError('close', "Can't close").code, 'EBADF');
  });
});

describe('viewMemory', { skip }, () => {
  it('is the same memory, not a copy', () => {
    const memory = new Uint8Array(new ArrayBuffer(256));
    const view = new Uint8Array(viewMemory(addressOf(memory.subarray(16)), 8));
    memory[16] = 7;
    assert.equal(view[0], 7);
    view[7] = 9;
    assert.equal(memory[23], 9);
  });
});
