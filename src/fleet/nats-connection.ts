/** The connection to NATS and the stream that holds a fleet's messages. */

import { JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import {
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { SystemCallError, UnsupportedError } from '../core/errors.js';
import { ALL_SUBJECTS } from './fleet-subject.js';
import { type NatsAddress, redactedUrl } from './nats-address.js';

/** JetStream's code for a stream that isn't there. */
const STREAM_NOT_FOUND = 10059;

const NS_PER_DAY = 86_400_000_000_000;
/** How long messages are kept in a stream that we make. */
const KEEP_DAYS = 30;
/** How long the server remembers the ids of messages, to know those that come twice. */
const REMEMBER_NS = 600_000_000_000;

/**
 * Connects, and connects again whenever the connection breaks.
 *
 * @param wait whether to go on trying where the server can't be reached at first
 * @throws {SystemCallError} `ECONNREFUSED`, `ENOTFOUND`, …
 * @throws {UnsupportedError} `NATS_REFUSED` where the server doesn't let us in
 */
export async function connectTo(
  address: NatsAddress,
  name: string,
  wait: boolean,
): Promise<NatsConnection> {
  const { url, credentials, authority, certificate, key } = address;
  const parsed = new URL(url);
  const port = parsed.port === '' ? '4222' : parsed.port;
  const user = decodeURIComponent(parsed.username);
  const password = decodeURIComponent(parsed.password);
  const secrets = user === '' ? {} : password === '' ? { token: user } : { user, pass: password };
  const wantsTls =
    parsed.protocol === 'tls:' || authority !== undefined || certificate !== undefined;
  const options: NodeConnectionOptions = {
    servers: `${parsed.hostname}:${port}`,
    name,
    ...secrets,
    ...(credentials === undefined
      ? {}
      : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
    ...(wantsTls
      ? {
          tls: {
            ...(authority === undefined ? {} : { ca: authority }),
            ...(certificate === undefined ? {} : { cert: certificate }),
            ...(key === undefined ? {} : { key }),
          },
        }
      : {}),
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
    throw connectError(error, url);
  }
}

/**
 * Makes sure that there is the stream.
 *
 * @throws {UnsupportedError} `NO_JETSTREAM`, `NO_STREAM`
 */
export async function openStream(
  connection: NatsConnection,
  stream: string,
): Promise<JetStreamManager> {
  let manager: JetStreamManager;
  try {
    manager = await jetstreamManager(connection, { timeout: 5_000 });
    await manager.getAccountInfo();
  } catch (error) {
    throw new UnsupportedError(
      'NO_JETSTREAM',
      `The NATS server has no JetStream: ${wordsOf(error)}.`,
      {
        feature: 'JetStream',
        hint: 'Start it with -js, or enable JetStream for the account.',
        cause: error,
      },
    );
  }
  try {
    await manager.streams.info(stream);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NOT_FOUND) {
      throw noStream(stream, error);
    }
    try {
      await manager.streams.add({
        name: stream,
        description: 'What gapcap sensors tell of their captures',
        subjects: [ALL_SUBJECTS],
        storage: 'file',
        max_age: KEEP_DAYS * NS_PER_DAY,
        duplicate_window: REMEMBER_NS,
      });
    } catch (second) {
      throw noStream(stream, second);
    }
  }
  return manager;
}

function noStream(stream: string, error: unknown): UnsupportedError {
  return new UnsupportedError(
    'NO_STREAM',
    `There is no stream ${stream}, and it can't be made: ${wordsOf(error)}.`,
    {
      feature: 'stream',
      hint: `Have it made by somebody who may, with the subjects ${ALL_SUBJECTS}.`,
      cause: error,
    },
  );
}

function connectError(error: unknown, url: string): unknown {
  const root = rootOf(error);
  const where = redactedUrl(url);
  const { code, errno = 0, syscall = 'connect' } = root as NodeJS.ErrnoException;
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) {
    return new SystemCallError(code, `Can't reach the NATS server at ${where}: ${code}.`, {
      syscall,
      errno: Math.abs(errno),
      cause: error,
      hint: 'Is nats-server running there?',
    });
  }
  return new UnsupportedError(
    'NATS_REFUSED',
    `The NATS server at ${where} doesn't let us in: ${wordsOf(error)}.`,
    {
      feature: 'NATS',
      hint: 'Look at user, password, credentials and certificates.',
      cause: error,
    },
  );
}

function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause !== undefined) root = root.cause;
  return root;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
