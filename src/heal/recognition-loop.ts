/** The loop that recognises the frames of a file, and the memory it needs; see loops/recognise-frames.ts. */

import type { FrameSums } from '../core/frame-sums.js';
import type { LoopFunction } from '../core/loop-memory.js';
import type { FileLoop, FileLoopPlan } from '../source/file-source.js';
import { FrameParameters } from '../source/frame-parameters.js';
import { LoopCode, type ReadyLoop } from '../source/loop-code.js';

/** Room for the longest block that is believed. Pages that no file has touched take no memory. */
const ROOM_BYTES = 16 * 1024 * 1024;
/** Frames that are recognised at a time. */
const MOST_FRAMES = 2048;
const PARAMETERS: number = ROOM_BYTES;
const OWN_PARAMETERS: number = PARAMETERS + FrameParameters.sizeBytes;
const OWN_PARAMETER_BYTES = 32;
const KEYS: number = OWN_PARAMETERS + OWN_PARAMETER_BYTES;
const TICKS: number = KEYS + MOST_FRAMES * 8;
const PLACES: number = TICKS + MOST_FRAMES * 4;
const END: number = PLACES + MOST_FRAMES * 4;

// Words of the loop's own parameters; the same in loops/recognise-frames.ts, in bytes.
const LINK_TYPE = 0;
const EXACT = 1;
const LIMIT = 2;
const MOST_AT = 3;
const KEYS_AT = 4;
const TICKS_AT = 5;
const PLACES_AT = 6;

/** How the frames behind the present one are recognised: as `RecognitionOptions` say, of one link type. */
export interface LoopRecognition {
  readonly exact: boolean;
  readonly limit: number;
  readonly linkType: number;
}

const code = new LoopCode(
  new URL('../loops/recognise-frames.wasm', import.meta.url),
  'recogniseFrames',
);
/** One that no file uses: V8 reserves 10 GiB of addresses for each. */
let idle: RecognitionLoop | undefined;

/** Adds up frames of a file that lie in its memory, and recognises them. */
export class RecognitionLoop implements FileLoop {
  readonly room: Uint8Array;
  readonly sums: FrameSums;
  endAfter = 0;
  lastNanoseconds = 0;
  isFull: boolean = false;
  /** Keys of the frames that `sum` took last, as `InvariantBytes` has them; valid until its next call. */
  readonly keys: Float64Array;
  /** Their times, in units of `nsPerTick` from the start of their second. */
  readonly ticks: Uint32Array;
  /** Where in the room their blocks start. */
  readonly places: Uint32Array;
  nsPerTick = 0;
  #recognition: LoopRecognition;
  readonly #recogniseFrames: LoopFunction;
  readonly #parameters: FrameParameters;
  readonly #own: Uint32Array;

  private constructor({ run, buffer }: ReadyLoop, recognition: LoopRecognition) {
    this.#recogniseFrames = run;
    this.#recognition = recognition;
    this.#parameters = new FrameParameters(buffer, PARAMETERS);
    this.sums = this.#parameters.sums;
    this.room = new Uint8Array(buffer, 0, ROOM_BYTES);
    this.keys = new Float64Array(buffer, KEYS, MOST_FRAMES);
    this.ticks = new Uint32Array(buffer, TICKS, MOST_FRAMES);
    this.places = new Uint32Array(buffer, PLACES, MOST_FRAMES);
    this.#own = new Uint32Array(buffer, OWN_PARAMETERS, OWN_PARAMETER_BYTES / 4);
    this.#own[MOST_AT] = MOST_FRAMES;
    this.#own[KEYS_AT] = KEYS;
    this.#own[TICKS_AT] = TICKS;
    this.#own[PLACES_AT] = PLACES;
  }

  /**
   * A loop for one file; undefined where there is none to be had (see `LoopCode.load`).
   *
   * @param recognition looked at anew each time that frames are recognised
   */
  static take(recognition: LoopRecognition): RecognitionLoop | undefined {
    const kept = idle;
    idle = undefined;
    if (kept !== undefined) {
      kept.#recognition = recognition;
      return kept;
    }
    const ready = code.load(END);
    return ready === undefined ? undefined : new RecognitionLoop(ready, recognition);
  }

  sum(at: number, end: number, plan: FileLoopPlan): number {
    const { linkType, exact, limit } = this.#recognition;
    const parameters = this.#parameters;
    parameters.set(plan);
    this.#own[LINK_TYPE] = linkType;
    this.#own[EXACT] = exact ? 1 : 0;
    this.#own[LIMIT] = limit;
    const count = this.#recogniseFrames(at, end, PARAMETERS);
    this.isFull = count === MOST_FRAMES;
    if (count === 0) return 0;
    parameters.take(count, plan.nsPerTick);
    this.nsPerTick = plan.nsPerTick;
    this.endAfter = parameters.endAfter;
    this.lastNanoseconds = parameters.lastNanoseconds;
    return count;
  }

  release(): void {
    idle = this;
  }
}
