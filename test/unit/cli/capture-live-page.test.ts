import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openLivePage, parsePageAddress } from '../../../src/cli/capture-live-page.js';
import { UsageError } from '../../../src/cli/usage-error.js';

describe('parsePageAddress', () => {
  it('takes a port alone, and a name or an address before it', () => {
    assert.deepEqual(parsePageAddress('9100'), { host: undefined, port: 9100 });
    assert.deepEqual(parsePageAddress('0'), { host: undefined, port: 0 });
    assert.deepEqual(parsePageAddress('localhost:9100'), { host: 'localhost', port: 9100 });
    assert.deepEqual(parsePageAddress('0.0.0.0:65535'), { host: '0.0.0.0', port: 65_535 });
    assert.deepEqual(parsePageAddress('[::1]:80'), { host: '::1', port: 80 });
  });

  it('refuses what would be read in two ways, or not at all', () => {
    const wrong = ['', ':9100', '65536', '-1', '9100x', '::1:9100', '[::1]', 'a b:1', 'http://x:1'];
    for (const text of wrong) assert.throws(() => parsePageAddress(text), UsageError, text);
  });
});

describe('openLivePage', () => {
  it('opens nothing unless asked', async () => {
    assert.equal(await openLivePage({}), undefined);
  });

  it('refuses a name for a page that there is not', async () => {
    await assert.rejects(openLivePage({ httpAllowHost: ['x'] }), /^UsageError: --http-allow-host/);
  });
});
