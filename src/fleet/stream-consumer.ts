/** Consumers of a fleet's stream, made also while a cluster misses a server. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, jetstream, type OrderedConsumerOptions } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { mayPass } from './fleet-stream.js';

/** A server that is there answers within milliseconds. */
const ANSWER_MS = 2_000;
/** The server forgets one that isn't asked for so long; the library makes it anew where it is asked again. */
const IDLE_MS = 60_000;
/** A cluster knows by then that a server is dead. */
const LONGEST_MS = 45_000;
/** Before it is asked again: some refusals come at once. */
const AGAIN_MS = 500;

/**
 * Makes an ordered consumer.
 *
 * Until a cluster knows that one of its servers is dead (some 30 s in nats-server 2.9), it may give a
 * consumer to that one, and nobody answers: the next may go to another.
 *
 * @throws what the library throws, where it isn't that
 */
export async function consumerOf(
  connection: NatsConnection,
  stream: string,
  options: Partial<OrderedConsumerOptions>,
): Promise<Consumer> {
  const client = jetstream(connection, { timeout: ANSWER_MS });
  const endMs = performance.now() + LONGEST_MS;
  for (;;) {
    try {
      return await client.consumers.get(stream, { inactive_threshold: IDLE_MS, ...options });
    } catch (error) {
      if (!mayPass(error, connection) || performance.now() > endMs) throw error;
      await sleep(AGAIN_MS);
    }
  }
}
