/** A TCP conversation written segment by segment, for tests of the inference. */

import type { ListedFrame } from './frame-list-source.js';
import { ethernet, ipv4, ipv6, join, tcp, u16, u32 } from './packet-bytes.js';

/** What a segment is; all of it has defaults. */
export interface ScriptSegment {
  /** Sequence number; the default goes on from the last one of its side. */
  readonly sequence?: number;
  /** Default: everything the other side has sent in the script. */
  readonly acknowledgment?: number;
  /** Payload on the wire; the frame holds none of it. */
  readonly length?: number;
  /** Twelve bits; ACK by default. */
  readonly flags?: number;
  readonly sacks?: readonly (readonly [number, number])[];
  readonly timestamp?: number;
  readonly maximumSegmentSize?: number;
  /** IPv4 identification; counts up by default. */
  readonly identification?: number;
  /** Microseconds after the segment before it; 10,000 by default. */
  readonly afterUs?: number;
  readonly window?: number;
  readonly ports?: readonly [number, number];
  readonly interfaceId?: number;
  readonly version?: 4 | 6;
  readonly moreFragments?: boolean;
  /** Bytes of the frame that are captured; all headers by default. */
  readonly capturedLength?: number;
  /** Frames recorded as lost before this one. */
  readonly lost?: number;
}

/** TCP flags by their letters: `SA` for SYN and ACK. */
export function flagsOf(letters: string): number {
  const bits: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, A: 16 };
  return [...letters].reduce((sum, letter) => sum + bits[letter]!, 0);
}

const CLIENT = [10, 0, 0, 1] as const;
const SERVER = [10, 0, 0, 2] as const;
const WRAP = 2 ** 32;

/** Collects the frames of both sides; the client's side comes first in the flow's key. */
export class TcpScript {
  readonly frames: ListedFrame[] = [];
  #timeUs = 0;
  #identification = 100;
  readonly #next: [client: number, server: number];

  /** @param clientSequence sequence numbers of the two SYNs */
  constructor(clientSequence = 1000, serverSequence = 5_000_000) {
    this.#next = [clientSequence, serverSequence];
  }

  /** SYN, SYN and ACK, ACK. */
  handshake(segment: ScriptSegment = {}): this {
    return this.client({ flags: flagsOf('S'), acknowledgment: 0, ...segment })
      .server({ flags: flagsOf('SA'), ...segment })
      .client();
  }

  /** A segment of the client. */
  client(segment: ScriptSegment = {}): this {
    return this.#add(0, segment);
  }

  /** A segment of the server. */
  server(segment: ScriptSegment = {}): this {
    return this.#add(1, segment);
  }

  /** The client sends a segment that isn't in the capture. */
  missed(length: number): this {
    this.#next[0] = (this.#next[0] + length) % WRAP;
    this.#identification += 1;
    return this;
  }

  /** The last frame once more, as a capture on several interfaces holds it. */
  copy(afterUs: number): this {
    this.#timeUs += afterUs;
    this.frames.push({ ...this.frames.at(-1)!, timeUs: this.#timeUs });
    return this;
  }

  #add(side: 0 | 1, segment: ScriptSegment): this {
    const flags = segment.flags ?? flagsOf('A');
    const length = segment.length ?? 0;
    const sequence = segment.sequence ?? this.#next[side];
    const counted = length + (flags & 2 ? 1 : 0) + (flags & 1 ? 1 : 0);
    if (segment.sequence === undefined) this.#next[side] = (sequence + counted) % WRAP;
    this.#timeUs += segment.afterUs ?? 10_000;
    this.#identification += 1;
    const data = this.#encode(side, segment, sequence, flags, length);
    const captured = segment.capturedLength ?? data.length;
    this.frames.push({
      data: data.subarray(0, captured),
      wireLength: data.length + length,
      timeUs: this.#timeUs,
      interfaceId: segment.interfaceId ?? 0,
      ...(segment.lost === undefined
        ? {}
        : {
            lostBefore: {
              lost: segment.lost,
              certainty: 'exact' as const,
              atLeast: segment.lost,
              atMost: segment.lost,
              group: undefined,
            },
          }),
    });
    return this;
  }

  #encode(
    side: 0 | 1,
    segment: ScriptSegment,
    sequence: number,
    flags: number,
    length: number,
  ): Uint8Array {
    const { sacks = [], timestamp, maximumSegmentSize, ports = [40_000, 443] } = segment;
    const options: number[] = [];
    if (maximumSegmentSize !== undefined)
      options.push(2, 4, ...u16(maximumSegmentSize), 4, 2, 1, 1);
    if (timestamp !== undefined) options.push(1, 1, 8, 10, ...u32(timestamp), ...u32(7));
    if (sacks.length > 0) options.push(1, 1, 5, 2 + 8 * sacks.length);
    for (const [left, right] of sacks) options.push(...u32(left), ...u32(right));
    const header = tcp(new Uint8Array(0), {
      ports: side === 0 ? ports : [ports[1], ports[0]],
      sequence,
      acknowledgment: segment.acknowledgment ?? this.#next[1 - side]!,
      flags,
      window: segment.window ?? 64_240,
      options: Uint8Array.from(options),
    });
    if (segment.version === 6) {
      // Both sides have the same two addresses, so ports alone tell the direction.
      return ethernet(0x86dd, ipv6(6, header, header.length + length));
    }
    const packet = ipv4(6, header, {
      source: side === 0 ? CLIENT : SERVER,
      destination: side === 0 ? SERVER : CLIENT,
      totalLength: 20 + header.length + length,
      moreFragments: segment.moreFragments ?? false,
    });
    packet.set(u16(segment.identification ?? this.#identification), 4);
    return ethernet(0x0800, join(packet));
  }
}
