/** The connection to NATS, made anew whenever it breaks. */

import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator,
} from '@nats-io/transport-node';
import { SystemCallError, UnsupportedError } from '../core/errors.js';
import { DialledSockets } from './dialled-sockets.js';
import { loginIn, type NatsAddress, type NatsServerUrl, natsServers } from './nats-address.js';
import { seedAlone } from './nats-files.js';
import { handshakeRefusal, mayBeHandshake, natsRefusal } from './nats-refusal.js';
import { ReachedServer } from './reached-server.js';
import { findHandshakeRefusal } from './tls-handshake.js';

/**
 * Connects, and connects again whenever the connection breaks: to whichever of the servers answers.
 *
 * @throws {SystemCallError} `ECONNREFUSED`, `ENOTFOUND`, …
 * @throws {UnsupportedError} `NATS_REFUSED` where a server doesn't let us in
 */
export async function connectTo(address: NatsAddress, name: string): Promise<NatsConnection> {
  try {
    return await attempt(address, name);
  } catch (error) {
    throw (await refusalOfOne(error, address, name)) ?? error;
  }
}

/**
 * Of several servers the library tells what the last one said that it tried, which may be nothing, where another one had
 * a reason: asks each alone.
 */
async function refusalOfOne(
  error: unknown,
  address: NatsAddress,
  name: string,
): Promise<UnsupportedError | undefined> {
  const urls = address.url.split(',');
  if (urls.length === 1 || !(error instanceof SystemCallError)) return undefined;
  const login = loginIn(address);
  const outcomes = await Promise.allSettled(
    urls.map(async (url) => {
      const connection = await attempt({ ...address, url, login }, name);
      await connection.close();
    }),
  );
  return outcomes
    .map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as unknown) : undefined))
    .find((reason) => reason instanceof UnsupportedError);
}

async function attempt(address: NatsAddress, name: string): Promise<NatsConnection> {
  const servers = natsServers(address.url);
  const options: NodeConnectionOptions = {
    servers: servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`),
    name,
    ...loginOf(address),
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

function loginOf(address: NatsAddress): Pick<NodeConnectionOptions, 'user' | 'pass' | 'token'> {
  const login = loginIn(address);
  if (login === undefined) return {};
  const { user, password } = login;
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
