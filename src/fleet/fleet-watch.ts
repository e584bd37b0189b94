/**
 * Watches a fleet: puts its state together from the stream, then follows it.
 *
 * Nothing is kept between two watchers: whoever starts reads the latest word of every sensor (the last
 * message of each subject), then what came in the last minutes, for plots and the latest gaps, then
 * whatever comes. Messages that are met twice on that way are known by their numbers.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, DeliverPolicy, type JsMsg, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MOST_INTERFACES, MOST_SENSORS } from '../watch/watched-sensors.js';
import { type FleetEvent, type FleetMessage, parseFleetMessage } from './fleet-message.js';
import { FleetState } from './fleet-state.js';
import { ALL_SUBJECTS, STATE_SUBJECTS, subjectOf } from './fleet-subject.js';
import { DEFAULT_STREAM, type NatsAddress } from './nats-address.js';
import { connectTo, openStream } from './nats-connection.js';

/** How far back a watcher looks for plots and gaps unless told otherwise. */
export const DEFAULT_LOOK_BACK_MS = 600_000;

/** Longest wait for the past; what isn't there by then comes later. */
const CATCH_UP_MS = 10_000;

const LEFT_OUT = `There are more sensors than are kept, ${MOST_SENSORS}, or more interfaces, ${MOST_INTERFACES}: what is new is left out.`;

/** How a watcher is to watch. */
export interface FleetWatchOptions {
  readonly address: NatsAddress;
  /** How far back to look for what isn't totals: gaps one by one, rates. */
  readonly lookBackMs?: number | undefined;
  /** Takes each event once, those of the past included, in the order of the stream. */
  readonly onEvent?: ((event: FleetEvent, serverMs: number) => void) | undefined;
  /** Called where messages stop or begin to come. */
  readonly onNews?: ((news: string) => void) | undefined;
}

/** A watcher of a fleet, up to date with the stream. */
export class FleetWatch {
  readonly state: FleetState = new FleetState();
  readonly #connection: NatsConnection;
  readonly #options: FleetWatchOptions;
  #unreadable = 0;
  /** How far our clock is ahead of the server's. */
  #aheadMs = 0;
  #isLive: boolean = false;
  #closing: boolean = false;

  private constructor(connection: NatsConnection, options: FleetWatchOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /**
   * Connects and reads what is known so far.
   *
   * @throws {SystemCallError} where the server can't be reached
   * @throws {UnsupportedError} `NATS_REFUSED`, `NO_JETSTREAM`, `NO_STREAM`
   */
  static async open(options: FleetWatchOptions): Promise<FleetWatch> {
    const connection = await connectTo(options.address, 'gapcap fleet', false);
    const watch = new FleetWatch(connection, options);
    try {
      await watch.#begin();
    } catch (error) {
      await connection.close();
      throw error;
    }
    return watch;
  }

  /** Messages in the stream that weren't taken: of later versions, or not what their subject says. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /**
   * The server's clock as of now: ours, put right by what messages say that have just come. Before the
   * first of them the two are taken to agree.
   */
  get serverMs(): number {
    return Date.now() - this.#aheadMs;
  }

  /** Ends watching. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#connection.close();
  }

  async #begin(): Promise<void> {
    const { address, lookBackMs = DEFAULT_LOOK_BACK_MS } = this.#options;
    const stream = address.stream ?? DEFAULT_STREAM;
    const manager = await openStream(this.#connection, stream);
    const client = jetstream(this.#connection);
    const { state: before } = await manager.streams.info(stream);
    const startMs = Date.now() - lookBackMs;
    if (before.messages > 0) {
      const latest = await client.consumers.get(stream, {
        deliver_policy: DeliverPolicy.LastPerSubject,
        filter_subjects: STATE_SUBJECTS,
      });
      await this.#recall(latest, startMs);
    }
    const news = await client.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: new Date(startMs).toISOString(),
      filter_subjects: ALL_SUBJECTS,
    });
    const { num_pending: pending } = await news.info(true);
    const messages = await news.consume();
    let caughtUp: () => void = () => {};
    const isCaughtUp = new Promise<void>((resolve) => {
      caughtUp = resolve;
    });
    void (async () => {
      for await (const message of messages) {
        this.#take(message);
        if (message.info.pending > 0) continue;
        caughtUp();
        this.#isLive = true;
      }
      if (!this.#closing) this.#options.onNews?.('The stream ended.');
    })().catch((error: Error) => {
      if (!this.#closing) this.#options.onNews?.(`Watching broke off: ${error.message}`);
    });
    void this.#tellConnection();
    if (pending === 0) this.#isLive = true;
    else await Promise.race([isCaughtUp, sleep(CATCH_UP_MS, undefined, { ref: false })]);
  }

  /** Reads the latest words; what is not yet old is met again in its order, and left for then. */
  async #recall(consumer: Consumer, startMs: number): Promise<void> {
    for (let pending = 1; pending > 0; ) {
      pending = 0;
      for await (const message of await consumer.fetch({ max_messages: 500, expires: 1_000 })) {
        pending = message.info.pending;
        const serverMs = message.time.getTime();
        if (serverMs < startMs) {
          const parsed = this.#parse(message);
          if (parsed !== undefined) this.state.recall(parsed, serverMs);
        }
        if (pending === 0) break;
      }
    }
  }

  #parse(message: JsMsg): FleetMessage | undefined {
    const parsed = parseFleetMessage(message.string());
    // The server's rules are for subjects: who may speak for one sensor speaks for no other.
    if (parsed !== undefined && subjectOf(parsed.event) === message.subject) return parsed;
    this.#unreadable++;
    return undefined;
  }

  #take(message: JsMsg): void {
    const parsed = this.#parse(message);
    if (parsed === undefined) return;
    const serverMs = message.time.getTime();
    const aheadMs = Date.now() - serverMs;
    // What comes from the past tells nothing of the clock, unless it is from our future.
    if (this.#isLive || aheadMs < this.#aheadMs) this.#aheadMs = aheadMs;
    const leftOut = this.state.sensors.leftOut;
    if (this.state.take(parsed, serverMs)) this.#options.onEvent?.(parsed.event, serverMs);
    if (leftOut === 0 && this.state.sensors.leftOut > 0) this.#options.onNews?.(LEFT_OUT);
  }

  async #tellConnection(): Promise<void> {
    const { onNews = () => {} } = this.#options;
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') onNews('The NATS server is away; this is the state before.');
      else if (type === 'reconnect') onNews('The NATS server is there again.');
    }
  }
}
