/** One line a frame: number, time, source > destination, protocol, length, info. */

import { FrameSummary } from '../analysis/frame-summary.js';
import type { FrameBatch } from '../core/frame.js';
import type { Loss } from '../core/loss.js';
import { type FrameTimeFormat, FrameTimeText } from './frame-time.js';
import { gapLine } from './gap-line.js';

/** What of a batch a line is made of; any `FrameBatch` after `next()` will do. */
export type LineFrame = Pick<
  FrameBatch,
  'bytes' | 'byteOffset' | 'capturedLength' | 'originalLength' | 'seconds' | 'nanoseconds'
>;

/** Puts colours around parts of a line; each gets text of its final width and returns it coloured. */
export interface FrameLineStyle {
  number(text: string): string;
  time(text: string): string;
  address(text: string): string;
  protocol(text: string): string;
  length(text: string): string;
  info(text: string): string;
  gap(text: string): string;
}

const asIs = (text: string): string => text;

/** No colour at all. */
export const plainStyle: FrameLineStyle = {
  number: asIs,
  time: asIs,
  address: asIs,
  protocol: asIs,
  length: asIs,
  info: asIs,
  gap: asIs,
};

/** Settings of `FrameLine`. */
export interface FrameLineOptions {
  /** How times are written; `local` if left out. */
  readonly time?: FrameTimeFormat;
  /** Whether the terminal shows UTF-8; otherwise gap lines are ASCII. True if left out. */
  readonly unicode?: boolean;
  /** Colours; none if left out. */
  readonly style?: FrameLineStyle;
}

/** As wide as an IPv4 address; a longer one widens the column for the rest of the output. */
const FIRST_ADDRESS_WIDTH = 15;
const FIRST_NUMBER_WIDTH = 5;
const FIRST_PROTOCOL_WIDTH = 6;
const LENGTH_WIDTH = 5;

/**
 * Makes the lines of one output.
 *
 * Columns are aligned: each is as wide as the widest text it has held so far, so a line may be wider
 * than those above it, never ragged against those below. Frame lines are printable ASCII (the style
 * aside), whatever the frames hold.
 */
export class FrameLine {
  readonly #summary = new FrameSummary();
  readonly #time: FrameTimeText;
  readonly #unicode: boolean;
  readonly #style: FrameLineStyle;
  #numberWidth = FIRST_NUMBER_WIDTH;
  #timeWidth = 0;
  #sourceWidth = FIRST_ADDRESS_WIDTH;
  #destinationWidth = FIRST_ADDRESS_WIDTH;
  #protocolWidth = FIRST_PROTOCOL_WIDTH;

  constructor(options: FrameLineOptions = {}) {
    this.#time = new FrameTimeText(options.time ?? 'local');
    this.#unicode = options.unicode ?? true;
    this.#style = options.style ?? plainStyle;
  }

  /**
   * The line of one frame, without a line end. Length is the frame's on the wire; `[truncated]`
   * says that fewer bytes were captured.
   *
   * @param number the frame's, from 1
   * @param linkType LINKTYPE_ number of its interface
   */
  frame(number: number, frame: LineFrame, linkType: number): string {
    const summary = this.#summary;
    summary.open(
      frame.bytes,
      frame.byteOffset,
      frame.capturedLength,
      frame.originalLength,
      linkType,
    );
    const style = this.#style;
    const numberText = `${number}`;
    if (numberText.length > this.#numberWidth) this.#numberWidth = numberText.length;
    const time = this.#time.text(frame.seconds, frame.nanoseconds);
    if (time.length > this.#timeWidth) this.#timeWidth = time.length;
    const source = summary.source;
    if (source.length > this.#sourceWidth) this.#sourceWidth = source.length;
    const destination = summary.destination;
    if (destination.length > this.#destinationWidth) this.#destinationWidth = destination.length;
    const protocol = summary.protocol;
    if (protocol.length > this.#protocolWidth) this.#protocolWidth = protocol.length;
    const length = `${frame.originalLength}`;
    const info = summary.truncated ? withMark(summary.info) : summary.info;
    const head = `${style.number(padLeft(numberText, this.#numberWidth))} ${style.time(padLeft(time, this.#timeWidth))} ${style.address(padRight(source, this.#sourceWidth))} > ${style.address(padRight(destination, this.#destinationWidth))} ${style.protocol(padRight(protocol, this.#protocolWidth))} ${style.length(padLeft(length, LENGTH_WIDTH))}`;
    return info === '' ? head : `${head} ${style.info(info)}`;
  }

  /**
   * The line that stands where frames are missing; see `gapLine`.
   *
   * @param durationNs time between the frames around the gap; undefined where one of them is missing
   */
  gap(loss: Loss, durationNs: number | bigint | undefined): string {
    return this.#style.gap(gapLine(loss, durationNs, { unicode: this.#unicode }));
  }
}

function withMark(info: string): string {
  return info === '' ? '[truncated]' : `${info} [truncated]`;
}

const blanks: readonly string[] = Array.from({ length: 64 }, (_, count) => ' '.repeat(count));

function padLeft(text: string, width: number): string {
  return text.length < width ? (blanks[width - text.length] ?? '') + text : text;
}

function padRight(text: string, width: number): string {
  return text.length < width ? text + (blanks[width - text.length] ?? '') : text;
}
