/** Follows a fleet's stream from a message on, whatever becomes of the server that keeps the reader's place in it. */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Consumer,
  type ConsumerMessages,
  type ConsumerNotification,
  DeliverPolicy,
  type JsMsg,
  jetstreamManager,
} from '@nats-io/jetstream';
import { type NatsConnection, TimeoutError } from '@nats-io/transport-node';
import { mayPass } from './fleet-stream.js';
import { ALL_SUBJECTS } from './fleet-subject.js';
import { rootOf, wordsOf } from './nats-refusal.js';
import { consumerOf, untilSilent } from './stream-consumer.js';

/** How long one request for messages lasts; a server that doesn't know it any more is noticed by then. */
const PULL_MS = 3_000;
/** Before a consumer is asked for again. */
const AGAIN_MS = 500;
/** A server that is there answers within milliseconds. */
const ANSWER_MS = 2_000;
/**
 * What the library tells where the server doesn't know the consumer any more, or where it has made it anew itself: by its old
 * place, which may be one in a stream that is no more.
 */
const SIGNS_OF_LOSS: ReadonlySet<ConsumerNotification['type']> = new Set([
  'consumer_deleted',
  'ordered_consumer_recreated',
]);

/** What a follower asks and tells on its way. */
export interface FollowerListener {
  /** Whether the connection is broken now. */
  readonly isAway: () => boolean;
  /** Takes a sentence for the user. */
  readonly onNews: (news: string) => void;
}

/**
 * A reader of every message of a stream, from one on: each once, in their order.
 *
 * The server keeps the reader's place in a consumer, and in a cluster one server alone keeps it. When that one dies the
 * library waits for it, for ever; so where nothing is heard any more a consumer is made anew, behind the last message.
 *
 * A stream that was deleted and made anew counts from 1, and so does one that lost its latest messages in a power cut go back.
 * Then it is read from its start: messages may come twice, none is left out.
 */
export class StreamFollower {
  readonly #connection: NatsConnection;
  readonly #stream: string;
  readonly #listener: FollowerListener;
  /** Number of the message that comes next, or less. */
  #next: number;

  /** @param next number of the first message to give, if it is there */
  constructor(
    connection: NatsConnection,
    stream: string,
    next: number,
    listener: FollowerListener,
  ) {
    this.#connection = connection;
    this.#stream = stream;
    this.#next = next;
    this.#listener = listener;
  }

  /**
   * Makes the first consumer, for `messages`; its `num_pending` tells what is there already.
   *
   * @throws what the library throws
   */
  begin(): Promise<Consumer> {
    // By number: a consumer that begins at a time isn't made anew after the server was away.
    return consumerOf(this.#connection, this.#stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#next,
      filter_subjects: ALL_SUBJECTS,
    });
  }

  /** The messages, until the connection is closed. Call it once. */
  async *messages(first: Consumer): AsyncGenerator<JsMsg, void, undefined> {
    let consumer: Consumer | undefined = first;
    while (consumer !== undefined) {
      try {
        const messages = await consumer.consume({ expires: PULL_MS });
        const isLost = stopWhenLost(messages);
        for await (const message of untilSilent(messages, this.#listener.isAway)) {
          if (message.seq < this.#next) continue;
          this.#next = message.seq + 1;
          yield message;
        }
        if (!isLost()) return;
      } catch (error) {
        if (!(error instanceof TimeoutError) && !mayPass(error, this.#connection)) throw error;
      }
      consumer = await this.#beginAgain();
    }
  }

  /** It was granted before, so whatever is in its way now may pass. */
  async #beginAgain(): Promise<Consumer | undefined> {
    let hasTold = false;
    while (!this.#connection.isClosed()) {
      try {
        await this.#turnBack();
        return await this.begin();
      } catch (error) {
        if (!hasTold && !this.#connection.isClosed() && !this.#listener.isAway()) {
          hasTold = true;
          const words = wordsOf(rootOf(error));
          this.#listener.onNews(
            `The stream ${this.#stream} can't be read at the moment: ${words}. It is tried again.`,
          );
        }
        await sleep(AGAIN_MS);
      }
    }
    return undefined;
  }

  /** Goes to the start of a stream that has fewer messages than were given. */
  async #turnBack(): Promise<void> {
    if (!(await this.#isShorter())) return;
    // A server that has just come to lead the stream may not have all of it yet.
    await sleep(AGAIN_MS);
    if (!(await this.#isShorter())) return;
    this.#next = 1;
    this.#listener.onNews(
      `The stream ${this.#stream} has fewer messages than were read: it was made anew, or lost some. It is read from its start.`,
    );
  }

  async #isShorter(): Promise<boolean> {
    const manager = await jetstreamManager(this.#connection, {
      timeout: ANSWER_MS,
      checkAPI: false,
    });
    const { state } = await manager.streams.info(this.#stream);
    return state.last_seq < this.#next - 1;
  }
}

/** Stops messages where their consumer is lost; what it returns tells whether it was. */
function stopWhenLost(messages: ConsumerMessages): () => boolean {
  let isLost = false;
  void (async () => {
    for await (const { type } of messages.status()) {
      if (!SIGNS_OF_LOSS.has(type)) continue;
      isLost = true;
      messages.stop();
    }
  })();
  return () => isLost;
}
