import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOwnHost } from '../../../src/watch/host-check.js';

const check = (
  header: string | undefined,
  address = '127.0.0.1',
  allowed: string[] = [],
): boolean => isOwnHost(header, address, allowed);

describe('isOwnHost', () => {
  it('takes the names of the loopback interface, with any port and in any case', () => {
    for (const host of ['localhost', 'LocalHost:9100', 'localhost.', '127.0.0.1:1', '[::1]:9100']) {
      assert.equal(check(host), true, host);
    }
  });

  it('takes the address that the client connected to', () => {
    assert.equal(check('192.0.2.7:9100', '192.0.2.7'), true);
    assert.equal(check('192.0.2.7', '::ffff:192.0.2.7'), true);
    assert.equal(check('[2001:DB8::7]:9100', '2001:db8::7'), true);
    assert.equal(check('192.0.2.8', '192.0.2.7'), false);
  });

  it('refuses every other name, those that begin or end like its own too', () => {
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      'evillocalhost',
      '127.0.0.1.nip.io',
      '127.0.0.1@evil.example',
      'localhost:80:80',
      'localhost/',
      '[::1].evil.example',
      '',
      undefined,
    ]) {
      assert.equal(check(host), false, host);
    }
  });

  it('takes names that were allowed', () => {
    assert.equal(check('tap1.example.net:9100', '192.0.2.7', ['TAP1.example.net']), true);
    assert.equal(check('[fe80::1]', '127.0.0.1', ['[FE80::1]']), true);
    assert.equal(check('x.tap1.example.net', '192.0.2.7', ['tap1.example.net']), false);
  });
});
