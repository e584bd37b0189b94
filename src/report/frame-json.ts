/** Frames as lines of JSON. */

import { AsciiText, AsciiWriter } from '../analysis/ascii-writer.js';
import { FrameSummary } from '../analysis/frame-summary.js';
import type { LineFrame } from './frame-line.js';

/** One frame. What is unknown is null. A gap's line is a `GapJson`, which has no `frame`. */
export interface FrameJson {
  /** Its number in the file, from 1. */
  frame: number;
  /** The interface's id. */
  interface: number;
  /** Seconds since 1970-01-01 UTC with nine digits after the dot; null where the frame has no time. */
  time: string | null;
  /** Bytes on the wire. */
  length: number;
  /** Bytes captured; fewer where the frame was truncated. */
  captured: number;
  /** The identifiers of its VLAN tags, the outermost first; absent: it has none. */
  vlan?: number[];
  /** The highest protocol that was opened, such as `TCP`, `DNS`, `ARP`. */
  protocol: string;
  /** IP address, else MAC address. */
  source: string | null;
  /** As `source`. */
  destination: string | null;
  /**
   * The rest in a few words, such as `51234 > 443 [SYN] seq=1 win=64240 len=0`, behind `VLAN 100, ` where
   * the frame has a tag; may be empty.
   */
  info: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FULL_STOP = 0x2e;
const frameKey: AsciiText = AsciiText.of('{"frame":');
const interfaceKey: AsciiText = AsciiText.of(',"interface":');
const timeKey: AsciiText = AsciiText.of(',"time":');
const lengthKey: AsciiText = AsciiText.of(',"length":');
const capturedKey: AsciiText = AsciiText.of(',"captured":');
const vlanKey: AsciiText = AsciiText.of(',"vlan":');
const protocolKey: AsciiText = AsciiText.of(',"protocol":"');
const sourceKey: AsciiText = AsciiText.of('","source":');
const destinationKey: AsciiText = AsciiText.of(',"destination":');
const infoKey: AsciiText = AsciiText.of(',"info":"');
const end: AsciiText = AsciiText.of('"}\n');
const unknown: AsciiText = AsciiText.of('null');

/**
 * Writes frames of one output as `FrameJson`, one after the other, as `JSON.stringify` would: at a part
 * of its time, since no object and next to no string is made.
 */
export class FrameJsonWriter {
  readonly #summary = new FrameSummary();
  readonly #line = new AsciiWriter();

  /**
   * Writes a frame's line with a line end. The texts of a frame are printable ASCII, whatever it holds;
   * what JSON has escapes for is escaped.
   *
   * @param number the frame's, from 1
   * @param linkType LINKTYPE_ number of its interface
   * @param out where to; at least `MAX_FRAME_LINE_BYTES` must be free from `at` on. Held until another is
   *   given
   * @returns the index after the line end
   */
  write(
    number: number,
    frame: LineFrame,
    linkType: number,
    interfaceId: number,
    out: Uint8Array,
    at: number,
  ): number {
    const line = this.#line;
    const summary = this.#summary;
    const { capturedLength, originalLength } = frame;
    line.open(out, at);
    summary.open(frame.bytes, frame.byteOffset, capturedLength, originalLength, linkType);
    line.copy(frameKey);
    line.decimal(number);
    line.copy(interfaceKey);
    line.decimal(interfaceId);
    this.#writeTime(frame);
    line.copy(lengthKey);
    line.decimal(originalLength);
    line.copy(capturedKey);
    line.decimal(capturedLength);
    const { vlans } = summary;
    if (vlans.length > 0) {
      line.copy(vlanKey);
      line.text(JSON.stringify(vlans));
    }
    line.copy(protocolKey);
    line.text(summary.protocol);
    this.#writePlaces();
    this.#writeInfo();
    line.copy(end);
    return line.at;
  }

  #writeTime(frame: LineFrame): void {
    const line = this.#line;
    line.copy(timeKey);
    if (frame.hasTimestamp === false) {
      line.copy(unknown);
      return;
    }
    line.code(QUOTE);
    line.decimal(frame.seconds);
    line.code(FULL_STOP);
    line.nine(frame.nanoseconds);
    line.code(QUOTE);
  }

  #writePlaces(): void {
    const line = this.#line;
    const summary = this.#summary;
    line.copy(sourceKey);
    const sourceAt = this.#openText();
    summary.writeSource(line);
    this.#closeText(sourceAt);
    line.copy(destinationKey);
    const destinationAt = this.#openText();
    summary.writeDestination(line);
    this.#closeText(destinationAt);
  }

  /** Begins a text that is `null` where nothing is written; returns where it starts. */
  #openText(): number {
    this.#line.code(QUOTE);
    return this.#line.at;
  }

  #closeText(start: number): void {
    const line = this.#line;
    if (line.at > start) line.code(QUOTE);
    else {
      line.at = start - 1;
      line.copy(unknown);
    }
  }

  #writeInfo(): void {
    const line = this.#line;
    line.copy(infoKey);
    const start = line.at;
    this.#summary.writeInfo(line);
    const { bytes, at } = line;
    for (let index = start; index < at; index += 1) {
      const code = bytes[index]!;
      if (code !== QUOTE && code !== BACKSLASH) continue;
      line.at = start;
      line.text(JSON.stringify(this.#summary.info).slice(1, -1));
      return;
    }
  }
}
