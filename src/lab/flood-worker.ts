/** The thread of a flood; started by `startFlood`, talked to through `FloodControl`. */

import { parentPort, workerData } from 'node:worker_threads';
import { SystemCallError } from '../core/errors.js';
import { writeNumberedFrame, writeSequence } from '../core/numbered-frame.js';
import { FrameSender } from '../sys/frame-sender.js';
import { libc, systemCallError } from '../sys/libc.js';
import { pinThread } from '../sys/thread.js';
import type { FloodOptions } from './flood.js';
import {
  FloodCommand,
  FloodControl,
  type FloodMessage,
  FloodState,
  type FloodWorkerData,
} from './flood-control.js';

const DEFAULT_BATCH_SIZE = 64;

/** Longest time between two batches of a paced flood, so that it is even on a scale people see. */
const PACE_MS = 1;

/** Sends frames of increasing number from slots that already hold everything but the number. */
class NumberedSender implements Disposable {
  /** Frames sent so far. */
  sent = 0;
  readonly #sender: FrameSender;
  readonly #view: DataView;
  readonly #firstSequence: number;

  constructor(options: FloodOptions) {
    const { frameLength = 60, streamId = 0, batchSize = DEFAULT_BATCH_SIZE } = options;
    const lengths = typeof frameLength === 'number' ? [frameLength] : frameLength;
    this.#firstSequence = options.firstSequence ?? 1;
    // A whole number of rounds through the lengths: then each slot keeps its length for ever.
    const slotCount = Math.max(1, Math.round(batchSize / lengths.length)) * lengths.length;
    this.#sender = new FrameSender({
      interfaceIndex: indexOf(options.interfaceName),
      slotCount,
      slotLength: Math.max(...lengths),
      bypassQdisc: options.bypassQdisc ?? true,
    });
    this.#view = new DataView(this.#sender.frames.buffer);
    for (let slot = 0; slot < slotCount; slot++) {
      const length = lengths[slot % lengths.length]!;
      const number = { streamId, sequence: this.#firstSequence };
      writeNumberedFrame(this.#view, slot * this.#sender.slotStride, length, number);
      this.#sender.setLength(slot, length);
    }
  }

  get retryCount(): number {
    return this.#sender.retryCount;
  }

  /** Sends the next frames: at most `count`, and no more than one system call takes. */
  send(count: number): void {
    const { slotCount, slotStride } = this.#sender;
    const firstSlot = this.sent % slotCount;
    const run = Math.min(count, slotCount - firstSlot);
    const sequence = this.#firstSequence + this.sent;
    for (let i = 0; i < run; i++) {
      writeSequence(this.#view, (firstSlot + i) * slotStride, sequence + i);
    }
    this.sent += this.#sender.send(firstSlot, run);
  }

  [Symbol.dispose](): void {
    this.#sender.close();
  }
}

function indexOf(interfaceName: string): number {
  const index = libc().if_nametoindex(interfaceName);
  if (index === 0) throw systemCallError('if_nametoindex', `No interface "${interfaceName}"`);
  return index;
}

function run(options: FloodOptions, control: FloodControl): void {
  if (options.cpu !== undefined) pinThread(options.cpu);
  using sender = new NumberedSender(options);
  say({ ready: true });
  waitWhilePaused(control);
  const startMs = performance.now();
  const pace = new Pace(options, startMs);
  const frameCount = options.frameCount ?? Number.MAX_SAFE_INTEGER;
  const endMs = startMs + (options.durationMs ?? Number.POSITIVE_INFINITY);
  let nowMs = startMs;
  control.state = FloodState.Running;
  while (sender.sent < frameCount && nowMs < endMs && control.command !== FloodCommand.Stop) {
    const due = Math.min(pace.due(sender.sent, nowMs), frameCount - sender.sent);
    if (due > 0) sender.send(due);
    else
      control.waitWhile(FloodCommand.Run, Math.min(pace.waitMs(sender.sent, nowMs), endMs - nowMs));
    nowMs = performance.now();
    control.report(sender.sent, sender.retryCount, nowMs - startMs);
    if (control.command === FloodCommand.Pause) {
      waitWhilePaused(control);
      pace.shift(performance.now() - nowMs);
    }
  }
  control.state = FloodState.Finished;
}

function say(message: FloodMessage): void {
  parentPort!.postMessage(message);
}

function waitWhilePaused(control: FloodControl): void {
  while (control.command === FloodCommand.Pause) {
    control.state = FloodState.Paused;
    control.waitWhile(FloodCommand.Pause);
  }
  control.state = FloodState.Running;
}

/** Says how many frames are due at a time, by rate and bursts. */
class Pace {
  readonly #framesPerMs: number;
  readonly #burstLength: number;
  readonly #pauseMs: number;
  /** Time and count from which the rate is reckoned: the start of the burst, or of the flood. */
  #originMs: number;
  #originSent = 0;

  constructor(options: FloodOptions, startMs: number) {
    this.#framesPerMs = (options.ratePps ?? Number.POSITIVE_INFINITY) / 1000;
    this.#burstLength = options.burst?.frameCount ?? Number.POSITIVE_INFINITY;
    this.#pauseMs = options.burst?.pauseMs ?? 0;
    this.#originMs = startMs;
  }

  /** Frames that may be sent now; 0 when it is too early. */
  due(sent: number, nowMs: number): number {
    if (sent - this.#originSent >= this.#burstLength) {
      this.#originMs = nowMs + this.#pauseMs;
      this.#originSent = sent;
    }
    if (nowMs < this.#originMs) return 0;
    const inBurst = this.#burstLength - (sent - this.#originSent);
    if (this.#framesPerMs === Number.POSITIVE_INFINITY) return inBurst;
    // The first frame is due at the origin itself.
    const byRate = 1 + Math.floor((nowMs - this.#originMs) * this.#framesPerMs);
    return Math.min(inBurst, Math.max(0, byRate - (sent - this.#originSent)));
  }

  /** How long to sleep before asking again. */
  waitMs(sent: number, nowMs: number): number {
    if (nowMs < this.#originMs) return this.#originMs - nowMs;
    const nextMs = this.#originMs + (sent - this.#originSent) / this.#framesPerMs;
    return Math.max(PACE_MS, nextMs - nowMs);
  }

  /** Moves the schedule by the time spent paused, so that nothing is caught up afterwards. */
  shift(pausedMs: number): void {
    this.#originMs += pausedMs;
  }
}

const { memory, options } = workerData as FloodWorkerData;
const control = new FloodControl(memory);
try {
  run(options, control);
} catch (error) {
  control.state = FloodState.Failed;
  // A thrown error would reach the owner without its class and fields.
  if (!(error instanceof SystemCallError)) throw error;
  const { code, message, hint, syscall, errno } = error;
  say({ ready: false, code, message, hint, syscall, errno });
}
