/** The short way to the line of a plain packet: most frames of most captures. */

import {
  longOf,
  putLong,
  putLongs,
  putNine,
  putRightOfFive,
  putUnsigned,
} from '../analysis/ascii-bytes.js';
import { AsciiText, type AsciiWriter } from '../analysis/ascii-writer.js';
import { FlowTextCache } from '../analysis/flow-text-cache.js';
import { putArp, putPlainName } from '../analysis/frame-info-writer.js';
import type { LinePlan } from '../analysis/line-loop.js';
import { PlainKind, PlainPacket } from '../analysis/plain-packet.js';
import { CountingText } from './counting-text.js';
import type { LineFrame } from './frame-line.js';
import type { FrameTimeText } from './frame-time.js';
import type { LineColumns } from './line-columns.js';

/** The first length that is wider than its column. */
const WIDE_LENGTH = 100_000;
const FRACTION_DIGITS = 9;
const LINE_END = 0x0a;
const HEAD_BYTES = 64;
/** Texts of up to eight characters as the one number that a store writes. */
const acknowledgment: number = longOf(' ack=');
const window: number = longOf(' win=');
const length: number = longOf(' len=');
const LABEL_LENGTH = 5;
const truncated: AsciiText = AsciiText.of(' [truncated]');

/** Numbers of the first lines, of which every 32nd makes anew what is kept. */
const REHEARSED = 1024;
const REHEARSAL_MASK = 31;

/**
 * Whether the line of this number does what is seldom done, though it needn't. Code that hasn't run when
 * the compiler comes to it is left out, and the whole function is thrown away and compiled again at the
 * first new second (measured: 50 ms of slow lines).
 */
function isRehearsal(number: number): boolean {
  return number < REHEARSED && (number & REHEARSAL_MASK) === 0;
}

/** What of a frame its time is. */
export type TimedFrame = Pick<LineFrame, 'seconds' | 'nanoseconds'>;

/** Writes lines from parts of earlier ones; what it can't write, it leaves to the long way. */
export class PlainLine {
  readonly #columns: LineColumns;
  readonly #time: FrameTimeText;
  readonly #packet = new PlainPacket();
  readonly #flows = new FlowTextCache();
  readonly #number = new CountingText();
  /** A blank, the indent, and the time up to its point. */
  readonly #timeHead = new AsciiText(HEAD_BYTES);
  #timeHeadSeconds = -1;
  #timeHeadWidth = -1;
  readonly #plan: LinePlan = {
    number: 0,
    numberWidth: 0,
    source: 0,
    destination: 0,
    protocol: 0,
    timeHead: this.#timeHead,
    fractionOffset: 0,
    at: 0,
  };

  /** @param columns the output's; kept, and widened where need be */
  constructor(columns: LineColumns, time: FrameTimeText) {
    this.#columns = columns;
    this.#time = time;
  }

  /**
   * Appends an Ethernet frame's line with a line end.
   *
   * @param number the frame's, 1 … 2^53 − 1
   * @returns false where the frame isn't of the kind; then nothing was written
   */
  write(number: number, frame: LineFrame, out: AsciiWriter): boolean {
    const { bytes, originalLength, capturedLength } = frame;
    const packet = this.#packet;
    if (!packet.open(bytes, frame.byteOffset, capturedLength, originalLength)) return false;
    if (originalLength >= WIDE_LENGTH || frame.hasTimestamp === false) return false;
    const time = this.#time;
    time.open(frame.seconds, frame.nanoseconds);
    if (time.isNegative) return false;
    const columns = this.#columns;
    const slot = this.#flows.find(packet, bytes, columns);
    if (slot < 0) return false;
    const isOther =
      time.wholeSeconds !== this.#timeHeadSeconds || columns.time !== this.#timeHeadWidth;
    if (isOther || isRehearsal(number)) this.#makeTimeHead();
    const { view } = out;
    let at = this.#number.put(view, out.at, number, columns.number);
    columns.number = this.#number.width;
    at = putLongs(view, at, this.#timeHead.longs, 0, this.#timeHead.length);
    at = putNine(view, at, time.fraction);
    at = this.#flows.putPlaces(view, at, slot);
    at = putRightOfFive(view, at, originalLength);
    at = this.#flows.putPorts(view, at, slot);
    at = putInfo(view, at, packet, bytes);
    if (originalLength > capturedLength)
      at = putLongs(view, at, truncated.longs, 0, truncated.length);
    view.setUint8(at, LINE_END);
    out.at = at + 1;
    return true;
  }

  /**
   * How a loop is to write the lines behind one; the same object each time.
   *
   * @param number of the frame before them, whose line was written
   * @param frame that frame's time
   * @param at where in the loop's area the first line goes
   * @returns undefined where the loop must not write any
   */
  planBehind(number: number, frame: TimedFrame, at: number): LinePlan | undefined {
    const time = this.#time;
    time.open(frame.seconds, frame.nanoseconds);
    if (time.isNegative) return undefined;
    const columns = this.#columns;
    const isOther =
      time.wholeSeconds !== this.#timeHeadSeconds || columns.time !== this.#timeHeadWidth;
    if (isOther) this.#makeTimeHead();
    const plan = this.#plan;
    plan.number = number + 1;
    plan.numberWidth = columns.number;
    plan.source = columns.source;
    plan.destination = columns.destination;
    plan.protocol = columns.protocol;
    plan.fractionOffset = time.fraction - frame.nanoseconds;
    plan.at = at;
    return plan;
  }

  #makeTimeHead(): void {
    const columns = this.#columns;
    const head = this.#time.head();
    columns.time = Math.max(columns.time, head.length + FRACTION_DIGITS);
    this.#timeHead.set(` ${head.padStart(columns.time - FRACTION_DIGITS)}`);
    this.#timeHeadSeconds = this.#time.wholeSeconds;
    this.#timeHeadWidth = columns.time;
  }
}

/** What of the info column is the frame's own; the flow's part stands before it. */
function putInfo(view: DataView, at: number, packet: PlainPacket, bytes: Uint8Array): number {
  switch (packet.kind) {
    case PlainKind.Tcp:
      return putUnsigned(view, putTcp(view, at, packet), packet.payloadLength);
    case PlainKind.Udp:
      return putUnsigned(view, at, packet.payloadLength);
    case PlainKind.Dns:
      return putPlainName(view, at, bytes, packet.contentAt, packet.contentEnd);
    case PlainKind.Echo:
      return putUnsigned(view, at, packet.sequence);
    default:
      return putArp(view, at, bytes, packet.contentAt, packet.detail);
  }
}

/** What follows `seq=`, up to `len=`. */
function putTcp(view: DataView, from: number, packet: PlainPacket): number {
  let at = putUnsigned(view, from, packet.sequence);
  if (packet.acknowledges) {
    at = putLong(view, at, acknowledgment, LABEL_LENGTH);
    at = putUnsigned(view, at, packet.acknowledgment);
  }
  at = putLong(view, at, window, LABEL_LENGTH);
  at = putUnsigned(view, at, packet.window);
  return putLong(view, at, length, LABEL_LENGTH);
}
