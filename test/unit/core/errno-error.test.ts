import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { errnoError } from '../../../src/core/errno-error.js';
import { SystemCallError } from '../../../src/core/errors.js';

describe('errnoError', () => {
  const thrown = (): unknown => {
    try {
      return openSync('/nonexistent/file', 'r');
    } catch (error) {
      return error;
    }
  };

  it("takes code, call and number of what Node threw, the number as the kernel's", () => {
    const cause = thrown();
    const error = errnoError(cause, (code) => `Can't read it: ${code}.`);
    assert.ok(error instanceof SystemCallError);
    const { code, syscall, errno, message, hint } = error;
    assert.deepEqual(
      { code, syscall, errno, message, hint },
      {
        code: 'ENOENT',
        syscall: 'open',
        errno: constants.errno.ENOENT,
        message: "Can't read it: ENOENT.",
        hint: undefined,
      },
    );
    assert.equal(error.cause, cause);
  });

  it('names the call and the way out that it is given', () => {
    const details = { syscall: 'write', hint: 'Free some space.' };
    const error = errnoError(thrown(), (code) => code, details);
    assert.equal(error.syscall, 'write');
    assert.equal(error.hint, 'Free some space.');
  });

  it('takes fields from another thread, which are no cause', () => {
    const error = errnoError({ code: 'EADDRINUSE', errno: 98, syscall: 'listen' }, String);
    assert.equal(error.code, 'EADDRINUSE');
    assert.equal(error.errno, 98);
    assert.equal(error.syscall, 'listen');
    assert.equal('cause' in error, false);
  });

  it('says EIO where nobody knows the reason', () => {
    const error = errnoError(new Error('something'), (code) => `It failed: ${code}.`);
    assert.equal(error.message, 'It failed: EIO.');
    assert.equal(error.errno, 0);
  });
});
