/**
 * Traffic seen by two captures, each with losses, a clock and an order of its own; what each lost is
 * known because it was left out here.
 */

import { writeFileSync } from 'node:fs';
import { exactLoss, type Loss } from '../../src/core/loss.js';
import { BlockEncoder } from '../../src/pcapng/block-encoder.js';
import { ByteCollector } from './byte-collector.js';
import { singleFrame } from './single-frame.js';

export const START_SECONDS = 1_795_355_060;

/** One frame on the wire: content by number (equal ones look alike), and when, in nanoseconds. */
export interface WireFrame {
  readonly content: number;
  readonly timeNs: number;
}

/** One capture of it, as it is to be written. */
export interface SeenCapture {
  /** Indices into the traffic, in the order in which it saw them, lost ones included. */
  readonly order: readonly number[];
  /** Whether the frame at a place of `order` was lost. */
  readonly lost: readonly boolean[];
  /** Its clock's time for a frame. */
  readonly stamp: (timeNs: number, index: number) => number;
  /** The loss before a frame as it is recorded; exact unless given. */
  readonly record?: (lost: number) => Loss;
  /** Whether losses are recorded at all. */
  readonly recordsLoss?: boolean;
  /** Whether it says when it began, which it does unless told otherwise. */
  readonly recordsStart?: boolean;
  /** Frames that its card lost, which are in no gap; unknown unless given. */
  readonly lostByCard?: number;
}

/** An IPv4 and UDP frame whose payload is its content; what changes on the way is up to the caller. */
export function udpFrame(content: number, way: { timeToLive: number; mac: number }): Uint8Array {
  const bytes = new Uint8Array(60);
  const view = new DataView(bytes.buffer);
  bytes.fill(way.mac, 0, 12);
  view.setUint16(12, 0x0800);
  bytes[14] = 0x45;
  view.setUint16(16, 40);
  bytes[22] = way.timeToLive;
  bytes[23] = 17;
  view.setUint16(24, 0x1234 + way.timeToLive);
  view.setUint32(26, 0xc0000201);
  view.setUint32(30, 0xc6336401);
  view.setUint16(34, 4000);
  view.setUint16(36, 5000);
  view.setUint16(38, 20);
  view.setUint16(40, way.mac);
  view.setUint32(42, content);
  return bytes;
}

/** It begins so long before its first frame, and ends so long after its last one. */
const BESIDE_NS = 10_000;

/** Writes a capture as a pcapng file that gapcap would have written. */
export function writeCapture(
  path: string,
  traffic: readonly WireFrame[],
  seen: SeenCapture,
  way: { timeToLive: number; mac: number } = { timeToLive: 64, mac: 2 },
): void {
  const collector = new ByteCollector();
  const encoder = new BlockEncoder(collector);
  const records = seen.recordsLoss ?? true;
  encoder.sectionHeader({ application: records ? 'gapcap test' : 'somebody else' });
  encoder.interfaceDescription({
    ...{ id: 0, name: 'eth0', linkType: 1, snapshotLength: 262_144, description: undefined },
    ...{ filter: undefined, speedBps: undefined, macAddress: undefined },
  });
  let lost = 0;
  let dropped = 0;
  let frames = 0;
  let first: number | undefined;
  let last = 0;
  for (const [place, index] of seen.order.entries()) {
    const { content, timeNs } = traffic[index]!;
    last = seen.stamp(timeNs, index);
    first ??= last;
    if (seen.lost[place] === true) {
      lost++;
      dropped++;
      continue;
    }
    const seconds = START_SECONDS + Math.floor(last / 1e9);
    const frame = singleFrame({
      data: udpFrame(content, way),
      ...{ seconds, nanoseconds: ((last % 1e9) + 1e9) % 1e9 },
      lostBefore: lost > 0 && records ? (seen.record ?? exactLoss)(lost) : undefined,
    });
    encoder.frame(frame);
    frames++;
    lost = 0;
  }
  if (records) {
    const epochNs = (ns: number): bigint =>
      BigInt(START_SECONDS) * 1_000_000_000n + BigInt(Math.round(ns));
    encoder.interfaceStatistics(0, {
      ...{
        timestampNs: epochNs(last + BESIDE_NS),
        received: frames + dropped,
        dropped,
        delivered: frames,
      },
      startNs: seen.recordsStart === false ? undefined : epochNs((first ?? last) - BESIDE_NS),
      interfaceDropped: seen.lostByCard,
    });
  }
  encoder.flush();
  writeFileSync(path, collector.bytes);
}
