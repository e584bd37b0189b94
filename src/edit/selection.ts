/** Which frames a copy takes. */

import { toEpochNs } from '../core/timestamp.js';
import type { FilterProgram } from '../sys/filter-program.js';
import { FrameFilter } from './frame-filter.js';
import type { FrameRanges } from './frame-ranges.js';
import type { TimeBound } from './time-bound.js';

/** What a frame must be to be taken; all that is given must hold. */
export interface SelectionOptions {
  /** Numbers of frames in their own input. */
  readonly frames?: FrameRanges | undefined;
  /** Not before this time. A frame without a time is not taken where a time is asked for. */
  readonly from?: TimeBound | undefined;
  /** Before this time. */
  readonly to?: TimeBound | undefined;
  /** Names or numbers (`0` is the input's first) of interfaces. */
  readonly interfaces?: readonly string[] | undefined;
  /** Makes a filter program for a link type; called once for each that occurs. */
  readonly filter?: ((linkType: number) => FilterProgram) | undefined;
  /** Of what all others let pass only the first of each so many frames. */
  readonly every?: number | undefined;
}

/** What is looked at of a frame. */
export interface SelectableFrame {
  readonly bytes: Uint8Array;
  readonly byteOffset: number;
  readonly capturedLength: number;
  readonly originalLength: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly hasTimestamp: boolean;
}

/** What is looked at of its interface. */
export interface SelectableInterface {
  readonly id: number;
  readonly name: string | undefined;
  readonly linkType: number;
}

/** Decides frame by frame, over all inputs of one copy. */
export class Selection {
  readonly #options: SelectionOptions;
  readonly #filters = new Map<number, FrameFilter>();
  readonly #every: number;
  #firstNs: bigint | undefined = undefined;
  #fromNs: bigint | undefined;
  #toNs: bigint | undefined;
  #passed = 0;

  constructor(options: SelectionOptions) {
    this.#options = options;
    this.#every = options.every ?? 1;
    this.#fromNs = absolute(options.from);
    this.#toNs = absolute(options.to);
  }

  /** Whether any frame could be refused. */
  get selects(): boolean {
    const { frames, from, to, interfaces, filter } = this.#options;
    const conditions = [frames, from, to, interfaces, filter];
    return this.#every > 1 || conditions.some((condition) => condition !== undefined);
  }

  /** Whether the frame is taken; to be asked once for each frame, in order. */
  takes(frame: SelectableFrame, frameNumber: number, from: SelectableInterface): boolean {
    const { frames, interfaces, filter } = this.#options;
    if (this.#firstNs === undefined && frame.hasTimestamp) this.#start(frame);
    if (frames !== undefined && !frames.has(frameNumber)) return false;
    if (interfaces !== undefined && !isNamed(interfaces, from)) return false;
    if ((this.#options.from ?? this.#options.to) !== undefined && !this.#inTime(frame)) {
      return false;
    }
    if (filter !== undefined && !this.#filterOf(from.linkType).accepts(...bytesOf(frame))) {
      return false;
    }
    return this.#passed++ % this.#every === 0;
  }

  #start(frame: SelectableFrame): void {
    const first = toEpochNs(frame.seconds, frame.nanoseconds);
    const { from, to } = this.#options;
    this.#firstNs = first;
    if (from?.relative === true) this.#fromNs = first + from.ns;
    if (to?.relative === true) this.#toNs = first + to.ns;
  }

  #inTime(frame: SelectableFrame): boolean {
    if (!frame.hasTimestamp) return false;
    const time = toEpochNs(frame.seconds, frame.nanoseconds);
    if (this.#fromNs !== undefined && time < this.#fromNs) return false;
    return this.#toNs === undefined || time < this.#toNs;
  }

  #filterOf(linkType: number): FrameFilter {
    const known = this.#filters.get(linkType);
    if (known !== undefined) return known;
    const made = new FrameFilter(this.#options.filter!(linkType));
    this.#filters.set(linkType, made);
    return made;
  }
}

function absolute(bound: TimeBound | undefined): bigint | undefined {
  return bound === undefined || bound.relative ? undefined : bound.ns;
}

/** Whether an interface is one of those named, by name or by number. */
export function isNamed(wanted: readonly string[], { id, name }: SelectableInterface): boolean {
  return wanted.some((text) => text === name || text === String(id));
}

function bytesOf(frame: SelectableFrame): [Uint8Array, number, number, number] {
  return [frame.bytes, frame.byteOffset, frame.capturedLength, frame.originalLength];
}
