/**
 * Many frames as lines: all of them, or those around gaps, with a line where frames are missing.
 *
 * Lines are written as bytes into one buffer. With `aroundGaps` no line is made before it is known
 * that it is wanted: the last N frames wait as copies in a ring.
 */

import { LineLoop, type LinePlan } from '../analysis/line-loop.js';
import type { FrameBatch } from '../core/frame.js';
import { LinkType } from '../core/link-type.js';
import type { Loss } from '../core/loss.js';
import { toEpochNs } from '../core/timestamp.js';
import type { Gap } from '../gaps/gap.js';
import { FrameJsonWriter } from './frame-json.js';
import { type FrameLine, type LineFrame, MAX_FRAME_LINE_BYTES } from './frame-line.js';
import { toGapJson } from './loss-json.js';
import { PendingFrames } from './pending-frames.js';

const BUFFER_BYTES = 256 * 1024;
const LINE_END = '\n';
const textEncoder = new TextEncoder();
/** A gap of which the place isn't known. */
const nowhere = { after: undefined, before: undefined, startNs: undefined, endNs: undefined };

/** A batch that may say that a frame has no time. */
export type ListedFrame = FrameBatch & { readonly hasTimestamp?: boolean };

/** What a listing needs to know of an interface. */
export interface ListedInterface {
  /** LINKTYPE_ number. */
  readonly linkType: number;
  /** Its name where gap lines should carry it: where there are several interfaces. */
  readonly gapName: string | undefined;
  /** Whether lines of its frames begin with what `placeOf` gives; false unless given. */
  readonly placed?: boolean;
}

/** What of a frame tells where it came from or went to. */
type ListedPlace = Pick<
  FrameBatch,
  'interfaceId' | 'bytes' | 'byteOffset' | 'capturedLength' | 'flags'
>;

/** How to list. */
export interface FrameListingOptions {
  /** Frames to show on either side of each gap; all frames unless given. */
  readonly aroundGaps?: number | undefined;
  /**
   * Whether to write lines of JSON instead: a `FrameJson` for each frame, a `GapJson` for each gap. What is
   * left out has no line. False unless given.
   */
  readonly json?: boolean | undefined;
  /** What a frame's line begins with; asked only for frames of interfaces that are `placed`. */
  readonly placeOf?: ((frame: ListedPlace) => string) | undefined;
}

/** Makes the listing of one capture; see the head of this file. */
export class FrameListing {
  readonly #lines: FrameLine;
  readonly #interfaceOf: (interfaceId: number) => ListedInterface;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #aroundGaps: number | undefined;
  readonly #pending: PendingFrames | undefined;
  #buffer: Uint8Array = new Uint8Array(BUFFER_BYTES);
  /** Writes lines into the buffer, which is its area; undefined: nothing does. */
  #loop: LineLoop | undefined = undefined;
  /** The last frame's, and whether it had a time. */
  #number = 0;
  #hasTime: boolean = false;
  readonly #placeOf: ((frame: ListedPlace) => string) | undefined;
  readonly #json: FrameJsonWriter | undefined;
  #at = 0;
  #interfaceId = -1;
  #linkType = 0;
  #placed: boolean = false;
  /** Time of each interface's last frame; a seconds of −1 says that there is none. */
  readonly #lastSeconds: number[] = [];
  readonly #lastNanoseconds: number[] = [];
  /** Number of each interface's last frame; known only for JSON. */
  readonly #lastNumbers: (number | undefined)[] = [];
  /** Frames still to be shown after the last gap. */
  #after = 0;
  #omitted = 0;
  #started: boolean = false;

  /**
   * @param interfaceOf asked when frames of another interface begin; names may be known only later
   * @param write takes whole lines; the bytes are valid only during the call
   */
  constructor(
    lines: FrameLine,
    interfaceOf: (interfaceId: number) => ListedInterface,
    write: (bytes: Uint8Array) => void,
    options: FrameListingOptions = {},
  ) {
    this.#lines = lines;
    this.#interfaceOf = interfaceOf;
    this.#write = write;
    this.#aroundGaps = options.aroundGaps;
    this.#placeOf = options.placeOf;
    this.#json = options.json === true ? new FrameJsonWriter() : undefined;
    this.#pending =
      options.aroundGaps === undefined ? undefined : new PendingFrames(options.aroundGaps);
  }

