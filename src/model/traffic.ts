/** Where modelled frames come from: arrival times and lengths, in order of time. */

import { ArgumentError } from '../core/errors.js';
import { type FrameSizes, frameLengths } from './frame-sizes.js';
import { Random } from './random.js';

/**
 * A cursor over arrivals. Times never go back; nothing is allocated per frame.
 *
 * Before the first `next()` the fields mean nothing.
 */
export interface Traffic {
  /** Steps to the next arrival; false when there is none left. */
  next(): boolean;
  /** When the frame arrives, in whole virtual nanoseconds. */
  readonly timeNs: number;
  /** Bytes on the wire, without the frame check sequence. */
  readonly length: number;
  /** Which flow it belongs to, from 0. */
  readonly flow: number;
}

/** How one flow's frames follow each other. Rates are frames a second. */
export type FlowShape =
  /** One frame every 1 / rate seconds. */
  | { readonly kind: 'constant'; readonly ratePps: number }
  /** Waiting times of an exponential distribution with mean 1 / rate. */
  | { readonly kind: 'poisson'; readonly ratePps: number }
  /**
   * A constant rate for `onNs`, then none for `offNs`, and again. Where `random`, both durations
   * are of an exponential distribution with these means.
   */
  | {
      readonly kind: 'bursts';
      readonly ratePps: number;
      readonly onNs: number;
      readonly offNs: number;
      readonly random?: boolean;
    };

/** One flow. */
export interface FlowOptions {
  /** When its frames come. */
  readonly shape: FlowShape;
  /** How long they are. */
  readonly sizes: FrameSizes;
  /** When its first frame may come; 0 where not given. */
  readonly startNs?: number;
  /** No frame comes at or after this time; no limit where not given. */
  readonly endNs?: number;
  /** At most so many frames; no limit where not given. */
  readonly frames?: number;
}

/**
 * One flow's arrivals; the same for the same options and seed.
 *
 * @throws {ArgumentError} `BAD_RATE`, `BAD_BURST`, `BAD_FRAME_LENGTH`, `BAD_WEIGHT`; `ENDLESS_TRAFFIC`
 *   where neither `endNs` nor `frames` ends it
 */
export function flowTraffic(options: FlowOptions, seed: number): Traffic {
  if (options.endNs === undefined && options.frames === undefined) {
    throw new ArgumentError(
      'ENDLESS_TRAFFIC',
      'The traffic never ends. Give it a duration or a number of frames.',
      { argument: 'endNs', value: undefined, expected: 'endNs or frames' },
    );
  }
  return new Flow(options, new Random(seed));
}

/**
 * Several flows at once, in order of time; at the same nanosecond the earlier flow comes first.
 *
 * Cost: grows with the number of flows; meant for a few dozen.
 */
export function mergeTraffic(flows: readonly Traffic[]): Traffic {
  const [only] = flows;
  return flows.length === 1 && only !== undefined ? only : new Merge(flows);
}

/** A frame's time and length, from wherever they come. */
export interface TimedFrame {
  /** Nanoseconds since any fixed moment. */
  readonly timeNs: number;
  /** Bytes on the wire. */
  readonly length: number;
}

/**
 * The arrivals that somebody else recorded, from their first one on.
 *
 * A frame that is dated before its predecessor comes at the predecessor's time.
 *
 * @param frames read as the simulation goes; never held
 * @param speed how many times faster than recorded; 1 as recorded
 * @throws {ArgumentError} `BAD_SPEED`
 */
export function replayTraffic(frames: Iterable<TimedFrame>, speed = 1): Traffic {
  if (!(speed > 0) || !Number.isFinite(speed)) {
    throw new ArgumentError(
      'BAD_SPEED',
      `Can't replay at ${speed} times the speed. Give a number above 0.`,
      {
        argument: 'speed',
        value: speed,
        expected: 'above 0',
      },
    );
  }
  return new Replay(frames[Symbol.iterator](), speed);
}

function checkRate(ratePps: number): void {
  if (ratePps > 0 && Number.isFinite(ratePps)) return;
  throw new ArgumentError(
    'BAD_RATE',
    `Traffic can't come at ${ratePps} frames a second. Give a rate above 0.`,
    { argument: 'ratePps', value: ratePps, expected: 'above 0' },
  );
}

