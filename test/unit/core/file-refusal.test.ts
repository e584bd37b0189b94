import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { SystemCallError } from '../../../src/core/errors.js';
import { fileRefusal } from '../../../src/core/file-refusal.js';

describe('fileRefusal', () => {
  it('says what is wrong in words with the code, and what to do', () => {
    let cause: unknown;
    try {
      openSync('/nonexistent/file', 'r');
    } catch (error) {
      cause = error;
    }
    const error = fileRefusal(cause, "Can't open /nonexistent/file");
    assert.ok(error instanceof SystemCallError);
    const { code, syscall, errno, message, hint } = error;
    assert.deepEqual(
      { code, syscall, errno, message, hint },
      {
        code: 'ENOENT',
        syscall: 'open',
        errno: constants.errno.ENOENT,
        message: "Can't open /nonexistent/file: there is no such file or folder (ENOENT).",
        hint: 'Check the name, and that its folder is there.',
      },
    );
    assert.equal(error.cause, cause);
  });

  it("takes the system's words for a reason that it has none for, and the code without any", () => {
    const busy = new Error("EBUSY: resource busy or locked, open 'x'");
    Object.assign(busy, { code: 'EBUSY', errno: -16, syscall: 'open' });
    const told = fileRefusal(busy, "Can't open x");
    assert.equal(told.message, "Can't open x: resource busy or locked (EBUSY).");
    assert.equal(told.hint, undefined);
    const fields = { code: 'EBUSY', errno: 16, syscall: 'open' };
    assert.equal(fileRefusal(fields, "Can't open x").message, "Can't open x: EBUSY.");
  });

  it('leaves an error of this library as it is, which says more', () => {
    const given = new SystemCallError('EACCES', "'x' is a symbolic link of user 5.", {
      syscall: 'open',
      errno: 13,
      hint: 'Remove it.',
    });
    assert.equal(fileRefusal(given, "Can't create x"), given);
  });

  it('names the call that it is given', () => {
    const error = fileRefusal({ code: 'EISDIR' }, "Can't read x", { syscall: 'read' });
    assert.equal(error.syscall, 'read');
    assert.equal(error.message, "Can't read x: it is a folder (EISDIR).");
  });
});
