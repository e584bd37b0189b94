/**
 * The live page of a capture, as its thread sees it: events go to a thread of their own, where the
 * web server is. A client that asks much or takes little can't hold up the capture.
 */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { errnoError } from '../core/errno-error.js';
import type { GapcapError } from '../core/errors.js';
import { checkThreadRoom } from '../sys/address-room.js';
import type { SensorEvent } from './sensor-event.js';
import type { FromServer, ToServer, WatchOrder } from './watch-message.js';

/** Memory that the server's thread may have for its objects; of a fleet, what the largest one takes and more. */
const MOST_HEAP_MIB = 96;
const MOST_FLEET_HEAP_MIB = 256;
/** Longest time that the end waits for the last events to go out. */
const END_MS = 2_000;

/** Where the page is to be, and for whom. */
export interface LiveWatchOptions {
  /** A name or an address of this machine; 127.0.0.1 unless given. */
  readonly host?: string | undefined;
  /** 0: any that is free. */
  readonly port: number;
  /** Names beside its own under which it answers. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Whether metrics have the label `sensor`, for several; not unless given. */
  readonly labelSensors?: boolean | undefined;
  /** Called where the server ends by itself; what it shows goes on without it. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
}

/** A web server in a thread of its own, fed with events. */
export class LiveWatch {
  /** Where the page is: `http://127.0.0.1:9100/`. */
  readonly url: string;
  readonly #worker: Worker;
  #ended: boolean;

  private constructor(worker: Worker, url: string, onTrouble: (error: Error) => void) {
    this.#worker = worker;
    this.url = url;
    this.#ended = false;
    // An error is followed by `exit`: only the first of them says something.
    const over = (error: Error): void => {
      if (this.#ended) return;
      this.#ended = true;
      onTrouble(error);
    };
    worker.on('error', (error) => over(new Error(`The live page ended: ${error.message}`)));
    worker.on('exit', () => over(new Error('The live page ended.')));
    worker.unref();
  }

  /**
   * Starts the thread and listens; everything that it needs later is loaded then.
   *
   * @throws {SystemCallError} `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, `ENOTFOUND`
   * @throws {UnsupportedError} `ADDRESS_LIMIT` where a thread has no room
   */
  static async open(options: LiveWatchOptions): Promise<LiveWatch> {
    const { host = '127.0.0.1', port, allowedHosts = [], labelSensors = false } = options;
    const order: WatchOrder = { host, port, allowedHosts, labelSensors };
    checkThreadRoom('The thread of the live page');
    const worker = new Worker(new URL('./watch-worker.js', import.meta.url), {
      workerData: order,
      resourceLimits: {
        maxOldGenerationSizeMb: labelSensors ? MOST_FLEET_HEAP_MIB : MOST_HEAP_MIB,
      },
    });
    // From the start: it may come right behind the message.
    const exit = new Promise((resolve) => worker.once('exit', resolve));
    const [answer] = (await once(worker, 'message')) as [FromServer];
    if (answer.kind === 'failed') {
      await exit;
      throw listenError(order, answer);
    }
    const url = `http://${shownAddress(answer.address)}:${answer.port}/`;
    return new LiveWatch(worker, url, options.onTrouble ?? (() => {}));
  }

  /** Gives the server an event; does nothing after the end. */
  tell(event: SensorEvent): void {
    if (!this.#ended) this.#post(event);
  }

  /** Ends the server, two seconds later at most; what was told is sent to open pages before. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const exit = once(this.#worker, 'exit');
    this.#worker.ref();
    this.#post(undefined);
    const timer = setTimeout(() => void this.#worker.terminate(), END_MS);
    await exit;
    clearTimeout(timer);
  }

  #post(message: ToServer): void {
    this.#worker.postMessage(message);
  }
}

/** An address for a URL; where all of the machine's are meant, one that leads to it from within. */
function shownAddress(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}

function listenError(
  { host, port }: WatchOrder,
  failure: Extract<FromServer, { kind: 'failed' }>,
): GapcapError | Error {
  const { code, message } = failure;
  if (code === undefined) return new Error(`The live page can't start: ${message}`);
  const shown = host.includes(':') ? `[${host}]` : host;
  return errnoError(failure, () => `Can't listen on ${shown}:${port}: ${code}.`, {
    hint: HINTS[code],
  });
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there; choose another port, or 0 for any that is free.',
  EADDRNOTAVAIL: 'This machine has no such address.',
  EACCES: 'Ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a higher one.',
  ENOTFOUND: 'Nobody knows that name; give an address of this machine.',
};
