/**
 * A TCP sender and receiver with a tap between them, in software: every segment's fate is known. An
 * oracle for the inference, with which it shares no code.
 *
 *     sender ── before the tap ── tap ── after the tap ── receiver
 *
 * Each crossing loses segments with a chance of its own, and so does the capture. The sender knows
 * fast retransmission, selective acknowledgments where both sides have them, and a timeout; the receiver
 * acknowledges every other segment, at once where one is out of order, and reports duplicates (RFC 2883).
 * Packets may overtake each other before the tap, not after it.
 */

import { join, u16, u32 } from './packet-bytes.js';

/** What is simulated. */
export interface TcpModelOptions {
  readonly seed: number;
  /** Bytes to send. */
  readonly bytes: number;
  readonly segmentBytes: number;
  /** Segments under way at most. */
  readonly window: number;
  /** Sequence number of the SYN. */
  readonly initialSequence: number;
  readonly sack: boolean;
  readonly timestamps: boolean;
  /** Whether IPv4 packets are numbered; else the identification is 0. */
  readonly identification: boolean;
  /** Delay from sender to tap and from tap to receiver, in microseconds. */
  readonly delayUs: readonly [before: number, after: number];
  /** Chances from 0 to 1. */
  readonly lossBefore: number;
  readonly lossAfter: number;
  /** Chance that a packet is held up by as long as the way before the tap takes, once more. */
  readonly reorder?: number;
  /** Chance that the sender, before new data, sends a byte that the receiver has (RFC 9293 §3.8.4). */
  readonly probes?: number;
  /** Whether the network delivers every acknowledgment. */
  readonly safeAcknowledgments?: boolean;
  /** The capture loses runs: the chance that one begins, and its longest length in frames. */
  readonly captureLoss: number;
  readonly captureRun: number;
  /** Frames at the beginning that the capture doesn't hold because it began later. */
  readonly startsAfter: number;
}

/** One packet as it crossed the path. */
export interface ModelPacket {
  readonly fromSender: boolean;
  /** Positions of its payload, from 0 for the first byte after the SYN. */
  readonly start: number;
  readonly end: number;
  readonly isSyn: boolean;
  readonly isFin: boolean;
  /** Whether its only byte is one that had been acknowledged: a keep-alive, or a probe of the window. */
  readonly isProbe: boolean;
  readonly lostBefore: boolean;
  lostAfter: boolean;
  /** Number of the frame in the capture; 0 where it holds none. */
  frame: number;
  /** Whether it passed the tap while the capture ran, and isn't in it. */
  missed: boolean;
  /** Frames that the capture held when the packet passed the tap. */
  framesBefore: number;
}

/** A captured frame. */
export interface ModelFrame {
  readonly timeUs: number;
  readonly data: Uint8Array;
  readonly wireLength: number;
}

/** What came of it. */
export interface TcpModelResult {
  readonly packets: readonly ModelPacket[];
  readonly frames: readonly ModelFrame[];
  /** Whether everything arrived and was acknowledged. */
  readonly finished: boolean;
}

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly fin: boolean;
  sacked: boolean;
  sentAt: number;
  resends: number;
}

const TIMEOUT_US = 250_000;
const MOST_EVENTS = 60_000;
const CLIENT = [10, 0, 0, 1] as const;
const SERVER = [10, 0, 0, 2] as const;
const SYN = 0x002;
const ACK = 0x010;
const FIN = 0x001;
const SERVER_SEQUENCE = 0xfffffff0;

/** A small generator with a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Runs the model to its end. */
export function runTcpModel(options: TcpModelOptions): TcpModelResult {
  return new TcpModel(options).run();
}

class TcpModel {
  readonly #o: TcpModelOptions;
  readonly #random: () => number;
  readonly #events: { at: number; order: number; run: () => void }[] = [];
  readonly #packets: ModelPacket[] = [];
  readonly #frames: ModelFrame[] = [];
  #now = 0;
  #order = 0;
  #passed = 0;
  #missing = 0;
  #identification = 17;
  // sender
  readonly #flight: Segment[] = [];
  #nextByte = 0;
  #acknowledged = 0;
  #duplicates = 0;
  #finSent = false;
  #timer = 0;
  // receiver
  readonly #have: [number, number][] = [];
  #expected = 0;
  #unanswered = 0;
  #lastOutOfOrder: number | undefined;
  #echo = 0;

  constructor(options: TcpModelOptions) {
    this.#o = options;
    this.#random = randomFrom(options.seed);
  }

