import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { nkeys } from '@nats-io/transport-node';
import {
  loginIn,
  natsServers,
  readNatsAddress,
  redactedUrl,
} from '../../../src/fleet/nats-address.js';
import { seedAlone } from '../../../src/fleet/nats-files.js';
import { makeNatsCredentials } from '../../support/nats-credentials.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-address-'));
after(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('natsServers', () => {
  it('takes one server or several, each with its port, its login and whether it wants TLS', () => {
    assert.deepEqual(natsServers('nats://a.example, tls://us%2Fer:p%2Cw@[2001:db8::1]:99'), [
      { host: 'a.example', port: 4222, wantsTls: false, user: '', password: '' },
      { host: '2001:db8::1', port: 99, wantsTls: true, user: 'us/er', password: 'p,w' },
    ]);
  });

  it('refuses what is none, and shows nothing of a login', () => {
    const bad = [
      'nats://s3cret:w0rd/x@host',
      'nats://s3cret:w0rd,x@host',
      'nats://s3cret%E0:w0rd@host',
      'nats://host,http://s3cret@other',
      'nats://s3cret:w0rd x/@host,nats://s3cret:w0rd@host',
      'nats://:w0rd@host',
      'nats://',
      '',
    ];
    for (const url of bad) {
      assert.throws(
        () => natsServers(url),
        (error: Error) => {
          assert.match(error.message, /is no address of a NATS server/);
          assert.doesNotMatch(JSON.stringify(error) + error.message, /s3cret|w0rd/);
          return true;
        },
        url,
      );
    }
  });
});

describe('redactedUrl', () => {
  it('leaves out users, passwords and tokens of each server', () => {
    assert.equal(
      redactedUrl('nats://u:p@a:1,tls://token@b,nats://c'),
      'nats://…@a:1,tls://…@b,nats://c',
    );
  });
});

describe('readNatsAddress', () => {
  it('takes a credentials file, and a seed alone as it comes from NATS’s own tools', () => {
    const { known } = makeNatsCredentials();
    const creds = fileWith('known.creds', known);
    assert.equal(readNatsAddress('nats://a', { credentials: creds }).credentials, known);
    assert.equal(seedAlone(known), undefined);
    const seed = new TextDecoder().decode(nkeys.createUser().getSeed());
    const alone = `# of the sensor edge1\n${seed}\n`;
    const path = fileWith('alone.nk', alone);
    assert.equal(seedAlone(readNatsAddress('nats://a', { credentials: path }).credentials!), seed);
  });

  it('takes a login in a file, for servers of which none has one in the address', () => {
    const login = fileWith('login', 'edge1:s3:cr et\r\n');
    const address = readNatsAddress('nats://a,nats://b', { login });
    assert.deepEqual(loginIn(address), { user: 'edge1', password: 's3:cr et' });
    const named = readNatsAddress('nats://a,nats://x:y@b', { login });
    assert.deepEqual(loginIn(named), { user: 'x', password: 'y' });
    const token = readNatsAddress('nats://a', { login: fileWith('token', 't0ken') });
    assert.deepEqual(loginIn(token), { user: 't0ken', password: '' });
    assert.equal(loginIn(readNatsAddress('nats://a')), undefined);
  });

  it('refuses files without what they are given for, and shows nothing of them', () => {
    const account = new TextDecoder().decode(nkeys.createAccount().getSeed());
    const files = [
      { credentials: fileWith('account.nk', account) },
      { credentials: fileWith('empty', '') },
      { login: fileWith('no-login', '\n'), code: 'BAD_NATS_LOGIN' },
      { login: fileWith('no-user', ':secret\n'), code: 'BAD_NATS_LOGIN' },
      { login: fileWith('two-logins', 'secret:a\nsecret:b\n'), code: 'BAD_NATS_LOGIN' },
      { authority: fileWith('no-ca', 'secret text') },
      { certificate: fileWith('no-cert', 'secret text'), key: fileWith('no-key', 'secret text') },
    ];
    for (const { code = 'BAD_NATS_FILE', ...one } of files) {
      assert.throws(
        () => readNatsAddress('nats://a', one),
        (error: Error & { code: string }) => {
          assert.equal(error.code, code);
          assert.ok(!error.message.includes('secret') && !error.message.includes(account));
          return true;
        },
      );
    }
  });

  it('refuses a number of replicas that no stream can have', () => {
    for (const replicas of [0, 6, 1.5, Number.NaN]) {
      assert.throws(() => readNatsAddress('nats://a', {}, { replicas }), { code: 'BAD_REPLICAS' });
    }
    assert.equal(readNatsAddress('nats://a', {}, { replicas: 3 }).replicas, 3);
  });
});
