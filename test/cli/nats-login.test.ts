/** A login for a NATS server that is none: refused before anything is sent, whichever way it is given. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runGapcap } from './gapcap-process.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-login-'));
after(() => rmSync(folder, { recursive: true }));

/** Nobody listens there. */
const url = 'nats://127.0.0.1:1';

describe('a login for a NATS server without a user', () => {
  it('is refused in the environment', async () => {
    const env = { ...process.env, GAPCAP_NATS_LOGIN: ':s3cret' };
    const { status, stderr } = await runGapcap(['fleet', url], { env });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /no login for NATS in GAPCAP_NATS_LOGIN: it has no user\. Write one line/);
    assert.doesNotMatch(stderr, /s3cret/);
  });

  it('is refused in a file', async () => {
    const file = join(folder, 'edge1.login');
    writeFileSync(file, ':s3cret\n');
    const { status, stderr } = await runGapcap(['fleet', url, '--nats-login', file]);
    assert.equal(status, 2, stderr);
    assert.ok(stderr.includes(`no login for NATS in ${file}: it has no user. Write one line`));
    assert.doesNotMatch(stderr, /s3cret/);
  });

  it('is refused in the address', async () => {
    const { status, stderr } = await runGapcap(['fleet', 'nats://:s3cret@127.0.0.1:1']);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /is no address of a NATS server\. Name a user or a token/);
    assert.doesNotMatch(stderr, /s3cret/);
  });
});
