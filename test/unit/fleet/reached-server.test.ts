import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { Server } from '@nats-io/transport-node';
import { ReachedServer } from '../../../src/fleet/reached-server.js';

const certificate = (names: string): PeerCertificate =>
  ({ subject: { CN: 'x' }, subjectaltname: names }) as PeerCertificate;

const server = (hostname: string, gossiped = false, tlsName = ''): Server => ({
  ...{ hostname, port: 4222, listen: `${hostname}:4222`, src: hostname, tlsName },
  ...{ reconnects: 0, lastConnect: 0, gossiped, didConnect: false },
});

/** Whether the certificate is taken for the server that is tried next. */
function takes(next: Server, names: string): boolean {
  const reached = new ReachedServer();
  assert.equal(reached.follow([server('before'), next], null), null);
  assert.equal(reached.follow([next, server('before')], null), null);
  return reached.check('localhost', certificate(names)) === undefined;
}

describe('ReachedServer', () => {
  it('takes a certificate with the name or number by which the server is reached', () => {
    assert.ok(takes(server('nats1.example.net'), 'DNS:nats1.example.net'));
    assert.ok(takes(server('nats1.example.net'), 'DNS:*.example.net'));
    assert.ok(takes(server('192.0.2.1'), 'IP Address:192.0.2.1'));
  });

  // https://github.com/nodejs/node/issues/64144: 22.23.0 to at least 22.23.3, 24.17.0 and 24.18.
  const isRefused = checkServerIdentity('::1', certificate('IP Address:::1')) !== undefined;
  it('takes a certificate with the IPv6 address by which the server is reached', {
    skip: isRefused && 'this Node takes no certificate for an IPv6 address',
  }, () => {
    assert.ok(takes(server('2001:db8::1'), 'IP Address:2001:DB8:0:0:0:0:0:1'));
  });

  it('takes no other, be it that of the server before, or of "localhost"', () => {
    assert.ok(!takes(server('nats1.example.net'), 'DNS:before'));
    assert.ok(!takes(server('nats1.example.net'), 'DNS:localhost'));
    assert.ok(!takes(server('192.0.2.1'), 'DNS:localhost, IP Address:192.0.2.2'));
    assert.ok(!takes(server('192.0.2.1', false, 'nats1.example.net'), 'DNS:nats1.example.net'));
  });

  it('takes for a server that another one told of that one’s name as well', () => {
    const told = server('192.0.2.1', true, 'nats1.example.net');
    assert.ok(takes(told, 'DNS:nats1.example.net'));
    assert.ok(takes(told, 'IP Address:192.0.2.1'));
    assert.ok(!takes(told, 'DNS:nats2.example.net'));
  });

  it('asks for what Node asks for as long as no server was tried', () => {
    const reached = new ReachedServer();
    assert.equal(reached.check('localhost', certificate('DNS:localhost')), undefined);
    assert.match(String(reached.check('localhost', certificate('DNS:a'))?.message), /localhost/);
  });
});
