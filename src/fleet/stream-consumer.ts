/** Consumers of a fleet's stream, made also while a cluster misses a server. */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Consumer,
  type ConsumerMessages,
  type ConsumerNotification,
  type JsMsg,
  jetstream,
  type OrderedConsumerOptions,
} from '@nats-io/jetstream';
import { type NatsConnection, TimeoutError } from '@nats-io/transport-node';
import { mayPass } from './fleet-stream.js';

/** A server that is there answers within milliseconds. */
const ANSWER_MS = 2_000;
/** The server forgets one that isn't asked for so long; the library makes it anew where it is asked again. */
const IDLE_MS = 60_000;
/** A cluster knows by then that a server is dead. */
const LONGEST_MS = 45_000;
/** Before it is asked again: some refusals come at once. */
const AGAIN_MS = 500;
/** How often is looked whether something came … */
const LOOK_MS = 1_000;
/**
 * … and after how many looks nothing will. A consumer that lives says so in half the time of a request at the latest, and the
 * library's own remedies, for a connection that broke or a consumer that was forgotten, need some six seconds.
 */
const MOST_SILENT_LOOKS = 8;
/** What the library tells when something has come from the consumer. */
const SIGNS_OF_LIFE: ReadonlySet<ConsumerNotification['type']> = new Set([
  'heartbeat',
  'discard',
  'debug',
]);

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

/**
 * Messages as a consumer gives them, for as long as it gives signs of life.
 *
 * Looks are counted, not time: after a pause of this process what came meanwhile is still to be taken.
 *
 * @param isAway whether the connection is broken now; then it is no sign of death that nothing comes
 * @throws {TimeoutError} where none came for some eight seconds: the server that keeps the consumer is gone
 */
export async function* untilSilent(
  messages: ConsumerMessages,
  isAway: () => boolean = () => false,
): AsyncGenerator<JsMsg, void, undefined> {
  let silentLooks = 0;
  void (async () => {
    for await (const { type } of messages.status()) if (SIGNS_OF_LIFE.has(type)) silentLooks = 0;
  })();
  const timer = setInterval(() => {
    silentLooks = isAway() ? 0 : silentLooks + 1;
    if (silentLooks >= MOST_SILENT_LOOKS) messages.stop();
  }, LOOK_MS);
  try {
    for await (const message of messages) {
      silentLooks = 0;
      yield message;
    }
  } finally {
    clearInterval(timer);
    messages.stop();
  }
  if (silentLooks >= MOST_SILENT_LOOKS) throw new TimeoutError();
}
