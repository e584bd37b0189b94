/** The connection to NATS, made anew whenever it breaks. */

import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator,
} from '@nats-io/transport-node';
import { type NatsAddress, type NatsServerUrl, natsServers } from './nats-address.js';
import { seedAlone } from './nats-files.js';
import { natsRefusal } from './nats-refusal.js';

/**
 * Connects, and connects again whenever the connection breaks: to whichever of the servers answers.
 *
 * @param wait whether to go on trying where no server can be reached at first
 * @throws {SystemCallError} `ECONNREFUSED`, `ENOTFOUND`, …
 * @throws {UnsupportedError} `NATS_REFUSED` where the server doesn't let us in
 */
export async function connectTo(
  address: NatsAddress,
  name: string,
  wait: boolean,
): Promise<NatsConnection> {
  const servers = natsServers(address.url);
  const options: NodeConnectionOptions = {
    servers: servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`),
    name,
    ...loginOf(servers),
    ...authenticatorOf(address),
    ...tlsOf(address, servers),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    waitOnFirstConnect: wait,
    timeout: 5_000,
    pingInterval: 5_000,
    maxPingOut: 2,
    ignoreAuthErrorAbort: true,
  };
  try {
    return await connect(options);
  } catch (error) {
    throw natsRefusal(error, address);
  }
}

/** One login for all servers: that of the first that names one. */
function loginOf(
  servers: readonly NatsServerUrl[],
): Pick<NodeConnectionOptions, 'user' | 'pass' | 'token'> {
  const named = servers.find(({ user }) => user !== '');
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
): Pick<NodeConnectionOptions, 'tls'> {
  const isWanted =
    servers.some(({ wantsTls }) => wantsTls) ||
    authority !== undefined ||
    certificate !== undefined;
  if (!isWanted) return {};
  const tls = {
    ...(authority === undefined ? {} : { ca: authority }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    // A server that is called by its address has no name to look for: Node would look for "localhost".
    checkServerIdentity: (name: string, peer: PeerCertificate): Error | undefined => {
      const problems = servers.map(({ host }) => checkServerIdentity(host, peer));
      return problems.includes(undefined)
        ? undefined
        : (problems[0] ?? checkServerIdentity(name, peer));
    },
  };
  return { tls };
}
