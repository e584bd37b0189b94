/** The loop that writes lines of plain frames, and the memory it needs; see loops/plain-lines.ts. */

import type { FrameSums } from '../core/frame-sums.js';
import type { LoopFunction } from '../core/loop-memory.js';
import { IcmpType, icmpTypeName } from '../headers/icmp.js';
import type { FileLoop, FileLoopPlan } from '../source/file-source.js';
import { FrameParameters } from '../source/frame-parameters.js';
import { LoopCode, type ReadyLoop } from '../source/loop-code.js';
import { copyGroups, hasLittleEnd } from './ascii-bytes.js';
import type { AsciiText } from './ascii-writer.js';
import { flagsText } from './frame-info.js';
import { dnsHeadText } from './frame-info-writer.js';

// Where everything lies in the memory; the same in loops/lines/memory.ts.
const PARAMETERS = 1024;
const LINE_PARAMETERS: number = PARAMETERS + FrameParameters.sizeBytes;
const LINE_PARAMETER_BYTES = 56;
const HEAD = 1280;
const ECHO_TEXTS = 1408;
const ECHO_TEXT_BYTES = 32;
const OCTETS = 2048;
const LAST_OCTETS = 3072;
const OCTET_LENGTHS = 4096;
const HEX_PAIRS = 4352;
const FLAGS_LENGTHS = 5376;
const DNS_HEADS = 6144;
const GROUPS = 10_240;
const FLAGS_TEXTS = 51_200;
const AREA = 69_632;
const AREA_BYTES: number = 256 * 1024;
/** More than a line takes, and what is copied by sixteens behind it. */
const SLACK_BYTES = 1024;
const AREA_END: number = AREA + AREA_BYTES - SLACK_BYTES;
const ROOM: number = AREA + AREA_BYTES;
/** Room for the longest block that is believed. Pages that no file has touched take no memory. */
const ROOM_BYTES: number = 16 * 1024 * 1024;
/** What a load behind the last block's last byte may touch. */
const BEHIND_ROOM = 64;

// Words of the parameters for lines; the same in loops/lines/memory.ts, in bytes.
const NS_PER_TICK = 0;
const FRACTION_OFFSET = 1;
const NUMBER = 2;
const NUMBER_WIDTH = 3;
const HEAD_LENGTH = 4;
const SOURCE_WIDTH = 5;
const DESTINATION_WIDTH = 6;
const PROTOCOL_WIDTH = 7;
const REPLY_LENGTH = 8;
const REQUEST_LENGTH = 9;
const LINES_END = 10;
const FLAGS_WANTED = 11;
const DNS_WANTED = 12;
/** 0 where a kind of DNS message is wanted. */
const NO_DNS_WANTED = 13;
const NO_FLAGS = 0xffff_ffff;

const FLAGS_TEXT_BYTES = 32;
const DNS_HEAD_BYTES = 64;
const DNS_TEXT = 8;
const DNS_HEAD_SHIFT = 26;
/** Columns that are wider together might make a line longer than there is room for. */
const MOST_WIDTH = 160;
const MOST_NUMBER = 0xffff_ffff;
const MOST_FRAMES = 0x7fff_ffff;

/** How the lines behind a frame are to be written. */
export interface LinePlan {
  /** The first line's number. */
  number: number;
  /** Digits that the column of numbers has room for. */
  numberWidth: number;
  /** Widths of the columns of places; the loop widens none, and leaves what needs it. */
  source: number;
  destination: number;
  protocol: number;
  /** What stands between number and fraction: a blank and the time up to its point. */
  timeHead: AsciiText;
  /** What to add to a frame's nanoseconds, so that they are those behind the point; may be negative. */
  fractionOffset: number;
  /** Index in the area where the first line goes. */
  at: number;
}

const code = new LoopCode(new URL('../loops/plain-lines.wasm', import.meta.url), 'writeLines');
/** One that nobody uses: files are mostly read one after the other, and V8 reserves 10 GiB of addresses for each. */
let idle: LineLoop | undefined;

/** Says how lines go on; undefined: they must be written one by one. Asked at each call of the loop. */
export type LineLeader = () => LinePlan | undefined;

/**
 * Adds up the frames of a file that lie in its memory, and writes a line of each into an area of it.
 *
 * Lines and frames are those that `FrameLine` would write without it; a property test holds the two
 * against each other.
 */
export class LineLoop implements FileLoop {
  readonly room: Uint8Array;
  readonly sums: FrameSums;
  endAfter = 0;
  lastNanoseconds = 0;
  isFull: boolean = false;
  /** Where lines go. */
  readonly area: Uint8Array;
  /** Index in the area behind the last line that `sum` wrote. */
  linesEnd = 0;
  #leader: LineLeader | undefined = undefined;
  /** The file in the room, and the lines in the area. */
  #users = 0;
  readonly #writeLines: LoopFunction;
  readonly #bytes: Uint8Array;
  readonly #parameters: FrameParameters;
  readonly #words: Uint32Array;

  private constructor({ run, buffer }: ReadyLoop) {
    this.#writeLines = run;
    this.#bytes = new Uint8Array(buffer);
    this.#parameters = new FrameParameters(buffer, PARAMETERS);
    this.sums = this.#parameters.sums;
    this.#words = new Uint32Array(buffer, LINE_PARAMETERS, LINE_PARAMETER_BYTES / 4);
    this.room = new Uint8Array(buffer, ROOM, ROOM_BYTES);
    this.area = new Uint8Array(buffer, AREA, AREA_BYTES);
    copyGroups(new Int32Array(buffer, GROUPS));
    this.#makeTables();
  }

