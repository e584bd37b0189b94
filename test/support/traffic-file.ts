/** A capture file of made-up traffic with bursts and losses, as large as is asked for. */

import { closeSync, openSync, writeSync } from 'node:fs';
import type { FrameBatch } from '../../src/core/frame.js';
import { exactLoss, type Loss } from '../../src/core/loss.js';
import { BlockEncoder } from '../../src/pcapng/block-encoder.js';
import { fakeInterface } from './fake-source.js';
import { counting, ethernet, ipv4, tcp, udp } from './packet-bytes.js';

/** What the file is to hold. */
export interface TrafficFileOptions {
  readonly frames: number;
  /** Default: 20,000 frames a second on average. */
  readonly framesPerSecond?: number;
  /** On average one gap in so many frames; default: 2,000. */
  readonly framesPerGap?: number;
  /** Default: `eth0`. */
  readonly interfaceName?: string;
  /** Longest payload in bytes; default: 1,448. */
  readonly longestPayload?: number;
  /** Every how many gaps one is bounded; default: 8. */
  readonly boundedEvery?: number;
}

/** What was put into it, for tests to compare with. */
export interface TrafficTotals {
  frames: number;
  bytes: number;
  lost: number;
  gaps: number;
  largest: number;
}

const START_SECONDS = 1_795_355_060;

/** A batch that stands on one made-up frame at a time. */
class MadeFrame implements FrameBatch {
  bytes: Uint8Array = new Uint8Array(0);
  words: Int32Array = new Int32Array(0);
  readonly byteOffset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = START_SECONDS;
  nanoseconds = 0;
  readonly interfaceId = 0;
  readonly flags = 0;
  lostBefore: Loss | undefined;

  next(): boolean {
    return false;
  }
}

/** Numbers from 0 to 1 that are the same at each run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Frames of some flows of different weight. */
function flowFrames(longestPayload: number): Uint8Array[] {
  const sizes = [1448, 60, 1200, 90, 512, 1448, 200, 30];
  return sizes.map((full, i) => {
    const size = Math.min(full, longestPayload);
    const ends = { source: [192, 0, 2, 1 + (i % 3)], destination: [198, 51, 100, 7 + (i >> 1)] };
    const packet =
      i % 4 === 3
        ? ipv4(17, udp([40_000 + i, 8472], counting(size)), ends)
        : ipv4(6, tcp(counting(size), { ports: [50_000 + i, i < 4 ? 443 : 5201] }), ends);
    return ethernet(0x0800, packet);
  });
}

/** Writes the file; frames come in bursts, and gaps mostly lie where the rate is high. */
export function writeTrafficFile(path: string, options: TrafficFileOptions): TrafficTotals {
  const { frames, framesPerSecond = 20_000, framesPerGap = 2000, boundedEvery = 8 } = options;
  const random = numbers(7);
  const file = openSync(path, 'w');
  const encoder = new BlockEncoder({
    write: (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    },
  });
  encoder.sectionHeader({ application: 'traffic-file' });
  encoder.interfaceDescription(fakeInterface(0, { name: options.interfaceName ?? 'eth0' }));
  const kinds = flowFrames(options.longestPayload ?? 1448).map((data) => {
    const memory = new Uint8Array((data.length + 67) & ~63);
    memory.set(data);
    return { length: data.length, bytes: memory, words: new Int32Array(memory.buffer) };
  });
  const batch = new MadeFrame();
  const totals = { frames, bytes: 0, lost: 0, gaps: 0, largest: 0 };
  let now = 89_260_729;
  for (let i = 0; i < frames; i++) {
    const phase = i / frames;
    const burst = Math.sin(phase * 34) > 0.86 ? 4 : 1;
    const rate = framesPerSecond * burst * (0.75 + 0.35 * Math.sin(phase * 9) + 0.2 * random());
    let wait = (2 * random() * 1e9) / rate;
    batch.lostBefore = undefined;
    if (i > 0 && random() < (burst > 1 ? 4 : 0.25) / framesPerGap) {
      const lost = 1 + Math.floor(random() ** 4 * 900);
      totals.gaps++;
      totals.lost += lost;
      totals.largest = Math.max(totals.largest, lost);
      batch.lostBefore =
        totals.gaps % boundedEvery === 0
          ? { lost, certainty: 'bounded', atLeast: lost >> 1, atMost: lost + 5, group: 1 }
          : exactLoss(lost);
      wait += (lost * 1e9) / (rate * (1.2 + random()));
    }
    now += Math.ceil(wait);
    while (now >= 1e9) {
      now -= 1e9;
      batch.seconds++;
    }
    batch.nanoseconds = now;
    const kind = kinds[Math.floor(random() ** 2.5 * kinds.length)]!;
    batch.bytes = kind.bytes;
    batch.words = kind.words;
    batch.capturedLength = kind.length;
    batch.originalLength = kind.length;
    totals.bytes += kind.length;
    encoder.frame(batch);
  }
  const final = 12;
  totals.lost += final;
  totals.gaps++;
  encoder.interfaceStatistics(0, {
    timestampNs: BigInt(batch.seconds) * 1_000_000_000n + BigInt(batch.nanoseconds),
    interfaceReceived: frames + totals.lost + 100,
    interfaceDropped: 100,
    received: frames + totals.lost,
    dropped: totals.lost,
    delivered: frames,
  });
  encoder.flush();
  closeSync(file);
  return totals;
}
