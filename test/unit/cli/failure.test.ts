import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { describeFailure } from '../../../src/cli/failure.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import {
  AccountingError,
  ArgumentError,
  FormatError,
  SystemCallError,
  UnsupportedError,
} from '../../../src/core/errors.js';

describe('describeFailure', () => {
  it('gives 2 for what was typed wrongly', async () => {
    assert.deepEqual(await describeFailure(new UsageError("-B: 'x' is no size", 'Give 64M.')), {
      status: 2,
      message: "-B: 'x' is no size. Give 64M.",
    });
    const argument = new ArgumentError('BAD_BLOCK_SIZE', 'The block size 5 is too small.', {
      argument: 'blockSizeBytes',
      value: 5,
      expected: '4096 or more',
    });
    assert.deepEqual(await describeFailure(argument), {
      status: 2,
      message: 'The block size 5 is too small.',
    });
  });

  it('gives 3 where a socket call was not permitted, 1 where a file was not', async () => {
    for (const [syscall, status] of [
      ['socket', 3],
      ['setsockopt', 3],
      ['open', 1],
      ['mkdir', 1],
    ] as const) {
      const error = new SystemCallError('EACCES', `No (${syscall}).`, { syscall, errno: 13 });
      assert.equal((await describeFailure(error)).status, status, syscall);
    }
    const gone = new SystemCallError('ENODEV', 'No such interface.', {
      syscall: 'bind',
      errno: 19,
    });
    assert.equal((await describeFailure(gone)).status, 1);
  });

  it('gives 4 where the law of conservation failed', async () => {
    const details = { interface: 'eth0', received: 10, delivered: 5, dropped: 4, unread: 0 };
    const error = new AccountingError('LEDGER_MISMATCH', '10 ≠ 5 + 4 + 0', details);
    assert.deepEqual(await describeFailure(error), { status: 4, message: '10 ≠ 5 + 4 + 0.' });
  });

  it('gives 1 for a broken file and for what this system lacks', async () => {
    const format = new FormatError('BAD_BLOCK_LENGTH', 'Bad block.', { offset: 28 });
    assert.equal((await describeFailure(format)).status, 1);
    const lacking = new UnsupportedError('NOT_LINUX', 'No.', { feature: 'AF_PACKET' });
    assert.equal((await describeFailure(lacking)).status, 1);
  });

  it('puts a failed system call of Node into a sentence', async () => {
    try {
      readFileSync('/nonexistent/x.pcapng');
      assert.fail('it read a file that is not there');
    } catch (error) {
      assert.deepEqual(await describeFailure(error), {
        status: 1,
        message:
          "Can't open /nonexistent/x.pcapng: there is no such file or folder (ENOENT). Check the name, and that its folder is there.",
      });
    }
  });

  it('leaves the words of a failed connection, which is of no file, as they are', async () => {
    const error = Object.assign(new Error('connect ECONNREFUSED 192.0.2.1:80'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    const { message } = await describeFailure(error);
    assert.equal(message, 'connect ECONNREFUSED 192.0.2.1:80.');
  });

  it('has nothing to say when the reader of its output has left', async () => {
    const error = Object.assign(new Error('EPIPE: broken pipe, write'), {
      code: 'EPIPE',
      syscall: 'write',
    });
    assert.deepEqual(await describeFailure(error), { status: 0, message: undefined });
  });

  it('lets no control character through to the terminal', async () => {
    const failure = await describeFailure(new UsageError('no \x1b[2J\r\nfile\u009b', 'Stop.'));
    assert.equal(failure.message, 'no \\x1b[2J\\x0d\\x0afile\\x9b. Stop.');
  });

  it('admits a fault of its own, with the trace', async () => {
    const failure = await describeFailure(new TypeError('x is not a function'));
    assert.equal(failure.status, 1);
    assert.match(failure.message ?? '', /fault in gapcap.*x is not a function\n\s+at /s);
  });
});