  /**
   * A loop for one file and its lines; undefined where there is none to be had (see `LoopMemory.allocate`),
   * and on hosts that keep the upper byte of a number first.
   */
  static take(leader: LineLeader): LineLoop | undefined {
    const loop = idle ?? LineLoop.#allocate();
    idle = undefined;
    if (loop === undefined) return undefined;
    loop.#leader = leader;
    loop.#users = 2;
    return loop;
  }

  static #allocate(): LineLoop | undefined {
    if (!hasLittleEnd) return undefined;
    const ready = code.load(ROOM + ROOM_BYTES + BEHIND_ROOM);
    return ready === undefined ? undefined : new LineLoop(ready);
  }

  sum(at: number, end: number, plan: FileLoopPlan): number {
    this.isFull = false;
    if (plan.queue !== undefined) return 0;
    const lines = this.#leader?.();
    if (lines === undefined) return 0;
    const most = Math.min(10 ** lines.numberWidth - 1, MOST_NUMBER) - lines.number + 1;
    if (most <= 0 || lines.source + lines.destination + lines.protocol > MOST_WIDTH) return 0;
    this.#setParameters(plan, lines);
    const words = this.#words;
    const parameters = this.#parameters;
    const count = this.#writeLines(
      ROOM + at,
      ROOM + end,
      Math.min(most, MOST_FRAMES),
      AREA + lines.at,
      AREA_END,
    );
    if (words[NO_DNS_WANTED] === 0) this.#makeDnsHead(words[DNS_WANTED]!);
    const flags = words[FLAGS_WANTED]!;
    if (flags !== NO_FLAGS) this.#makeFlagsText(flags);
    this.isFull = words[LINES_END]! > AREA_END;
    if (count === 0) return 0;
    parameters.take(count, plan.nsPerTick);
    this.lastNanoseconds = parameters.lastNanoseconds;
    this.endAfter = parameters.endAfter - ROOM;
    this.linesEnd = words[LINES_END]! - AREA;
    return count;
  }

  release(): void {
    this.#leave();
  }

  /** Gives the area back: no line is in it that is still needed, and none will come. */
  releaseArea(): void {
    this.#leader = undefined;
    this.#leave();
  }

  #leave(): void {
    this.#users--;
    if (this.#users === 0) idle = this;
  }

  #setParameters(plan: FileLoopPlan, lines: LinePlan): void {
    this.#parameters.set(plan);
    const words = this.#words;
    words[NS_PER_TICK] = plan.nsPerTick;
    words[FRACTION_OFFSET] = lines.fractionOffset;
    words[NUMBER] = lines.number;
    words[NUMBER_WIDTH] = lines.numberWidth;
    words[SOURCE_WIDTH] = lines.source;
    words[DESTINATION_WIDTH] = lines.destination;
    words[PROTOCOL_WIDTH] = lines.protocol;
    const { bytes, length } = lines.timeHead;
    words[HEAD_LENGTH] = length;
    for (let index = 0; index < length; index += 1) this.#bytes[HEAD + index] = bytes[index]!;
  }

  #makeTables(): void {
    const bytes = this.#bytes;
    for (let value = 0; value < 256; value += 1) {
      this.#put(OCTETS + value * 4, `${value}.`);
      this.#put(LAST_OCTETS + value * 4, `${value}`.padEnd(4));
      bytes[OCTET_LENGTHS + value] = value < 10 ? 2 : value < 100 ? 3 : 4;
      this.#put(HEX_PAIRS + value * 4, `${value.toString(16).padStart(2, '0')}: `);
    }
    const reply = ` ${icmpTypeName(IcmpType.EchoReply, 0)} id=`;
    const request = ` ${icmpTypeName(IcmpType.Echo, 0)} id=`;
    this.#words[REPLY_LENGTH] = this.#put(ECHO_TEXTS, reply);
    this.#words[REQUEST_LENGTH] = this.#put(ECHO_TEXTS + ECHO_TEXT_BYTES, request);
  }

  /** What has no length is left to the general way. */
  #makeFlagsText(flags: number): void {
    const text = ` ${flagsText(flags)} seq=`;
    if (text.length > FLAGS_TEXT_BYTES) return;
    this.#bytes[FLAGS_LENGTHS + flags] = this.#put(FLAGS_TEXTS + flags * FLAGS_TEXT_BYTES, text);
  }

  /** @param kind flags of the message in the upper half, type of its question in the lower one */
  #makeDnsHead(kind: number): void {
    const text = ` ${dnsHeadText(kind >>> 16, kind & 0xffff)} `;
    if (text.length > DNS_HEAD_BYTES - DNS_TEXT) return;
    const slot = Math.imul(kind, 0x9e37_79b1) >>> DNS_HEAD_SHIFT;
    const at = DNS_HEADS + slot * DNS_HEAD_BYTES;
    const head = new Uint32Array(this.#bytes.buffer, at, 2);
    head[0] = kind;
    head[1] = this.#put(at + DNS_TEXT, text);
  }

  #put(at: number, text: string): number {
    const bytes = this.#bytes;
    const { length } = text;
    for (let index = 0; index < length; index += 1) bytes[at + index] = text.charCodeAt(index);
    return length;
  }
}