  /**
   * Takes the frame that the batch stands on; `number` is the frame's, from 1.
   *
   * Whatever `write` throws comes out here.
   *
   * @param gap for JSON: the gap before it as the ledger knows it, with the neighbours in its ring;
   *   made of what the listing knows unless given
   */
  frame(batch: ListedFrame, number: number, gap?: Gap): void {
    const id = batch.interfaceId;
    if (id !== this.#interfaceId) this.#enter(id);
    if (!this.#started) this.#start(batch);
    if (batch.lostBefore !== undefined) this.#gapBefore(batch, batch.lostBefore, number, gap);
    if (batch.hasTimestamp !== false) {
      this.#lastSeconds[id] = batch.seconds;
      this.#lastNanoseconds[id] = batch.nanoseconds;
    }
    if (this.#json !== undefined) this.#lastNumbers[id] = number;
    this.#number = number;
    this.#hasTime = batch.hasTimestamp !== false;
    if (this.#pending === undefined) this.#line(number, batch);
    else if (this.#after > 0) {
      this.#after--;
      this.#line(number, batch);
    } else if (!this.#pending.add(batch, number)) this.#omitted++;
  }

  /**
   * A loop that writes lines for this listing, for `FileSourceOptions.makeLoop`: frames that it takes don't
   * come to `frame`, but to `taken`. Undefined where there is none, or it wouldn't take any.
   */
  makeLoop(): LineLoop | undefined {
    if (this.#pending !== undefined || this.#json !== undefined) return undefined;
    const loop = LineLoop.take(() => this.#planBehind());
    if (loop === undefined) return undefined;
    this.flush();
    this.#buffer = loop.area;
    this.#loop = loop;
    return loop;
  }

  /**
   * Takes note of frames whose lines the loop has written, right behind the one that `frame` took last.
   *
   * @param last has the time of the last of them
   */
  taken(count: number, last: Pick<FrameBatch, 'seconds' | 'nanoseconds'>): void {
    const id = this.#interfaceId;
    this.#at = this.#loop!.linesEnd;
    this.#number += count;
    this.#lastSeconds[id] = last.seconds;
    this.#lastNanoseconds[id] = last.nanoseconds;
  }

  #leaveLoop(): void {
    if (this.#loop === undefined) return;
    this.#buffer = new Uint8Array(BUFFER_BYTES);
    this.#loop.releaseArea();
    this.#loop = undefined;
  }

  #planBehind(): LinePlan | undefined {
    const id = this.#interfaceId;
    if (this.#linkType !== LinkType.Ethernet || this.#placed || !this.#hasTime) return undefined;
    const time = { seconds: this.#lastSeconds[id]!, nanoseconds: this.#lastNanoseconds[id]! };
    return this.#lines.planBehind(this.#number, time, this.#at);
  }

  /** Writes the line of a loss behind the last frame, or of one without a place. */
  lossAfter(interfaceId: number, loss: Loss & Partial<Gap>): void {
    this.#showPending();
    if (this.#json !== undefined) {
      this.#gapJson({ ...nowhere, ...loss, interfaceId });
    } else this.#text(this.#lines.gap(loss, undefined, this.#interfaceOf(interfaceId).gapName));
  }

  /** Ends the listing, and writes what is left. */
  end(): void {
    if (this.#pending !== undefined) {
      this.#omitted += this.#pending.drop();
      this.#showOmission();
    }
    this.flush();
    this.#leaveLoop();
  }

  /** Writes the lines that have been made. */
  flush(): void {
    if (this.#at === 0) return;
    const bytes = this.#buffer.subarray(0, this.#at);
    // Before the call: what it throws must not make anybody write them again.
    this.#at = 0;
    this.#write(bytes);
  }

  #enter(id: number): void {
    this.#interfaceId = id;
    this.#describe(id);
    this.#lastSeconds[id] ??= -1;
  }

  #describe(id: number): void {
    const { linkType, placed = false } = this.#interfaceOf(id);
    this.#linkType = linkType;
    this.#placed = placed && this.#placeOf !== undefined;
  }

  #start(batch: ListedFrame): void {
    if (batch.hasTimestamp === false) return;
    this.#started = true;
    this.#lines.startAt(batch.seconds, batch.nanoseconds);
  }

  #gapBefore(batch: ListedFrame, loss: Loss, number: number, gap: Gap | undefined): void {
    const id = batch.interfaceId;
    this.#showPending();
    this.#after = this.#aroundGaps ?? 0;
    const lastSeconds = this.#lastSeconds[id]!;
    const startNs =
      lastSeconds < 0 ? undefined : toEpochNs(lastSeconds, this.#lastNanoseconds[id]!);
    const endNs =
      batch.hasTimestamp === false ? undefined : toEpochNs(batch.seconds, batch.nanoseconds);
    if (this.#json !== undefined) {
      const place = { interfaceId: id, after: this.#lastNumbers[id], before: number };
      this.#gapJson(gap ?? { ...loss, ...place, startNs, endNs });
      return;
    }
    const hasBoth = startNs !== undefined && endNs !== undefined;
    const durationNs = hasBoth ? endNs - startNs : undefined;
    this.#text(this.#lines.gap(loss, durationNs, this.#interfaceOf(id).gapName));
  }

  #showPending(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#showOmission();
    pending.take((frame, number) => {
      this.#describe(frame.interfaceId);
      this.#line(number, frame);
    });
    if (this.#interfaceId >= 0) this.#describe(this.#interfaceId);
  }

  #showOmission(): void {
    if (this.#omitted === 0) return;
    if (this.#json === undefined) this.#text(this.#lines.omission(this.#omitted));
    this.#omitted = 0;
  }

  #line(number: number, frame: LineFrame & ListedPlace): void {
    const json = this.#json;
    if (json !== undefined) {
      if (this.#at + MAX_FRAME_LINE_BYTES > this.#buffer.length) this.flush();
      const { interfaceId } = frame;
      this.#at = json.write(number, frame, this.#linkType, interfaceId, this.#buffer, this.#at);
      return;
    }
    if (this.#placed) this.#place(this.#placeOf!(frame));
    else if (this.#at + MAX_FRAME_LINE_BYTES > this.#buffer.length) this.flush();
    this.#at = this.#lines.write(number, frame, this.#linkType, this.#buffer, this.#at);
  }

  #place(text: string): void {
    const bytes = textEncoder.encode(text);
    if (this.#at + bytes.length + MAX_FRAME_LINE_BYTES > this.#buffer.length) this.flush();
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #gapJson(gap: Gap): void {
    this.#text(JSON.stringify(toGapJson(gap)));
  }

  #text(text: string): void {
    if (this.#at + MAX_FRAME_LINE_BYTES > this.#buffer.length) this.flush();
    const bytes = textEncoder.encode(text + LINE_END);
    if (bytes.length > MAX_FRAME_LINE_BYTES) {
      this.flush();
      this.#write(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}
