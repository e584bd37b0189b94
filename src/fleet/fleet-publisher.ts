/**
 * A sensor's end of a fleet: each gap, each second's counters, start and end of a capture go to NATS
 * JetStream.
 *
 * All of it happens in a thread of its own: the capture's thread posts an event now and then. The
 * thread appends each to a spool on disk first and sends from there, so that a server that is away, or a
 * process that is killed, delays events instead of losing them; see `spool.ts` for the limit.
 */

import { once } from 'node:events';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CaptureResult } from '../capture/capture-result.js';
import { errnoError } from '../core/errno-error.js';
import type { Gap } from '../gaps/gap.js';
import { checkThreadRoom } from '../sys/address-room.js';
import type { SensorEvent, SensorStart } from '../watch/sensor-event.js';
import { type ProbedSession, SensorProbe } from '../watch/sensor-probe.js';
import type { FleetEvent } from './fleet-message.js';
import { GapBatcher } from './gap-batcher.js';
import { type NatsAddress, redactedUrl } from './nats-address.js';
import type { FromPublisher, PublishEnding, PublishOrder, ToPublisher } from './publish-message.js';

/** How large a spool may grow unless told otherwise. */
export const DEFAULT_SPOOL_BYTES: number = 64 * 1024 * 1024;

/** Memory that the thread may have for its objects. */
const MOST_HEAP_MIB = 96;

/** A start is told again so often, as a stream may have forgotten it. */
const RETELL_START_MS = 3_600_000;

/** Where and as whom to publish. */
export interface FleetPublisherOptions {
  readonly address: NatsAddress;
  /** The sensor's name; the host's unless given. */
  readonly sensor: string;
  /** Where events wait; `defaultSpoolFolder` unless given. */
  readonly spoolFolder?: string | undefined;
  /** At least 2 MiB. */
  readonly spoolBytes?: number | undefined;
  /** Called where the server can't be reached, where it can again, and where publishing breaks off. */
  readonly onNews?: ((news: string) => void) | undefined;
}

/** As errors name it. */
const THREAD = 'The thread that publishes';

/** Publishes one capture. */
export class FleetPublisher {
  /** Takes each gap; give it to the session as its `onGap`. */
  readonly onGap: (gap: Gap, file: string | undefined) => void;
  readonly #options: FleetPublisherOptions;
  readonly #probe: SensorProbe;
  readonly #batcher: GapBatcher;
  #worker: Worker | undefined;
  #start: SensorStart | undefined;
  #retell: NodeJS.Timeout | undefined;
  #ended: boolean = false;

  /**
   * Does nothing yet; gaps are kept from now on.
   *
   * @throws {UnsupportedError} `ADDRESS_LIMIT` where the thread that publishes has no room
   */
  constructor(options: FleetPublisherOptions) {
    checkThreadRoom(THREAD);
    this.#options = options;
    this.#batcher = new GapBatcher((event) => this.#post(event));
    this.#probe = new SensorProbe((event) => this.#take(event), { sensor: options.sensor });
    this.onGap = (gap, file) => {
      this.#probe.onGap(gap, file);
      this.#batcher.add(gap, file);
    };
  }

  /**
   * Starts the thread. The user who calls is the one whom the spool belongs to.
   *
   * @throws {SystemCallError} where the spool can't be made
   * @throws {UnsupportedError} `ADDRESS_LIMIT` where a thread has no room
   */
  async open(): Promise<void> {
    const { address, sensor, spoolBytes = DEFAULT_SPOOL_BYTES, onNews = () => {} } = this.#options;
    const folder = this.#options.spoolFolder ?? defaultSpoolFolder();
    const order: PublishOrder = {
      address,
      name: `gapcap ${sensor}`,
      spoolFolder: join(folder, encodeURIComponent(sensor)),
      spoolBytes,
    };
    checkThreadRoom(THREAD);
    const worker = new Worker(new URL('./publish-worker.js', import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB },
    });
    const [answer] = (await once(worker, 'message')) as [FromPublisher];
    if (answer.kind === 'failed') {
      throw errnoError(
        answer,
        () => `Can't make the spool ${order.spoolFolder}: ${answer.message}.`,
        {
          syscall: 'mkdir',
          hint: 'Name a folder that can be written to with --publish-spool.',
        },
      );
    }
    this.#worker = worker;
    const where = redactedUrl(address.url);
    let wasAway = false;
    let isOver = false;
    // An error is followed by `exit`: only the first of them says something.
    const breakOff = (reason: string): void => {
      if (!isOver) onNews(`publishing broke off${reason}; what waits is in ${order.spoolFolder}.`);
      isOver = true;
    };
    worker.on('message', (message: FromPublisher) => {
      if (message.kind === 'ready') {
        if (wasAway) onNews(`the NATS server at ${where} is there again.`);
        wasAway = false;
      } else if (message.kind === 'unkept') {
        onNews(
          `events can't be written to ${order.spoolFolder} (${message.message}): lost, and counted.`,
        );
      } else if (message.kind === 'trouble') {
        wasAway = true;
        const { message: what, hint } = message;
        const waits = `${what.replace(/\.$/, '')}; events wait in ${order.spoolFolder}.`;
        onNews(hint === undefined ? waits : `${waits} ${hint}`);
      } else if (message.kind === 'news') {
        onNews(message.message);
      } else if (message.kind === 'closed') {
        isOver = true;
      }
    });
    worker.on('error', (error) => breakOff(`: ${error.message}`));
    worker.on('exit', () => {
      breakOff('');
      this.#worker = undefined;
    });
    worker.unref();
  }

  /** Tells that the capture has begun, and from now on how it goes. */
  follow(session: ProbedSession): void {
    this.#probe.follow(session);
    this.#retell = setInterval(() => {
      if (this.#start !== undefined) this.#post(this.#start);
    }, RETELL_START_MS).unref();
  }

  /**
   * Tells the end, and waits until all is sent, for some seconds at most.
   *
   * @param result what the capture came to; undefined where an error ended it
   * @returns undefined where the thread had broken off
   */
  async close(result: CaptureResult | undefined): Promise<PublishEnding | undefined> {
    if (this.#ended) return undefined;
    clearInterval(this.#retell);
    this.#batcher.flush();
    this.#probe.end(result);
    this.#ended = true;
    const worker = this.#worker;
    if (worker === undefined) return undefined;
    worker.ref();
    const ending = new Promise<PublishEnding | undefined>((resolve) => {
      worker.on('message', (message: FromPublisher) => {
        if (message.kind === 'closed') resolve(message.ending);
      });
      worker.once('exit', () => resolve(undefined));
    });
    worker.postMessage(undefined satisfies ToPublisher);
    const told = await ending;
    await worker.terminate();
    return told;
  }

  #take(event: SensorEvent): void {
    if (event.kind === 'start') {
      this.#start = event;
      const { sensor, run, interfaces } = event;
      const interfaceName = (id: number): string => interfaces[id]?.name ?? `interface ${id}`;
      this.#batcher.begin({ sensor, run, interfaceName });
    }
    // Gaps that a reading counts are told before it.
    this.#batcher.flush();
    this.#post(event);
  }

  #post(event: FleetEvent): void {
    this.#worker?.postMessage(event satisfies ToPublisher);
  }
}

/** Where events wait: a folder of the present user, who may have become another one than at first. */
export function defaultSpoolFolder(): string {
  const { XDG_STATE_HOME: state } = process.env;
  return join(state ?? join(userInfo().homedir, '.local/state'), 'gapcap/spool');
}