  run(): TcpModelResult {
    // The handshake never gets lost on its way: connections that don't come about aren't the subject.
    this.#transmit(true, 0, 0, SYN, [], undefined, true);
    this.#at(2 * (this.#o.delayUs[0] + this.#o.delayUs[1]), () => {
      this.#transmit(true, 0, 0, ACK, [], undefined, true);
      this.#pump();
    });
    this.#at(this.#o.delayUs[0] + this.#o.delayUs[1], () => {
      this.#transmit(false, 0, 0, SYN | ACK, [], undefined, true);
    });
    let count = 0;
    while (this.#events.length > 0 && count < MOST_EVENTS) {
      count += 1;
      let first = 0;
      for (let i = 1; i < this.#events.length; i += 1) {
        const a = this.#events[i]!;
        const b = this.#events[first]!;
        if (a.at < b.at || (a.at === b.at && a.order < b.order)) first = i;
      }
      const [event] = this.#events.splice(first, 1);
      this.#now = event!.at;
      event!.run();
    }
    const finished = this.#acknowledged === this.#o.bytes + 1;
    return { packets: this.#packets, frames: this.#frames, finished };
  }

  #at(delayUs: number, run: () => void): void {
    this.#order += 1;
    this.#events.push({ at: this.#now + delayUs, order: this.#order, run });
  }

  #pump(): void {
    while (this.#flight.length < this.#o.window && !this.#finSent) {
      const start = this.#nextByte;
      const end = Math.min(this.#o.bytes, start + this.#o.segmentBytes);
      const fin = end === this.#o.bytes;
      const segment = { start, end, fin, sacked: false, sentAt: 0, resends: 0 };
      if (this.#acknowledged > 0 && this.#random() < (this.#o.probes ?? 0)) this.#probe();
      this.#nextByte = end;
      this.#finSent = fin;
      this.#flight.push(segment);
      this.#send(segment);
    }
  }

  #probe(): void {
    const at = this.#acknowledged;
    this.#transmit(true, at - 1, at, ACK, [], () => this.#acknowledge());
  }

  #send(segment: Segment): void {
    segment.sentAt = this.#now;
    const flags = ACK | (segment.fin ? FIN : 0);
    this.#transmit(true, segment.start, segment.end, flags, [], () => this.#arrive(segment));
    this.#timer += 1;
    const timer = this.#timer;
    this.#at(TIMEOUT_US, () => {
      if (timer !== this.#timer || this.#flight.length === 0) return;
      for (const one of this.#flight) one.sacked = false;
      this.#send(this.#flight[0]!);
    });
  }

  #arrive({ start, end, fin }: Segment): void {
    const after = end + (fin ? 1 : 0);
    const isKnown =
      after <= this.#expected || this.#have.some(([a, b]) => a <= start && b >= after);
    if (isKnown) {
      this.#acknowledge([start, after]);
      return;
    }
    this.#insert(start, after);
    if (start > this.#expected) {
      this.#lastOutOfOrder = start;
      this.#acknowledge();
      return;
    }
    const hadHole = this.#have.length > 1;
    while (this.#have.length > 0 && this.#have[0]![0] <= this.#expected) {
      this.#expected = Math.max(this.#expected, this.#have.shift()![1]);
    }
    this.#unanswered += 1;
    if (hadHole || fin || this.#unanswered >= 2) {
      this.#acknowledge();
      return;
    }
    this.#at(40_000, () => {
      if (this.#unanswered > 0) this.#acknowledge();
    });
  }

  #insert(start: number, end: number): void {
    this.#have.push([start, end]);
    this.#have.sort((a, b) => a[0] - b[0]);
    for (let i = 0; i + 1 < this.#have.length; ) {
      const [one, two] = [this.#have[i]!, this.#have[i + 1]!];
      if (two[0] > one[1]) i += 1;
      else {
        one[1] = Math.max(one[1], two[1]);
        this.#have.splice(i + 1, 1);
      }
    }
  }

  #acknowledge(duplicate?: [number, number]): void {
    this.#unanswered = 0;
    const blocks: [number, number][] = [];
    if (this.#o.sack) {
      if (duplicate !== undefined) blocks.push(duplicate);
      const newest = this.#have.filter(
        ([a, b]) => this.#lastOutOfOrder! >= a && this.#lastOutOfOrder! < b,
      );
      const others = this.#have.filter((one) => !newest.includes(one));
      blocks.push(...newest.map(([a, b]): [number, number] => [a, b]));
      blocks.push(...others.map(([a, b]): [number, number] => [a, b]));
      blocks.length = Math.min(blocks.length, this.#o.timestamps ? 3 : 4);
    }
    const cumulative = this.#expected;
    const sacks = blocks.filter((one) => one !== duplicate);
    this.#transmit(false, cumulative, cumulative, ACK, blocks, () =>
      this.#acknowledged_(cumulative, sacks),
    );
  }

  #acknowledged_(cumulative: number, sacks: readonly [number, number][]): void {
    if (cumulative > this.#acknowledged) {
      this.#acknowledged = cumulative;
      this.#duplicates = 0;
      const isDone = (one: Segment): boolean => one.end + (one.fin ? 1 : 0) <= cumulative;
      while (this.#flight.length > 0 && isDone(this.#flight[0]!)) this.#flight.shift();
      if (this.#flight.length === 0) this.#timer += 1;
    } else if (cumulative === this.#acknowledged) this.#duplicates += 1;
    for (const one of this.#flight) {
      if (sacks.some(([a, b]) => a <= one.start && b >= one.end)) one.sacked = true;
    }
    this.#recover();
    this.#pump();
  }

  // Three segments above one have arrived (or three duplicate acknowledgments came): it is lost.
  #recover(): void {
    const guard = 2 * (this.#o.delayUs[0] + this.#o.delayUs[1]) + 1000;
    let above = 0;
    for (let i = this.#flight.length - 1; i >= 0; i -= 1) {
      const one = this.#flight[i]!;
      if (one.sacked) above += 1;
      const isLost = this.#o.sack ? above >= 3 && !one.sacked : i === 0 && this.#duplicates >= 3;
      if (isLost && this.#now - one.sentAt > (one.resends === 0 ? 0 : guard)) {
        one.resends += 1;
        this.#duplicates = 0;
        this.#send(one);
      }
    }
  }

  #transmit(
    fromSender: boolean,
    start: number,
    end: number,
    flags: number,
    sacks: readonly [number, number][],
    arrived?: () => void,
    safe = false,
  ): void {
    const { delayUs } = this.#o;
    const [first, second] = fromSender ? delayUs : [delayUs[1], delayUs[0]];
    const isSafe = safe || (!fromSender && this.#o.safeAcknowledgments === true);
    const lost = (chance: number): boolean => !isSafe && this.#random() < chance;
    const { lossBefore, lossAfter } = this.#o;
    const packet: ModelPacket = {
      fromSender,
      start,
      end,
      isSyn: (flags & SYN) !== 0,
      isFin: (flags & FIN) !== 0,
      isProbe: fromSender && end === start + 1 && end === this.#acknowledged,
      lostBefore: lost(fromSender ? lossBefore : lossAfter),
      lostAfter: false,
      frame: 0,
      missed: false,
      framesBefore: 0,
    };
    this.#packets.push(packet);
    const bytes = this.#encode(fromSender, start, end, flags, sacks);
    if (packet.lostBefore) return;
    packet.lostAfter = lost(fromSender ? lossAfter : lossBefore);
    const held = this.#o.reorder !== undefined && this.#random() < this.#o.reorder;
    this.#at(held ? first + delayUs[0] : first, () => {
      this.#tap(packet, bytes, end - start);
      if (!packet.lostAfter && arrived !== undefined) this.#at(second, arrived);
    });
  }

  #tap(packet: ModelPacket, data: Uint8Array, payload: number): void {
    this.#passed += 1;
    packet.framesBefore = this.#frames.length;
    if (this.#passed <= this.#o.startsAfter) return;
    if (this.#missing === 0 && this.#random() < this.#o.captureLoss) {
      this.#missing = 1 + Math.floor(this.#random() * this.#o.captureRun);
    }
    if (this.#missing > 0) {
      this.#missing -= 1;
      packet.missed = true;
      return;
    }
    this.#frames.push({ timeUs: this.#now, data, wireLength: data.length + payload });
    packet.frame = this.#frames.length;
  }

  // Headers only, as with a short snapshot length: the payload's content doesn't matter.
  #encode(
    fromSender: boolean,
    start: number,
    end: number,
    flags: number,
    sacks: readonly [number, number][],
  ): Uint8Array {
    const { initialSequence, timestamps, sack, identification } = this.#o;
    const isSyn = (flags & SYN) !== 0;
    const client = (position: number): number => (initialSequence + 1 + position) % 2 ** 32;
    const server = (SERVER_SEQUENCE + 1) % 2 ** 32;
    const base = fromSender ? client(start) : server;
    const sequence = isSyn ? (base + 2 ** 32 - 1) % 2 ** 32 : base;
    const acknowledged = fromSender ? server : client(start);
    const clock = Math.floor(this.#now / 1000) + 1;
    const parts: number[] = [];
    if (isSyn) parts.push(2, 4, ...u16(this.#o.segmentBytes), ...(sack ? [4, 2, 1, 1] : []));
    if (timestamps) parts.push(1, 1, 8, 10, ...u32(clock), ...u32(this.#echo));
    if (fromSender) this.#echo = clock;
    if (sacks.length > 0) {
      parts.push(1, 1, 5, 2 + 8 * sacks.length);
      for (const [left, right] of sacks) parts.push(...u32(client(left)), ...u32(client(right)));
    }
    this.#identification = (this.#identification + 1) % 65536;
    const tcp = join(
      fromSender ? u16(40000) : u16(443),
      fromSender ? u16(443) : u16(40000),
      u32(sequence),
      u32(flags === SYN ? 0 : acknowledged),
      u16((5 + parts.length / 4) * 4096 + flags),
      u16(64240),
      u16(0),
      u16(0),
      parts,
    );
    const ip = join(
      [0x45, 0],
      u16(20 + tcp.length + end - start),
      u16(identification ? this.#identification || 1 : 0),
      [0x40, 0, 64, 6, 0, 0],
      fromSender ? CLIENT : SERVER,
      fromSender ? SERVER : CLIENT,
    );
    return join([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0], ip, tcp);
  }
}
