/** Where a fleet's NATS servers are, and how to get in: plain data, checked. */

import { ArgumentError } from '../core/errors.js';
import { type NatsFiles, type NatsLogin, readNatsFiles } from './nats-files.js';

/** The stream's name unless told otherwise. */
export const DEFAULT_STREAM = 'GAPCAP';

/** Copies of the stream that a cluster can keep, at most. */
export const MOST_REPLICAS = 5;

/** Where the servers are, and how to get in; plain data, for it goes to a thread. */
export interface NatsAddress {
  /**
   * `nats://host:4222` or `tls://…`, with a user and password or a token where wanted; several
   * servers of one cluster with commas between them.
   */
  readonly url: string;
  /** For all servers, where the address names none. */
  readonly login?: NatsLogin | undefined;
  /** What a credentials file (`.creds`) holds, or an NKey's seed alone. */
  readonly credentials?: string | undefined;
  /** PEM texts; undefined: the system's authorities, and no certificate of our own. */
  readonly authority?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** The stream; `GAPCAP` unless given. */
  readonly stream?: string | undefined;
  /** Copies of the stream, where it is made; three in a cluster that has room for them unless given. */
  readonly replicas?: number | undefined;
}

/** What beside the servers there is to say of the stream. */
export interface NatsStreamChoice {
  readonly stream?: string | undefined;
  readonly replicas?: number | undefined;
}

/** One server of an address; user and password are empty where it has none. */
export interface NatsServerUrl extends NatsLogin {
  /** Without brackets where it is an address of IPv6. */
  readonly host: string;
  readonly port: number;
  readonly wantsTls: boolean;
}

const DEFAULT_PORT = 4222;

/**
 * Checks an address and reads the files that go with it.
 *
 * @throws {ArgumentError} `BAD_NATS_URL`, `BAD_STREAM`, `BAD_REPLICAS`, `KEY_WITHOUT_CERTIFICATE`,
 * `BAD_NATS_FILE`, `BAD_NATS_LOGIN`
 * @throws {SystemCallError} where a file can't be read
 */
export function readNatsAddress(
  url: string,
  files: NatsFiles = {},
  { stream, replicas }: NatsStreamChoice = {},
): NatsAddress {
  natsServers(url);
  if (stream !== undefined && !/^[\p{L}\p{N}_-]{1,64}$/u.test(stream)) {
    throw new ArgumentError('BAD_STREAM', `'${stream}' can't be the name of a stream.`, {
      argument: 'stream',
      value: stream,
      expected: 'up to 64 letters, digits, - and _',
      hint: 'Take up to 64 letters, digits, - and _.',
    });
  }
  const isPossible =
    replicas === undefined ||
    (Number.isInteger(replicas) && replicas >= 1 && replicas <= MOST_REPLICAS);
  if (!isPossible) {
    throw new ArgumentError('BAD_REPLICAS', `A stream can't have ${replicas} replicas.`, {
      argument: 'replicas',
      value: replicas,
      expected: `1 to ${MOST_REPLICAS}`,
      hint: `Take 1 to ${MOST_REPLICAS}, and no more than the cluster has servers; 3 outlive the loss of one.`,
    });
  }
  return { url, stream, replicas, ...readNatsFiles(files) };
}

/**
 * The servers that an address names.
 *
 * @throws {ArgumentError} `BAD_NATS_URL`
 */
export function natsServers(url: string): readonly NatsServerUrl[] {
  return url.split(',').map((one) => {
    const server = tryServer(one.trim());
    if (server !== undefined) return server;
    throw new ArgumentError(
      'BAD_NATS_URL',
      `'${redactedUrl(url)}' is no address of a NATS server.`,
      {
        argument: 'url',
        value: redactedUrl(url),
        expected:
          'nats://HOST[:PORT] or tls://HOST[:PORT], with USER:PASSWORD@ or TOKEN@ where wanted; several with commas between them',
        hint: url.includes('@')
          ? 'Name a user or a token; in them and in a password write / as %2F, @ as %40, a comma as %2C, % as %25; or give them as they are in GAPCAP_NATS_LOGIN or the file of --nats-login.'
          : 'Give one such as nats://nats.example.net, or tls://nats.example.net:4222.',
      },
    );
  });
}

/** One login for all servers: that of the first that names one, or the one beside them. */
export function loginIn({ url, login }: NatsAddress): NatsLogin | undefined {
  const named = natsServers(url).find(({ user }) => user !== '');
  return named === undefined ? login : { user: named.user, password: named.password };
}

/** An address without users, passwords and tokens: for people. */
export function redactedUrl(url: string): string {
  const servers = url.split(',');
  // A password with a slash or a comma in it makes the address none, and mustn't be shown either.
  if (servers.every((one) => tryServer(one.trim()) !== undefined)) {
    return servers.map((one) => one.trim().replace(/\/\/.*@/, '//…@')).join(',');
  }
  return url.replace(/\/\/.*@/s, '//…@');
}

function tryServer(text: string): NatsServerUrl | undefined {
  try {
    const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
    if (!/^(nats|tls):$/.test(protocol) || hostname === '') return undefined;
    // A password without a user would be left out in silence.
    if (username === '' && password !== '') return undefined;
    if (!/^\/?$/.test(pathname) || search !== '' || hash !== '') return undefined;
    return {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? DEFAULT_PORT : Number(port),
      wantsTls: protocol === 'tls:',
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
    };
  } catch {
    return undefined;
  }
}
