/** Frames and gaps as lines of JSON. */

import { FrameSummary } from '../analysis/frame-summary.js';
import { formatEpochNs, toEpochNs } from '../core/timestamp.js';
import type { Gap } from '../gaps/gap.js';
import type { LineFrame } from './frame-line.js';
import { type GapJson, toGapJson } from './loss-json.js';

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
  /** The highest protocol that was opened, such as `TCP`, `DNS`, `ARP`. */
  protocol: string;
  /** IP address, else MAC address. */
  source: string | null;
  /** As `source`. */
  destination: string | null;
  /** The rest in a few words, such as `51234 > 443 [SYN] seq=1 win=64240 len=0`; may be empty. */
  info: string;
}

/** Makes the objects for one output, one after the other. */
export class FrameJsonMaker {
  readonly #summary = new FrameSummary();

  /**
   * Describes a frame.
   *
   * @param number the frame's, from 1
   * @param linkType LINKTYPE_ number of its interface
   */
  frame(number: number, frame: LineFrame, linkType: number, interfaceId: number): FrameJson {
    const summary = this.#summary;
    const { bytes, byteOffset, capturedLength, originalLength, seconds, nanoseconds } = frame;
    summary.open(bytes, byteOffset, capturedLength, originalLength, linkType);
    const hasTime = frame.hasTimestamp !== false;
    return {
      frame: number,
      interface: interfaceId,
      time: hasTime ? formatEpochNs(toEpochNs(seconds, nanoseconds)) : null,
      length: originalLength,
      captured: capturedLength,
      protocol: summary.protocol,
      source: summary.source === '' ? null : summary.source,
      destination: summary.destination === '' ? null : summary.destination,
      info: summary.info,
    };
  }

  /** Describes a gap, in the shape that every list of gaps has. */
  gap(gap: Gap): GapJson {
    return toGapJson(gap);
  }
}
