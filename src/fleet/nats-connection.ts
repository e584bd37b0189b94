/** The connection to NATS, made anew whenever it breaks. */

import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator,
} from '@nats-io/transport-node';
import { DialledSockets } from './dialled-sockets.js';
import { type NatsAddress, type NatsServerUrl, natsServers } from './nats-address.js';
import { seedAlone } from './nats-files.js';
import { handshakeRefusal, mayBeHandshake, natsRefusal } from './nats-refusal.js';
import { ReachedServer } from './reached-server.js';
import { findHandshakeRefusal } from './tls-handshake.js';

/**
 * Connects, and connects again whenever the connection breaks: to whichever of the servers answers.
 *
 * @throws {SystemCallError} `ECONNREFUSED`, `ENOTFOUND`, …
 * @throws {UnsupportedError} `NATS_REFUSED` where the server doesn't let us in
 */
export async function connectTo(address: NatsAddress, name: string): Promise<NatsConnection> {
  const servers = natsServers(address.url);
  const options: NodeConnectionOptions = {
    servers: servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`),
    name,
    ...loginOf(address, servers),
    ...authenticatorOf(address),
    ...tlsOf(address, servers),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    timeout: 5_000,
    pingInterval: 5_000,
    maxPingOut: 2,
    ignoreAuthErrorAbort: true,
  };
  const dialled = new DialledSockets();
  try {
    const connection = await dialled.during(() => connect(options));
    void connection.closed().then(() => dialled.end());
    return connection;
  } catch (error) {
    dialled.end();
    throw (await inHandshake(error, address)) ?? natsRefusal(error, address);
  }
}

/** The refusal that a server's silence was, where it was one. */
async function inHandshake(error: unknown, address: NatsAddress): Promise<Error | undefined> {
  if (!mayBeHandshake(error)) return undefined;
  const found = await Promise.all(
    natsServers(address.url).map((server) => findHandshakeRefusal(server, address)),
  );
  const refusal = found.find((one) => one !== undefined);
  return refusal === undefined ? undefined : handshakeRefusal(refusal, address, error);
}

/** One login for all servers: that of the first that names one, or the address's. */
function loginOf(
  { login }: NatsAddress,
  servers: readonly NatsServerUrl[],
): Pick<NodeConnectionOptions, 'user' | 'pass' | 'token'> {
  const named = servers.find(({ user }) => user !== '') ?? login;
  if (named === undefined) return {};
  const { user, password } = named;
  return password === '' ? { token: user } : { user, pass: password };
}

function authenticatorOf({ credentials }: NatsAddress): { authenticator?: Authenticator } {
  if (credentials === undefined) return {};
  const seed = seedAlone(credentials);
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  return {
    authenticator:
      seed === undefined
        ? credsAuthenticator(encode(credentials))
        : nkeyAuthenticator(encode(seed)),
  };
}

function tlsOf(
  { authority, certificate, key }: NatsAddress,
  servers: readonly NatsServerUrl[],
): Pick<NodeConnectionOptions, 'tls' | 'reconnectToServer'> {
  const isWanted =
    servers.some(({ wantsTls }) => wantsTls) ||
    authority !== undefined ||
    certificate !== undefined;
  if (!isWanted) return {};
  const reached = new ReachedServer();
  const tls = {
    ...(authority === undefined ? {} : { ca: authority }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    checkServerIdentity: reached.check,
  };
  return { tls, reconnectToServer: reached.follow };
}
