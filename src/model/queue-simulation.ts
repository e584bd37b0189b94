/** The simulation of a socket's receive queue; `startSimulation` makes it. */

import { ArgumentError } from '../core/errors.js';
import { GapTally, type SimulationListener } from './gap-tally.js';
import { Reader, type ReaderOptions } from './reader.js';
import { ReceiveQueue, type ReceiveQueueOptions } from './receive-queue.js';
import type { Need, Simulation, SimulationResult } from './simulation.js';
import type { Traffic } from './traffic.js';
import { linearTruesize, type Truesize } from './truesize.js';

/** The shortest Ethernet frame, without frame check sequence. */
const SHORTEST_FRAME = 60;

/** The least receive buffer that takes a frame at all, in bytes. */
export function leastReceiveBuffer(
  buffer: Omit<ReceiveQueueOptions, 'receiveBufferBytes'>,
): number {
  const charge = (buffer.truesize ?? linearTruesize())(SHORTEST_FRAME);
  return buffer.strict === true ? charge + 1 : charge;
}

/** What a queue simulation is made of. */
export interface QueueSimulationOptions {
  readonly traffic: Traffic;
  readonly buffer: ReceiveQueueOptions;
  readonly reader: ReaderOptions;
  readonly listener: SimulationListener;
  readonly drain: boolean;
}

/**
 * The reader calls recvmmsg, which takes a batch out of the queue at once, then works on it, then
 * calls again. When the queue is empty it sleeps until a frame comes.
 */
export class QueueSimulation implements Simulation {
  received = 0;
  dropped = 0;
  nowNs = 0;
  readonly #traffic: Traffic;
  readonly #queue: ReceiveQueue;
  readonly #reader: Reader;
  readonly #tally: GapTally;
  readonly #drain: boolean;
  readonly #truesize: Truesize;
  readonly #limit: number;
  readonly #strict: boolean;
  readonly #snapshotLength: number;
  #sleeping: boolean;
  /** When the reader calls next, while it isn't asleep. */
  #callNs = 0;
  #worstBytes = 0;
  #worstFrames = 0;
  #worstNs = 0;
  #needBytes = 0;
  #needNs = 0;
  #needFrame = 0;
  /** Numbers of the frames in the queue, oldest first; undefined where nobody listens to frames. */
  readonly #numbers: NumberQueue | undefined;

  constructor(options: QueueSimulationOptions) {
    const { traffic, buffer, reader, listener, drain } = options;
    this.#truesize = buffer.truesize ?? linearTruesize();
    this.#strict = buffer.strict ?? false;
    const least = leastReceiveBuffer(buffer);
    if (buffer.receiveBufferBytes < least) {
      throw new ArgumentError(
        'BUFFER_TOO_SMALL',
        `A receive buffer of ${buffer.receiveBufferBytes} bytes holds no frame: the shortest is charged ${this.#truesize(SHORTEST_FRAME)}. Give at least ${least}.`,
        {
          argument: 'receiveBufferBytes',
          value: buffer.receiveBufferBytes,
          expected: `at least ${least}`,
        },
      );
    }
    this.#traffic = traffic;
    this.#queue = new ReceiveQueue({ ...buffer, truesize: this.#truesize });
    this.#snapshotLength = buffer.snapshotLength ?? Number.POSITIVE_INFINITY;
    this.#reader = new Reader(reader);
    this.#tally = new GapTally(listener);
    this.#numbers = listener.frame === undefined ? undefined : new NumberQueue();
    this.#limit = buffer.receiveBufferBytes;
    this.#drain = drain;
    this.#sleeping = true;
  }

  get fill(): number {
    return this.#queue.chargedBytes / this.#limit;
  }

  step(frames: number): boolean {
    const traffic = this.#traffic;
    for (let i = 0; i < frames; i++) {
      if (!traffic.next()) return false;
      this.#arrive(traffic.timeNs, traffic.length);
    }
    return true;
  }

  finish(): SimulationResult {
    let endNs = this.nowNs;
    while (this.#drain && !this.#sleeping) {
      endNs = Math.max(endNs, this.#callNs);
      this.#read();
    }
    const unread = this.#queue.length;
    return {
      ...this.#tally.close(this.received, this.dropped, unread),
      worstBacklog:
        this.#worstFrames === 0
          ? undefined
          : { frames: this.#worstFrames, bytes: this.#worstBytes, atNs: this.#worstNs },
      need: this.#need(),
      lastArrivalNs: this.nowNs,
      endNs,
    };
  }

  #need(): Need | undefined {
    return this.#needFrame === 0
      ? undefined
      : { size: this.#needBytes, atNs: this.#needNs, frame: this.#needFrame };
  }

  #arrive(timeNs: number, length: number): void {
    while (!this.#sleeping && this.#callNs <= timeNs) this.#read();
    this.nowNs = timeNs;
    this.received++;
    const queue = this.#queue;
    const needed =
      queue.chargedBytes + (this.#strict ? this.#truesize(length, this.#snapshotLength) : 0) + 1;
    if (needed > this.#needBytes) {
      this.#needBytes = needed;
      this.#needNs = timeNs;
      this.#needFrame = this.received;
    }
    if (!queue.arrive(timeNs, length)) {
      this.dropped++;
      return;
    }
    this.#numbers?.push(this.received);
    if (queue.chargedBytes > this.#worstBytes) {
      this.#worstBytes = queue.chargedBytes;
      this.#worstFrames = queue.length;
      this.#worstNs = timeNs;
    }
    if (this.#sleeping) {
      this.#sleeping = false;
      this.#callNs = this.#reader.run(timeNs + this.#reader.wakeUpNs, 0);
    }
  }

  /** One call of recvmmsg, and the work on what it gave. */
  #read(): void {
    const queue = this.#queue;
    const tally = this.#tally;
    let frames = 0;
    let bytes = 0;
    while (frames < this.#reader.batch && queue.take()) {
      frames++;
      bytes += Math.min(queue.takenLength, this.#snapshotLength);
      tally.deliver(1, queue.takenGap, queue.takenTimeNs, queue.takenTimeNs);
      if (this.#numbers === undefined) continue;
      const number = this.#numbers.shift();
      tally.listener.frame?.(queue.takenTimeNs, queue.takenLength, queue.takenGap, number);
    }
    if (frames === 0) this.#sleeping = true;
    else this.#callNs = this.#reader.run(this.#callNs, this.#reader.cost(frames, bytes));
  }
}

/** Numbers, first in, first out; as long as the longest queue was. */
class NumberQueue {
  #numbers = new Float64Array(64);
  #first = 0;
  #count = 0;

  push(number: number): void {
    const { length } = this.#numbers;
    if (this.#count === length) {
      const grown = new Float64Array(length * 2);
      grown.set(this.#numbers.subarray(this.#first));
      grown.set(this.#numbers.subarray(0, this.#first), length - this.#first);
      this.#numbers = grown;
      this.#first = 0;
    }
    this.#numbers[(this.#first + this.#count++) & (this.#numbers.length - 1)] = number;
  }

  shift(): number {
    const number = this.#numbers[this.#first]!;
    this.#first = (this.#first + 1) & (this.#numbers.length - 1);
    this.#count--;
    return number;
  }
}
