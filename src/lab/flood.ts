/** A generator of numbered frames in a thread of its own. */

import { Worker } from 'node:worker_threads';
import { ArgumentError, StateError, SystemCallError } from '../core/errors.js';
import { checkFrameLength } from '../core/numbered-frame.js';
import { checkThreadRoom } from '../sys/address-room.js';
import {
  FloodCommand,
  FloodControl,
  type FloodMessage,
  FloodState,
  type FloodWorkerData,
} from './flood-control.js';

/** What a flood sends, how fast and for how long. */
export interface FloodOptions {
  /** Where the frames go out; for a capture on one end of a veth pair this is the other end. */
  interfaceName: string;
  /** Frames to send; without it and without `durationMs` the flood goes on until it is stopped. */
  frameCount?: number;
  /** Time to send for, from the first frame on, pauses included. */
  durationMs?: number;
  /**
   * Length of each frame without Ethernet checksum, 60 … 65535; 60 without it. Of several lengths
   * each is used in turn: `[60, 60, 60, 60, 60, 60, 60, 590, 590, 590, 590, 1514]` is the simple
   * IMIX.
   */
  frameLength?: number | readonly number[];
  /** Frames a second on average, kept up by small batches; without it as many as the system takes. */
  ratePps?: number;
  /** Sends in bursts: so many frames (at `ratePps`), then nothing for `pauseMs`. */
  burst?: { frameCount: number; pauseMs: number };
  /** Which stream the frames say they belong to, 0 … 65535; 0 without it. */
  streamId?: number;
  /** Number of the first frame; 1 without it. */
  firstSequence?: number;
  /** CPU to which the sending thread is bound; without it the scheduler chooses. */
  cpu?: number;
  /** Frames a system call takes at most; 64 without it. */
  batchSize?: number;
  /** See `FrameSenderOptions`; true without it, since nobody captures on the sending end. */
  bypassQdisc?: boolean;
  /** Waits, ready to send, until `resume` is called. */
  paused?: boolean;
}

/** What a flood has done. */
export interface FloodResult {
  /** Frames sent; their numbers are `firstSequence` and the ones following it, without a hole. */
  readonly sent: number;
  /** From the first frame to the last, pauses included. */
  readonly elapsedMs: number;
  /** Times the kernel had no room for a frame, which then was offered again until it had. */
  readonly retries: number;
  /** Number of the first frame. */
  readonly firstSequence: number;
  /** Number of the last frame; undefined where none was sent. */
  readonly lastSequence: number | undefined;
}

/** A flood under way. Everything but `finished` works while the owner's event loop is blocked. */
export class Flood implements Disposable {
  /** Settles when the last frame is sent or the flood has been stopped. */
  readonly finished: Promise<FloodResult>;
  readonly #control: FloodControl;
  readonly #firstSequence: number;

  /** @internal Made by `startFlood`. */
  constructor(control: FloodControl, worker: Worker, firstSequence: number) {
    this.#control = control;
    this.#firstSequence = firstSequence;
    this.finished = new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.on('message', (message: FloodMessage) => {
        if (!message.ready) reject(systemError(message));
      });
      worker.once('exit', () => {
        if (control.state === FloodState.Finished) resolve(this.result());
        else reject(endedEarly());
      });
    });
    // Whoever only looks at `ended` must not die of a rejection it never asked for.
    this.finished.catch(() => {});
  }

  /** Frames sent so far; it may lag by the batch under way. */
  get sent(): number {
    return this.#control.sent;
  }

  /** True once no further frame will be sent. */
  get ended(): boolean {
    return this.#control.state >= FloodState.Finished;
  }

  /** True while it waits to be resumed; a `pause` takes effect after the batch under way. */
  get paused(): boolean {
    return this.#control.state === FloodState.Paused;
  }

  /** What has been done so far. */
  result(): FloodResult {
    const { sent, retries, elapsedMs } = this.#control;
    return {
      sent,
      elapsedMs,
      retries,
      firstSequence: this.#firstSequence,
      lastSequence: sent === 0 ? undefined : this.#firstSequence + sent - 1,
    };
  }

  /** Holds the flood; the frame numbers go on without a hole afterwards. */
  pause(): void {
    this.#control.give(FloodCommand.Pause);
  }

  /** Lets a paused flood go on. */
  resume(): void {
    this.#control.give(FloodCommand.Run);
  }

  /** Ends the flood after the batch under way. */
  stop(): Promise<FloodResult> {
    this.#control.give(FloodCommand.Stop);
    return this.finished;
  }

  [Symbol.dispose](): void {
    this.#control.give(FloodCommand.Stop);
  }
}

/**
 * Starts a thread that sends numbered frames, and waits until it has its socket.
 *
 * The thread works in the network namespace of the caller. Measured with 60-byte frames over a veth
 * pair on two cores of 2.8 GHz: about 1.4 million frames a second with tcpdump at the other end, 1.9 million with nobody.
 *
 * @throws {SystemCallError} `EPERM` without CAP_NET_RAW, `ENODEV` where there is no such interface
 * @throws {ArgumentError} for a length, rate, batch or count that can't be
 * @throws {UnsupportedError} `ADDRESS_LIMIT` where a thread has no room
 */
export async function startFlood(options: FloodOptions): Promise<Flood> {
  checkOptions(options);
  const control = new FloodControl();
  if (options.paused === true) control.give(FloodCommand.Pause);
  const workerData: FloodWorkerData = { memory: control.memory, options };
  checkThreadRoom('The thread that sends');
  const worker = new Worker(new URL('./flood-worker.js', import.meta.url), { workerData });
  const flood = new Flood(control, worker, options.firstSequence ?? 1);
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (message: FloodMessage) => {
      if (message.ready) resolve();
    });
    flood.finished.then(() => resolve(), reject);
  });
  return flood;
}

function systemError(failure: FloodMessage & { ready: false }): SystemCallError {
  const { code, message, hint, syscall, errno } = failure;
  return new SystemCallError(code, message, {
    syscall,
    errno,
    ...(hint === undefined ? {} : { hint }),
  });
}

function endedEarly(): StateError {
  return new StateError('FLOOD_ENDED_EARLY', 'The flood ended before it was finished.', {
    state: 'ended',
    operation: 'send frames',
  });
}

function checkOptions(options: FloodOptions): void {
  const { frameLength = 60 } = options;
  const lengths = typeof frameLength === 'number' ? [frameLength] : frameLength;
  if (lengths.length === 0) checkFrameLength(0);
  for (const length of lengths) checkFrameLength(length);
  checkAtLeast('frameCount', options.frameCount, 0);
  checkAtLeast('durationMs', options.durationMs, 0);
  checkAtLeast('ratePps', options.ratePps, 1);
  checkAtLeast('firstSequence', options.firstSequence, 0);
  checkAtLeast('burst.frameCount', options.burst?.frameCount, 1);
  checkAtLeast('burst.pauseMs', options.burst?.pauseMs, 0);
}

function checkAtLeast(argument: string, value: number | undefined, least: number): void {
  if (value === undefined || value >= least) return;
  throw new ArgumentError('BAD_FLOOD', `A flood can't have ${argument} = ${value}.`, {
    argument,
    value,
    expected: `at least ${least}`,
  });
}
