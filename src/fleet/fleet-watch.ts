/**
 * Watches a fleet: puts its state together from the stream, then follows it.
 *
 * Nothing is kept between two watchers: whoever starts reads the latest word of every sensor (the last
 * message of each subject), then what came in the last minutes, for plots and the latest gaps, then
 * whatever comes. Messages that are met twice on that way are known by their numbers.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Consumer, DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { SensorEvent } from '../watch/sensor-event.js';
import { MOST_INTERFACES, MOST_SENSORS } from '../watch/watched-sensors.js';
import { type FleetEvent, type FleetMessage, parseFleetMessage } from './fleet-message.js';
import { FleetState } from './fleet-state.js';
import { mayPass, openStream, streamRefusal } from './fleet-stream.js';
import { ALL_SUBJECTS, START_SUBJECTS, STATE_SUBJECTS, subjectOf } from './fleet-subject.js';
import { DEFAULT_STREAM, type NatsAddress } from './nats-address.js';
import { connectTo } from './nats-connection.js';
import { ServerClock } from './server-clock.js';
import { consumerOf, untilSilent } from './stream-consumer.js';
import { StreamFollower } from './stream-follower.js';

/** How far back a watcher looks for plots and gaps unless told otherwise. */
export const DEFAULT_LOOK_BACK_MS = 600_000;

/** Longest wait for the past; what isn't there by then comes later. */
const CATCH_UP_MS = 10_000;

/** A cluster of which a server dies chooses another leader within this time. */
const ELECTION_MS = 15_000;
const AGAIN_MS = 500;

const LEFT_OUT = `There are more sensors than are kept, ${MOST_SENSORS}, or more interfaces, ${MOST_INTERFACES}: what is new is left out.`;

/** How a watcher is to watch. */
export interface FleetWatchOptions {
  readonly address: NatsAddress;
  /** How far back to look for what isn't totals: gaps one by one, rates. */
  readonly lookBackMs?: number | undefined;
  /** Takes each event once, those of the past included, in the order of the stream. */
  readonly onEvent?: ((event: FleetEvent, serverMs: number) => void) | undefined;
  /**
   * Takes each event that changes the state, sensors that are known from before `lookBackMs` included:
   * what another `WatchedSensors` has to be given.
   */
  readonly onChange?: ((event: SensorEvent) => void) | undefined;
  /** Called where messages stop or begin to come. */
  readonly onNews?: ((news: string) => void) | undefined;
}

/** A watcher of a fleet, up to date with the stream. */
export class FleetWatch {
  readonly state: FleetState = new FleetState();
  readonly #connection: NatsConnection;
  readonly #options: FleetWatchOptions;
  #unreadable = 0;
  readonly #clock = new ServerClock();
  #awaySinceMs: number | undefined;
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
   * @throws {UnsupportedError} `NATS_REFUSED`, `NO_JETSTREAM`, `NO_STREAM`, `STREAM_FAILED`
   */
  static async open(options: FleetWatchOptions): Promise<FleetWatch> {
    const connection = await connectTo(options.address, 'gapcap fleet');
    const endMs = performance.now() + ELECTION_MS;
    let told: string | undefined;
    const tellOnce = (news: string): void => {
      if (news !== told) options.onNews?.(news);
      told = news;
    };
    for (;;) {
      const watch = new FleetWatch(connection, options);
      try {
        await watch.#begin(tellOnce);
        return watch;
      } catch (error) {
        if (!mayPass(error, connection) || performance.now() > endMs) {
          await connection.close();
          throw streamRefusal(error, options.address);
        }
        await sleep(AGAIN_MS);
      }
    }
  }

  /** Messages in the stream that weren't taken: of later versions, or not what their subject says. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /** The server's clock as of now, see `ServerClock`; while the server is away, as of when it went. */
  get serverMs(): number {
    return this.#awaySinceMs ?? this.#clock.nowMs;
  }

  /** Whether the server can't be reached now: what is known is from before. */
  get isAway(): boolean {
    return this.#awaySinceMs !== undefined;
  }

