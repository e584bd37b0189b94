import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseNatsLogin } from '../../../src/fleet/nats-files.js';

describe('parseNatsLogin', () => {
  it('takes a user with a password, which may have colons, or a token', () => {
    assert.deepEqual(parseNatsLogin('edge1:s3:cr et'), { user: 'edge1', password: 's3:cr et' });
    assert.deepEqual(parseNatsLogin('t0ken'), { user: 't0ken', password: '' });
    assert.deepEqual(parseNatsLogin('edge1:pw\r\n'), { user: 'edge1', password: 'pw' });
  });

  it('refuses what has no user or more than a line, says where it is from, and shows nothing of it', () => {
    for (const [text, problem] of [
      [':s3cret', 'no user'],
      ['', 'no user'],
      ['\n', 'no user'],
      ['s3cret:a\ns3cret:b', 'more than one line'],
      ['s3cret\n\n', 'more than one line'],
    ] as const) {
      assert.throws(
        () => parseNatsLogin(text, 'GAPCAP_NATS_LOGIN'),
        (error: Error & { code: string; hint: string }) => {
          assert.equal(error.code, 'BAD_NATS_LOGIN');
          assert.equal(
            error.message,
            `There is no login for NATS in GAPCAP_NATS_LOGIN: it has ${problem}.`,
          );
          assert.match(error.hint, /USER:PASSWORD, or a token/);
          assert.doesNotMatch(JSON.stringify(error), /s3cret/);
          return true;
        },
        JSON.stringify(text),
      );
    }
  });
});
