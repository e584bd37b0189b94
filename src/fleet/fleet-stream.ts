/** The stream that holds a fleet's messages. */

import {
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { type NatsConnection, NoRespondersError, TimeoutError } from '@nats-io/transport-node';
import { GapcapError, UnsupportedError } from '../core/errors.js';
import { ALL_SUBJECTS } from './fleet-subject.js';
import { DEFAULT_STREAM, type NatsAddress } from './nats-address.js';
import { rootOf, wordsOf } from './nats-refusal.js';

/** JetStream's codes (errors.json of nats-server). */
const NOT_FOUND = 10059;
const NO_SUITABLE_PEERS = 10005;
const CLUSTER_NOT_AVAILABLE = 10008;
const INSUFFICIENT_RESOURCES = 10023;

const NS_PER_DAY = 86_400_000_000_000;
/** How long messages are kept in a stream that we make. */
const KEEP_DAYS = 30;
/** How long the server remembers the ids of messages, to know those that come twice. */
const REMEMBER_NS = 600_000_000_000;
/** Copies in a cluster: the least that outlives the loss of one server. */
const REPLICAS_OF_CLUSTER = 3;
const ANSWER_MS = 5_000;

/** A stream that is there. */
export interface OpenStream {
  readonly manager: JetStreamManager;
  /** What of it isn't as it was asked for, or as it had better be; for the user. */
  readonly news: string | undefined;
}

/**
 * Makes sure that there is the stream.
 *
 * @throws {UnsupportedError} `NO_JETSTREAM`, `NO_STREAM`
 */
export async function openStream(
  connection: NatsConnection,
  address: NatsAddress,
): Promise<OpenStream> {
  const { stream = DEFAULT_STREAM, replicas: wanted } = address;
  const manager = await managerOf(connection);
  try {
    const { config } = await manager.streams.info(stream);
    return { manager, news: replicaNews(stream, config.num_replicas, wanted) };
  } catch (error) {
    if (codeOf(error) !== NOT_FOUND) throw noStream(stream, error);
  }
  try {
    return { manager, news: await makeStream(connection, manager, stream, wanted) };
  } catch (error) {
    throw noStream(stream, error);
  }
}

async function managerOf(connection: NatsConnection): Promise<JetStreamManager> {
  try {
    const manager = await jetstreamManager(connection, { timeout: ANSWER_MS });
    await manager.getAccountInfo();
    return manager;
  } catch (error) {
    const isPassing = codeOf(error) === CLUSTER_NOT_AVAILABLE;
    throw new UnsupportedError(
      'NO_JETSTREAM',
      `The NATS server has no JetStream${isPassing ? ' at the moment' : ''}: ${wordsOf(error)}.`,
      {
        feature: 'JetStream',
        hint: isPassing
          ? 'Are most servers of the cluster running?'
          : 'Start it with -js, or enable JetStream for the account.',
        cause: error,
      },
    );
  }
}

/** Whether an error may be gone soon: a cluster that has just lost a server chooses others to lead. */
export function mayPass(error: unknown, connection: NatsConnection): boolean {
  if (connection.info?.cluster === undefined || connection.isClosed()) return false;
  const root = rootOf(error);
  if (codeOf(root) !== undefined) return codeOf(root) === CLUSTER_NOT_AVAILABLE;
  return root instanceof TimeoutError || root instanceof NoRespondersError;
}

/** An error of reading the stream as people read it. */
export function streamRefusal(
  error: unknown,
  { stream = DEFAULT_STREAM }: NatsAddress,
): GapcapError {
  if (error instanceof GapcapError) return error;
  return new UnsupportedError(
    'STREAM_FAILED',
    `The NATS server doesn't let the stream ${stream} be read: ${wordsOf(rootOf(error))}.`,
    {
      feature: 'stream',
      hint: 'Are most servers of the cluster running, and may we make consumers ($JS.API.CONSUMER.>)?',
      cause: error,
    },
  );
}

/** @returns what the user had better know of it */
async function makeStream(
  connection: NatsConnection,
  manager: JetStreamManager,
  stream: string,
  wanted: number | undefined,
): Promise<string | undefined> {
  const settings: Partial<StreamConfig> & { name: string } = {
    name: stream,
    description: 'What gapcap sensors tell of their captures',
    subjects: [ALL_SUBJECTS],
    storage: 'file',
    max_age: KEEP_DAYS * NS_PER_DAY,
    duplicate_window: REMEMBER_NS,
  };
  const isCluster = connection.info?.cluster !== undefined;
  const replicas = wanted ?? (isCluster ? REPLICAS_OF_CLUSTER : 1);
  try {
    await manager.streams.add({ ...settings, num_replicas: replicas });
    return undefined;
  } catch (error) {
    const isTooMuch = [NO_SUITABLE_PEERS, INSUFFICIENT_RESOURCES].includes(codeOf(error) ?? 0);
    if (wanted !== undefined || replicas === 1 || !isTooMuch) throw error;
  }
  await manager.streams.add({ ...settings, num_replicas: 1 });
  return `The cluster has no room for ${replicas} replicas of the stream ${stream}: one server alone keeps it. Make it more with: nats stream edit ${stream} --replicas ${replicas}`;
}

function replicaNews(
  stream: string,
  present: number,
  wanted: number | undefined,
): string | undefined {
  if (wanted === undefined || wanted === present) return undefined;
  return `The stream ${stream} is there already, with ${present} replicas, not ${wanted}. Change it with: nats stream edit ${stream} --replicas ${wanted}`;
}

function noStream(stream: string, error: unknown): UnsupportedError {
  const isTooMuch = [NO_SUITABLE_PEERS, INSUFFICIENT_RESOURCES].includes(codeOf(error) ?? 0);
  return new UnsupportedError(
    'NO_STREAM',
    `There is no stream ${stream}, and it can't be made: ${wordsOf(error)}.`,
    {
      feature: 'stream',
      hint: isTooMuch
        ? 'Ask for no more replicas than the cluster has servers with JetStream and room for it.'
        : `Have it made by somebody who may, with the subjects ${ALL_SUBJECTS}.`,
      cause: error,
    },
  );
}

function codeOf(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.code : undefined;
}