class Flow implements Traffic {
  timeNs = 0;
  length = 0;
  readonly flow = 0;
  readonly #nextTime: () => number;
  readonly #nextLength: () => number;
  readonly #startNs: number;
  readonly #endNs: number;
  #left: number;

  constructor(options: FlowOptions, random: Random) {
    this.#nextTime = arrivalTimes(options.shape, random);
    this.#nextLength = frameLengths(options.sizes, random);
    this.#startNs = options.startNs ?? 0;
    this.#endNs = options.endNs ?? Number.POSITIVE_INFINITY;
    this.#left = options.frames ?? Number.POSITIVE_INFINITY;
  }

  next(): boolean {
    if (this.#left <= 0) return false;
    const timeNs = this.#startNs + Math.round(this.#nextTime());
    if (timeNs >= this.#endNs) {
      this.#left = 0;
      return false;
    }
    this.#left--;
    this.timeNs = timeNs;
    this.length = this.#nextLength();
    return true;
  }
}

/** A function that gives each next arrival's time since the flow's start, not rounded. */
function arrivalTimes(shape: FlowShape, random: Random): () => number {
  checkRate(shape.ratePps);
  const meanNs = 1e9 / shape.ratePps;
  switch (shape.kind) {
    case 'constant': {
      // Multiplied, not added up: a sum of rounded intervals would drift.
      let count = 0;
      return () => count++ * meanNs;
    }
    case 'poisson': {
      let atNs = 0;
      return () => {
        atNs += random.nextExponential(meanNs);
        return atNs;
      };
    }
    case 'bursts':
      return burstTimes(shape, random, meanNs);
  }
}

function burstTimes(
  shape: FlowShape & { kind: 'bursts' },
  random: Random,
  meanNs: number,
): () => number {
  const { onNs, offNs } = shape;
  if (!(onNs > 0) || !(offNs >= 0)) {
    throw new ArgumentError(
      'BAD_BURST',
      `Bursts can't last ${onNs} ns with pauses of ${offNs} ns. Give a duration above 0 and a pause from 0.`,
      { argument: 'onNs', value: onNs, expected: 'onNs above 0, offNs from 0' },
    );
  }
  const onTime = (): number => (shape.random === true ? random.nextExponential(onNs) : onNs);
  const offTime = (): number => (shape.random === true ? random.nextExponential(offNs) : offNs);
  let burstNs = 0;
  let lastsNs = onTime();
  let count = 0;
  return () => {
    while (count * meanNs >= lastsNs) {
      burstNs += lastsNs + offTime();
      lastsNs = onTime();
      count = 0;
    }
    return burstNs + count++ * meanNs;
  };
}

class Merge implements Traffic {
  timeNs = 0;
  length = 0;
  flow = 0;
  readonly #flows: readonly Traffic[];
  readonly #live: boolean[];
  #started: boolean;

  constructor(flows: readonly Traffic[]) {
    this.#flows = flows;
    this.#live = flows.map(() => true);
    this.#started = false;
  }

  next(): boolean {
    if (this.#started) this.#step(this.flow);
    else for (let i = 0; i < this.#flows.length; i++) this.#step(i);
    this.#started = true;
    let earliest = -1;
    for (let i = 0; i < this.#flows.length; i++) {
      if (!this.#live[i]) continue;
      if (earliest < 0 || this.#flows[i]!.timeNs < this.#flows[earliest]!.timeNs) earliest = i;
    }
    if (earliest < 0) return false;
    const flow = this.#flows[earliest]!;
    this.timeNs = flow.timeNs;
    this.length = flow.length;
    this.flow = earliest;
    return true;
  }

  #step(flow: number): void {
    if (this.#live[flow]) this.#live[flow] = this.#flows[flow]!.next();
  }
}

class Replay implements Traffic {
  timeNs = 0;
  length = 0;
  readonly flow = 0;
  readonly #frames: Iterator<TimedFrame>;
  readonly #speed: number;
  #firstNs: number | undefined;

  constructor(frames: Iterator<TimedFrame>, speed: number) {
    this.#frames = frames;
    this.#speed = speed;
  }

  next(): boolean {
    const step = this.#frames.next();
    if (step.done === true) return false;
    const frame = step.value;
    this.#firstNs ??= frame.timeNs;
    const timeNs = Math.round((frame.timeNs - this.#firstNs) / this.#speed);
    if (timeNs > this.timeNs) this.timeNs = timeNs;
    this.length = frame.length;
    return true;
  }
}
