/** One TCP connection: both directions, and when it is another one with the same ports. */

import { TcpFlag } from '../headers/tcp.js';
import type { TcpSegment } from './tcp-segment.js';
import type { TcpStream } from './tcp-stream.js';

/** The two directions between two endpoints, as long as it is the same connection. */
export class TcpFlow {
  readonly key: string;
  /** What the endpoint that comes first in the key sends. */
  readonly low: TcpStream;
  /** What the other one sends. */
  readonly high: TcpStream;
  /** Neighbours in the order of use, see `TcpFlowTable`. */
  newer: TcpFlow | undefined;
  older: TcpFlow | undefined;
  /** Whether its beginning is in the file. */
  #begun = false;
  #sackOffers = 0;

  constructor(key: string, low: TcpStream, high: TcpStream) {
    this.key = key;
    this.low = low;
    this.high = high;
  }

  /** Whether the segment begins another connection between the same ports. */
  isRestartedBy(segment: TcpSegment, fromLow: boolean): boolean {
    if (!segment.has(TcpFlag.Syn) || segment.has(TcpFlag.Rst)) return false;
    return (fromLow ? this.low : this.high).isRestartedBy(segment);
  }

  /** Takes one segment of either direction. */
  take(segment: TcpSegment, fromLow: boolean): void {
    const own = fromLow ? this.low : this.high;
    const other = fromLow ? this.high : this.low;
    if (segment.has(TcpFlag.Rst)) {
      // Its numbers answer to a segment, perhaps to one of long ago; they say nothing of the stream.
      own.pass(segment);
      return;
    }
    if (segment.has(TcpFlag.Syn)) this.#begin(segment, own, other);
    own.sent(segment, this.#begun);
    if (segment.has(TcpFlag.Ack)) other.acknowledgedBy(segment, this.#begun);
  }

  /** Takes a frame of which the payload's length isn't known: fragments, headers cut off. */
  takeUnmeasured(fromLow: boolean): void {
    (fromLow ? this.low : this.high).unsettle();
    this.#begun = false;
  }

  /** Judges what is left. */
  finish(): void {
    this.low.finish(this.high.frames === 0);
    this.high.finish(this.low.frames === 0);
  }

  #begin(segment: TcpSegment, own: TcpStream, other: TcpStream): void {
    this.#begun = true;
    if (own.initialSequence < 0 && segment.sackPermitted) this.#sackOffers += 1;
    own.begin(segment);
    if (segment.maximumSegmentSize > 0) other.maximumSegmentSize = segment.maximumSegmentSize;
    if (this.#sackOffers === 2) {
      own.resends.reports = true;
      other.resends.reports = true;
    }
  }
}
