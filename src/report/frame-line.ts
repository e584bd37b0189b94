/** One line a frame: number, time, source > destination, protocol, length, info. */

import { AsciiWriter, digitCount } from '../analysis/ascii-writer.js';
import { FrameSummary } from '../analysis/frame-summary.js';
import type { LinePlan } from '../analysis/line-loop.js';
import type { FrameBatch } from '../core/frame.js';
import { LinkType } from '../core/link-type.js';
import type { Loss } from '../core/loss.js';
import { type FrameTimeFormat, FrameTimeText } from './frame-time.js';
import { gapLine } from './gap-line.js';
import { firstColumns, LENGTH_WIDTH } from './line-columns.js';
import { formatCounted } from './number-text.js';
import { PlainLine, type TimedFrame } from './plain-line.js';

/** What of a batch a line is made of; any `FrameBatch` after `next()` will do. */
export type LineFrame = Pick<
  FrameBatch,
  'bytes' | 'byteOffset' | 'capturedLength' | 'originalLength' | 'seconds' | 'nanoseconds'
> & {
  /** False where the frame has no time; then its column holds a hyphen. */
  readonly hasTimestamp?: boolean;
};

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

const NO_TIME = '-';
const BLANK = 0x20;
const LINE_END = 0x0a;

/**
 * More than any frame line takes: the longest holds a DNS name of 255 bytes, four characters each,
 * and columns of some 200 characters.
 */
export const MAX_FRAME_LINE_BYTES = 2048;

/**
 * Makes the lines of one output.
 *
 * Columns are aligned: each is as wide as the widest text it has held so far, so a line may be wider
 * than those above it, never ragged against those below. Frame lines are printable ASCII (the style
 * aside), whatever the frames hold.
 */
export class FrameLine {
  /** How many bytes must be free for `write`: more than any line takes. */
  readonly mostBytes: number = MAX_FRAME_LINE_BYTES;
  readonly #line = new AsciiWriter();
  readonly #summary = new FrameSummary();
  readonly #time: FrameTimeText;
  readonly #unicode: boolean;
  readonly #style: FrameLineStyle;
  readonly #columns = firstColumns();
  readonly #plain: PlainLine;

  constructor(options: FrameLineOptions = {}) {
    this.#time = new FrameTimeText(options.time ?? 'local');
    this.#unicode = options.unicode ?? true;
    this.#style = options.style ?? plainStyle;
    this.#plain = new PlainLine(this.#columns, this.#time);
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
    const columns = this.#columns;
    const numberText = `${number}`;
    if (numberText.length > columns.number) columns.number = numberText.length;
    const time =
      frame.hasTimestamp === false ? NO_TIME : this.#time.text(frame.seconds, frame.nanoseconds);
    if (time.length > columns.time) columns.time = time.length;
    const source = summary.source;
    if (source.length > columns.source) columns.source = source.length;
    const destination = summary.destination;
    if (destination.length > columns.destination) columns.destination = destination.length;
    const protocol = summary.protocol;
    if (protocol.length > columns.protocol) columns.protocol = protocol.length;
    const length = `${frame.originalLength}`;
    const info = summary.truncated ? withMark(summary.info) : summary.info;
    const head = `${style.number(padLeft(numberText, columns.number))} ${style.time(padLeft(time, columns.time))} ${style.address(padRight(source, columns.source))} > ${style.address(padRight(destination, columns.destination))} ${style.protocol(padRight(protocol, columns.protocol))} ${style.length(padLeft(length, LENGTH_WIDTH))}`;
    return info === '' ? head : `${head} ${style.info(info)}`;
  }

  /**
   * Writes the same line as bytes, with a line end: for outputs of many frames, at a small
   * part of the time. With a style other than `plainStyle`, or for a number over 2^53, use `frame`.
   *
   * @param out where to; at least `MAX_FRAME_LINE_BYTES` must be free from `at` on, and more than the
   *   line may be written. Held until another is given
   * @returns the index after the line end
   */
  write(number: number, frame: LineFrame, linkType: number, out: Uint8Array, at: number): number {
    const line = this.#line;
    line.open(out, at);
    if (linkType === LinkType.Ethernet && this.#plain.write(number, frame, line)) return line.at;
    const summary = this.#summary;
    summary.open(
      frame.bytes,
      frame.byteOffset,
      frame.capturedLength,
      frame.originalLength,
      linkType,
    );
    const columns = this.#columns;
    const numberLength = digitCount(number);
    if (numberLength > columns.number) columns.number = numberLength;
    line.blanks(columns.number - numberLength);
    line.decimal(number);
    line.code(BLANK);
    this.#writeTime(frame, line);
    line.code(BLANK);
    this.#writePlaces(line);
    line.blanks(LENGTH_WIDTH - digitCount(frame.originalLength));
    line.decimal(frame.originalLength);
    const beforeInfo = line.at;
    line.code(BLANK);
    summary.writeInfo(line);
    if (line.at === beforeInfo + 1) line.at = beforeInfo;
    if (summary.truncated) line.text(' [truncated]');
    line.code(LINE_END);
    return line.at;
  }

  /**
   * How a loop is to write lines of plain Ethernet frames behind one that `write` wrote; see
   * `LineLoop`. The parameters are those of `PlainLine.planBehind`.
   */
  planBehind(number: number, frame: TimedFrame, at: number): LinePlan | undefined {
    return this.#plain.planBehind(number, frame, at);
  }

  /** Source, destination and protocol, each with the blank after it. */
  #writePlaces(line: AsciiWriter): void {
    const summary = this.#summary;
    const columns = this.#columns;
    const sourceAt = line.at;
    summary.writeSource(line);
    columns.source = Math.max(columns.source, line.at - sourceAt);
    line.blanks(sourceAt + columns.source - line.at);
    line.text(' > ');
    const destinationAt = line.at;
    summary.writeDestination(line);
    columns.destination = Math.max(columns.destination, line.at - destinationAt);
    line.blanks(destinationAt + columns.destination + 1 - line.at);
    const protocol = summary.protocol;
    if (protocol.length > columns.protocol) columns.protocol = protocol.length;
    line.text(protocol);
    line.blanks(columns.protocol - protocol.length + 1);
  }

  /** The time, right-aligned: its length is known only when it is written. */
  #writeTime(frame: LineFrame, line: AsciiWriter): void {
    const start = line.at;
    if (frame.hasTimestamp === false) line.text(NO_TIME);
    else this.#time.write(frame.seconds, frame.nanoseconds, line);
    const length = line.at - start;
    const columns = this.#columns;
    if (length > columns.time) columns.time = length;
    const indent = columns.time - length;
    if (indent === 0) return;
    line.bytes.copyWithin(start + indent, start, line.at);
    line.at = start;
    line.blanks(indent);
    line.at += length;
  }

  /**
   * The line that stands where frames are missing; see `gapLine`.
   *
   * @param durationNs time between the frames around the gap; undefined where one of them is missing
   * @param interfaceName where there are several interfaces
   */
  gap(loss: Loss, durationNs: number | bigint | undefined, interfaceName?: string): string {
    const options = { unicode: this.#unicode, interfaceName };
    return this.#style.gap(gapLine(loss, durationNs, options));
  }

  /** The line that stands where frames were left out: `⋮ 1,234 frames`. */
  omission(frameCount: number): string {
    return `${this.#unicode ? '⋮' : '...'} ${formatCounted(frameCount, 'frame')}`;
  }

  /** Sets the zero of relative times, where the first frame gets no line. */
  startAt(seconds: number, nanoseconds: number): void {
    this.#time.startAt(seconds, nanoseconds);
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
