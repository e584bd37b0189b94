/**
 * Sends what a spool holds to the server, in order, again and again until the server has it.
 *
 * A few messages are under way at a time. Where one fails, all from it on are sent again; those that
 * the server had already are known to it by their ids.
 */

import { type JetStreamClient, type JetStreamManager, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { SensorStart } from '../watch/sensor-event.js';
import { messageId, parseFleetMessage } from './fleet-message.js';
import { openStream } from './fleet-stream.js';
import { subjectOf } from './fleet-subject.js';
import { hasNamesake, hearNamesake } from './namesake-search.js';
import { DEFAULT_STREAM, type NatsAddress } from './nats-address.js';
import { connectTo } from './nats-connection.js';
import type { Spool } from './spool.js';

const AT_A_TIME = 64;
const ANSWER_MS = 5_000;
const PAUSE_MS = 500;
/** Reasons told of one absence; more differ in nothing that a reader could use. */
const MOST_REASONS = 8;

/** What becomes of the sending, for whoever tells the user. */
export interface SenderListener {
  /** The server takes messages, again or for the first time. */
  onReady(): void;
  /** It doesn't; called once for each reason, until it takes messages again. */
  onTrouble(error: Error): void;
  /** Something that the user had better know, but nothing that keeps messages back. */
  onNews(news: string): void;
}

/** The sending end of one thread. */
export class MessageSender {
  readonly #address: NatsAddress;
  readonly #listener: SenderListener;
  readonly #spools: Spool[] = [];
  #connection: NatsConnection | undefined;
  #client: JetStreamClient | undefined;
  #wake: (() => void) | undefined;
  #isReady: boolean = false;
  /** What has been said since the server took messages: away at first, it may refuse us later. */
  readonly #toldReasons: Set<string> = new Set();
  #isEnding: boolean = false;
  #done: Promise<void> | undefined;
  #run: string | undefined;
  #manager: JetStreamManager | undefined;
  #toldOfStream: boolean = false;
  #soughtNamesakes: boolean = false;
  #toldOfNamesake: boolean = false;
  /** The present run's, once it has been told. */
  #sensor: string | undefined;

  constructor(address: NatsAddress, listener: SenderListener) {
    this.#address = address;
    this.#listener = listener;
  }

  /** Begins to send what the spools hold, the first one first. */
  start(spools: readonly Spool[], name: string): void {
    this.#spools.push(...spools);
    this.#done = this.#sendAll(name);
  }

  /** Something was added to a spool, of the present run. */
  wake(run: string): void {
    this.#run = run;
    this.#wake?.();
  }

  /** Records that wait. */
  get waiting(): number {
    return this.#spools.reduce((sum, { length }) => sum + length, 0);
  }

  /** Ends when all is sent, or after so many milliseconds; what is left stays in the spools. */
  async end(longestMs: number): Promise<void> {
    this.#isEnding = true;
    this.#wake?.();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, longestMs);
    });
    await Promise.race([this.#done, late]);
    clearTimeout(timer);
    // `drain` would wait for a server that may be away.
    await Promise.race([this.#connection?.close(), late]);
  }

  async #sendAll(name: string): Promise<void> {
    while (!(this.#isEnding && this.waiting === 0)) {
      try {
        await this.#connect(name);
        if (!(await this.#sendSome())) await this.#pause(undefined);
      } catch (error) {
        this.#isReady = false;
        this.#tellTrouble(error as Error);
        // It connects again by itself, unless it has given up.
        if (this.#connection?.isClosed() === true) this.#connection = undefined;
        await this.#pause(PAUSE_MS);
      }
    }
  }

  async #connect(name: string): Promise<void> {
    if (this.#isReady) return;
    if (this.#connection === undefined) {
      this.#connection = await connectTo(this.#address, name);
      this.#hearNamesake();
    }
    const { manager, news } = await openStream(this.#connection, this.#address);
    this.#manager = manager;
    if (news !== undefined && !this.#toldOfStream) this.#listener.onNews(news);
    this.#toldOfStream = true;
    this.#client = jetstream(this.#connection, { timeout: ANSWER_MS });
    this.#isReady = true;
    this.#toldReasons.clear();
    this.#listener.onReady();
  }

  #tellTrouble(error: Error): void {
    if (this.#toldReasons.has(error.message) || this.#toldReasons.size === MOST_REASONS) return;
    this.#toldReasons.add(error.message);
    this.#listener.onTrouble(error);
  }

  /** Sends the first records; false where there is none. */
  async #sendSome(): Promise<boolean> {
    const spool = this.#spools.find(({ length }) => length > 0);
    if (spool === undefined) return false;
    const payloads = spool.peek(AT_A_TIME);
    const { drops } = spool;
    const outcomes = await Promise.allSettled(payloads.map((payload) => this.#send(payload)));
    const failed = outcomes.findIndex(({ status }) => status === 'rejected');
    const count = failed < 0 ? outcomes.length : failed;
    // Where the spool had to drop records meanwhile, these may be among them: sent twice is harmless.
    if (spool.drops === drops) spool.release(count);
    const outcome = outcomes[failed];
    if (outcome?.status === 'rejected') throw outcome.reason;
    return true;
  }

  async #send(payload: string): Promise<void> {
    const message = parseFleetMessage(payload);
    // Left by another version: nobody could read it.
    if (message === undefined) return;
    const { event } = message;
    if (event.kind === 'start' && event.run === this.#run && this.#sensor === undefined) {
      // What earlier runs had left is with the server by now: none of them is heard as another capture.
      this.#sensor = event.sensor;
      this.#hearNamesake();
    }
    const { seq } = await this.#client!.publish(subjectOf(event), payload, {
      msgID: messageId(message),
      timeout: ANSWER_MS,
    });
    if (event.kind === 'start') void this.#seekNamesake(event, seq);
  }

  /** Once in a run: whether another capture publishes under its name already. */
  async #seekNamesake(start: SensorStart, seq: number): Promise<void> {
    if (start.run !== this.#run || this.#soughtNamesakes) return;
    this.#soughtNamesakes = true;
    const { stream = DEFAULT_STREAM } = this.#address;
    if (await hasNamesake(this.#manager!, stream, start, seq)) this.#tellNamesake(start.sensor);
  }

  /** On each connection: whether another one begins. */
  #hearNamesake(): void {
    const sensor = this.#sensor;
    if (sensor === undefined || this.#connection === undefined) return;
    const isOwn = (run: string): boolean => run === this.#run;
    hearNamesake(this.#connection, sensor, isOwn, () => this.#tellNamesake(sensor));
  }

  #tellNamesake(sensor: string): void {
    if (this.#toldOfNamesake || this.#isEnding) return;
    this.#toldOfNamesake = true;
    this.#listener.onNews(
      `Another capture publishes as '${sensor}' too: a fleet shows one of them, and says so. Give each a name of its own with --sensor.`,
    );
  }

  #pause(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        // A pause after trouble isn't cut short by every event, only by the end.
        if (ms !== undefined && !this.#isEnding) return;
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