  /** Ends watching. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#connection.close();
  }

  /** @param tellOfStream takes what there is to say of the stream, at each attempt */
  async #begin(tellOfStream: (news: string) => void): Promise<void> {
    const { address, lookBackMs = DEFAULT_LOOK_BACK_MS, onChange } = this.#options;
    if (onChange !== undefined) this.state.sensors.onEvent(onChange);
    const stream = address.stream ?? DEFAULT_STREAM;
    const { manager, news: ofStream } = await openStream(this.#connection, address);
    if (ofStream !== undefined) tellOfStream(ofStream);
    const startMs = Date.now() - lookBackMs;
    const { state: before } = await manager.streams.info(stream);
    let firstNumber = before.last_seq + 1;
    if (before.messages > 0) {
      const latestOf = (subjects: string): Promise<Consumer> =>
        consumerOf(this.#connection, stream, {
          deliver_policy: DeliverPolicy.LastPerSubject,
          filter_subjects: subjects,
        });
      // Starts first: one that is told again may be later than the last reading.
      for (const subjects of [START_SUBJECTS, ...STATE_SUBJECTS]) {
        await this.#recall(await latestOf(subjects), startMs);
      }
      firstNumber = (await firstSince(this.#connection, stream, startMs)) ?? firstNumber;
    }
    const follower = new StreamFollower(this.#connection, stream, firstNumber, {
      isAway: () => this.isAway,
      onNews: (news) => this.#options.onNews?.(news),
    });
    const consumer = await follower.begin();
    const { num_pending: pending } = await consumer.info(true);
    let caughtUp: () => void = () => {};
    const isCaughtUp = new Promise<void>((resolve) => {
      caughtUp = resolve;
    });
    void (async () => {
      for await (const message of follower.messages(consumer)) {
        this.#take(message);
        if (this.#isLive || message.info.pending > 0) continue;
        caughtUp();
        this.#live();
      }
      if (!this.#closing) this.#options.onNews?.('The stream ended.');
    })().catch((error: Error) => {
      if (!this.#closing) this.#options.onNews?.(`Watching broke off: ${error.message}`);
    });
    void this.#tellConnection();
    if (pending === 0) this.#live();
    else await Promise.race([isCaughtUp, sleep(CATCH_UP_MS, undefined, { ref: false })]);
  }

  #live(): void {
    this.#isLive = true;
    this.state.caughtUp();
  }

  /** Reads the latest words; what is not yet old is met again in its order, and left for then. */
  async #recall(consumer: Consumer, startMs: number): Promise<void> {
    let { num_pending: pending } = await consumer.info(true);
    while (pending > 0) {
      pending = 0;
      const messages = await consumer.fetch({ max_messages: 500, expires: 1_000 });
      for await (const message of untilSilent(messages)) {
        pending = message.info.pending;
        const serverMs = message.time.getTime();
        const parsed = this.#parse(message);
        if (parsed !== undefined && serverMs < startMs) this.state.recall(parsed, serverMs);
        else if (parsed?.event.kind === 'start') this.state.foresee(parsed.event);
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
    this.#clock.take(serverMs, !this.#isLive);
    const leftOut = this.state.sensors.leftOut;
    if (this.state.take(parsed, serverMs)) this.#options.onEvent?.(parsed.event, serverMs);
    if (leftOut === 0 && this.state.sensors.leftOut > 0) this.#options.onNews?.(LEFT_OUT);
  }

  async #tellConnection(): Promise<void> {
    const { onNews = () => {} } = this.#options;
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') {
        // It is told at every attempt.
        if (!this.isAway) onNews('The NATS server is away; this is the state before.');
        this.#awaySinceMs ??= this.#clock.nowMs;
      } else if (type === 'reconnect') {
        this.#awaySinceMs = undefined;
        onNews('The NATS server is there again.');
      }
    }
  }
}

/** The number of the first message since a time; undefined where there is none. */
async function firstSince(
  connection: NatsConnection,
  stream: string,
  startMs: number,
): Promise<number | undefined> {
  const consumer = await consumerOf(connection, stream, {
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(startMs).toISOString(),
    filter_subjects: ALL_SUBJECTS,
  });
  const { num_pending: pending } = await consumer.info(true);
  if (pending === 0) return undefined;
  const messages = await consumer.fetch({ max_messages: 1, expires: CATCH_UP_MS });
  for await (const { seq } of untilSilent(messages)) return seq;
  return undefined;
}
