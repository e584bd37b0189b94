/** The short way to the line of a plain TCP or UDP packet: most frames of most captures. */

import { AsciiText, type AsciiWriter } from '../analysis/ascii-writer.js';
import { FlowTextCache } from '../analysis/flow-text-cache.js';
import { isDnsPort } from '../analysis/frame-info.js';
import { PlainPacket } from '../analysis/plain-packet.js';
import { CountingText } from './counting-text.js';
import type { LineFrame } from './frame-line.js';
import type { FrameTimeText } from './frame-time.js';
import type { LineColumns } from './line-columns.js';

/** The first length that is wider than its column. */
const WIDE_LENGTH = 100_000;
const FRACTION_DIGITS = 9;
const LINE_END = 0x0a;
const HEAD_BYTES = 64;
const acknowledgment: AsciiText = AsciiText.of(' ack=');
const window: AsciiText = AsciiText.of(' win=');
const length: AsciiText = AsciiText.of(' len=');
const truncated: AsciiText = AsciiText.of(' [truncated]');

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
    if (!packet.isTcp && mayBeDns(packet.ports)) return false;
    const time = this.#time;
    time.open(frame.seconds, frame.nanoseconds);
    if (time.isNegative) return false;
    const columns = this.#columns;
    const slot = this.#flows.find(packet, bytes, columns);
    if (slot < 0) return false;
    columns.number = this.#number.write(number, columns.number, out);
    if (time.wholeSeconds !== this.#timeHeadSeconds || columns.time !== this.#timeHeadWidth) {
      this.#makeTimeHead();
    }
    out.copy(this.#timeHead);
    out.nine(time.fraction);
    this.#flows.writePlaces(slot, out);
    out.rightOfFive(originalLength);
    this.#flows.writePorts(slot, out);
    if (packet.isTcp) this.#writeTcp(out);
    out.decimal(packet.payloadLength);
    if (originalLength > capturedLength) out.copy(truncated);
    out.code(LINE_END);
    return true;
  }

  /** What follows `seq=`, up to `len=`. */
  #writeTcp(out: AsciiWriter): void {
    const packet = this.#packet;
    out.unsigned(packet.sequence);
    if (packet.acknowledges) {
      out.copy(acknowledgment);
      out.unsigned(packet.acknowledgment);
    }
    out.copy(window);
    out.decimal(packet.window);
    out.copy(length);
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

function mayBeDns(ports: number): boolean {
  return isDnsPort(ports >>> 16) || isDnsPort(ports & 0xffff);
}
