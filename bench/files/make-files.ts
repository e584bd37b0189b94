/** The files that the bench of readers reads: a flood of small frames, and mixed traffic. */

import { closeSync, openSync, writeSync } from 'node:fs';
import type { FrameBatch } from '../../src/core/frame.js';
import { exactLoss } from '../../src/core/loss.js';
import { Random } from '../../src/model/random.js';
import { BlockEncoder } from '../../src/pcapng/block-encoder.js';

const START_SECONDS = 1_795_355_060;
const SNAPSHOT_LENGTH = 262_144;
const INBOUND_UNICAST = 0x5;

/** A batch of one frame whose fields are set anew for each frame. */
type Frame = { -readonly [Name in keyof FrameBatch]: FrameBatch[Name] };

function emptyFrame(byteCount: number): Frame {
  const bytes = new Uint8Array(byteCount);
  return {
    next: () => true,
    bytes,
    words: new Int32Array(bytes.buffer),
    byteOffset: 0,
    capturedLength: byteCount,
    originalLength: byteCount,
    seconds: START_SECONDS,
    nanoseconds: 0,
    interfaceId: 0,
    flags: 0,
    lostBefore: undefined,
  };
}

function writeFile(path: string, write: (encoder: BlockEncoder) => void): void {
  const fd = openSync(path, 'w');
  const encoder = new BlockEncoder({
    write: (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    },
  });
  encoder.sectionHeader({ application: 'bench' });
  encoder.interfaceDescription({
    id: 0,
    name: 'bench0',
    linkType: 1,
    snapshotLength: SNAPSHOT_LENGTH,
    description: undefined,
    filter: undefined,
    speedBps: undefined,
    macAddress: undefined,
  });
  write(encoder);
  encoder.flush();
  closeSync(fd);
}

function setTime(frame: Frame, nanoseconds: number): void {
  frame.seconds = START_SECONDS + Math.floor(nanoseconds / 1e9);
  frame.nanoseconds = nanoseconds % 1e9;
}

/** Ethernet, IPv4 and ports into the frame; everything else stays as it is. */
function writeHeaders(frame: Frame, protocol: number, flow: number, length: number): DataView {
  const { bytes } = frame;
  const view = new DataView(bytes.buffer);
  bytes.set([2, 0, 0x5e, 0x10, 0, 1, 2, 0, 0x5e, 0x20, 0, 0xf2, 8, 0, 0x45, 0]);
  view.setUint16(16, length - 14);
  view.setUint32(18, 0);
  bytes[22] = 64;
  bytes[23] = protocol;
  view.setUint32(26, 0x0a000100 + (flow >> 2));
  view.setUint32(30, 0xc6336400 + (flow % 50));
  view.setUint16(34, 32_768 + flow);
  view.setUint16(36, [5001, 7001, 9001, 22_000][flow & 3]!);
  frame.capturedLength = length;
  frame.originalLength = length;
  return view;
}

/** Exchanges addresses and ports of an IPv4 frame. */
function turnRound(bytes: Uint8Array): void {
  const source = bytes.slice(26, 30);
  bytes.copyWithin(26, 30, 34);
  bytes.set(source, 30);
  const port = bytes.slice(34, 36);
  bytes.copyWithin(34, 36, 38);
  bytes.set(port, 36);
}

/**
 * A flood of equal UDP frames of 60 bytes, a microsecond apart, with ten gaps.
 *
 * @param hasFlags whether each frame has epb_flags, as what gapcap captures has
 */
export function writeFlood(path: string, frameCount: number, hasFlags: boolean): void {
  writeFile(path, (encoder) => {
    const frame = emptyFrame(64);
    const view = writeHeaders(frame, 17, 0, 60);
    view.setUint16(38, 26);
    frame.flags = hasFlags ? INBOUND_UNICAST : 0;
    const gapEvery = Math.floor(frameCount / 10);
    for (let i = 0; i < frameCount; i++) {
      setTime(frame, i * 1000);
      frame.lostBefore = i % gapEvery === gapEvery - 1 ? exactLoss(40) : undefined;
      encoder.frame(frame);
    }
  });
}

/**
 * Mixed traffic, as in an office: of 100 frames 78 of TCP in 200 connections (data one way, every
 * third an acknowledgment the other way), 15 of UDP, 3 DNS questions, 2 ARP, 2 ICMP. But for DNS the
 * ports belong to no protocol, so that tshark has no more to dissect than gapcap.
 */
export function writeMixed(path: string, frameCount: number): void {
  const random = new Random(7);
  const sequences = new Float64Array(200);
  const name = Buffer.from('\x03www\x07example\x03com\x00', 'latin1');
  writeFile(path, (encoder) => {
    const frame = emptyFrame(1536);
    for (let i = 0; i < frameCount; i++) {
      setTime(frame, i * 12_345);
      const kind = random.next32() % 100;
      const flow = random.next32() % 200;
      if (kind < 78) {
        const payload = kind < 26 ? 0 : 100 + (random.next32() % 1300);
        const view = writeHeaders(frame, 6, flow, 54 + payload);
        // Acknowledged the other way, or tshark would have to remember every segment for ever.
        const isAnswer = payload === 0;
        if (isAnswer) turnRound(frame.bytes);
        view.setUint32(38, isAnswer ? 1 : sequences[flow]!);
        view.setUint32(42, isAnswer ? sequences[flow]! : 1);
        view.setUint16(46, isAnswer ? 0x5010 : 0x5018);
        view.setUint16(48, 64_000);
        sequences[flow] = (sequences[flow]! + payload) % 2 ** 32;
      } else if (kind < 96) {
        const isDns = kind >= 93;
        const payload = isDns ? 12 + name.length + 4 : 50 + (random.next32() % 1000);
        const view = writeHeaders(frame, 17, flow, 42 + payload);
        view.setUint16(38, 8 + payload);
        if (isDns) {
          view.setUint16(36, 53);
          frame.bytes.set([0xbe, 0xef, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1], 42);
        }
      } else if (kind < 98) {
        const view = writeHeaders(frame, 1, flow, 98);
        view.setUint32(34, 0x08000000);
        view.setUint32(38, 0x12340000 + (i & 0xffff));
      } else {
        const view = writeHeaders(frame, 0, flow, 60);
        view.setUint16(12, 0x0806);
        frame.bytes.set([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0x5e, 0x20, 0, 0xf2], 14);
      }
      encoder.frame(frame);
    }
  });
}
