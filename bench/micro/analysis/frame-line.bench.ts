/**
 * One line a frame: what opening, naming the flow and writing the line cost.
 *
 * The frames are a mixture of TCP (IPv4 and IPv6), UDP, DNS, ARP and ICMP between many endpoints. The
 * first and the last line are checked before anything is timed. Each measurement is one pass over
 * all frames; divide by their number.
 */

import assert from 'node:assert/strict';
import { bench, do_not_optimize, run, summary } from 'mitata';
import { Dissection } from '../../../src/headers/dissection.js';
import { flowKey } from '../../../src/headers/flow-key.js';
import { FrameLine } from '../../../src/report/frame-line.js';
import {
  arp,
  counting,
  dnsMessage,
  dnsName,
  ethernet,
  hex,
  ipv4,
  ipv6,
  tcp,
  udp,
} from '../../../test/support/packet-bytes.js';

const FRAMES = 10_000;
const HOSTS = 500;

/** A frame of the mixture; which kind depends on the last digit. */
function frameOf(index: number): Uint8Array {
  const host = index % HOSTS;
  const source = [10, 1, host >>> 8, host & 0xff];
  const ports = [32768 + host, 443] as const;
  const sequence = Math.imul(index, 0x9e3779b1) >>> 0;
  switch (index % 10) {
    case 0:
      return ethernet(0x86dd, ipv6(6, tcp(counting(1200), { ports, sequence })));
    case 1:
      return ethernet(0x86dd, ipv6(17, udp([ports[0], 443], counting(900))));
    case 2:
      return ethernet(
        0x0800,
        ipv4(17, udp([ports[0], 53], dnsMessage(0x0100, dnsName(`host${index}.example.com`), 28))),
      );
    case 3:
      return index % 100 === 3
        ? ethernet(0x0806, arp(1))
        : ethernet(0x0800, ipv4(1, hex`0800 4d5a 0001 0002 6162636465`, { source }));
    case 4:
    case 5:
    case 6:
      return ethernet(
        0x0800,
        ipv4(6, tcp(counting(0), { ports, sequence, flags: 0x10 }), { source }),
      );
    default:
      return ethernet(0x0800, ipv4(6, tcp(counting(1400), { ports, sequence }), { source }));
  }
}

const frames = Array.from({ length: FRAMES }, (_, index) => frameOf(index));
const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
const cursor = {
  bytes,
  byteOffset: 0,
  capturedLength: 0,
  originalLength: 0,
  seconds: 1_795_355_060,
  nanoseconds: 0,
};
let filled = 0;
for (const frame of frames) {
  bytes.set(frame, filled);
  filled += frame.length;
}

/** Calls `visit` with the cursor on each frame, as a batch would. */
function forEachFrame(visit: (number: number) => void): void {
  cursor.byteOffset = 0;
  for (let index = 0; index < FRAMES; index += 1) {
    const { length } = frames[index]!;
    cursor.capturedLength = length;
    cursor.originalLength = length;
    cursor.nanoseconds = (index * 48_611) % 1_000_000_000;
    visit(index + 1);
    cursor.byteOffset += length;
  }
}

const dissection = new Dissection();
function open(): void {
  dissection.dissect(
    cursor.bytes,
    cursor.byteOffset,
    cursor.capturedLength,
    cursor.originalLength,
    1,
  );
}

function dissectAll(): number {
  let payload = 0;
  forEachFrame(() => {
    open();
    if (dissection.tcpFlags >= 0) payload += dissection.payloadLength;
  });
  return payload;
}

const flows = new Map<string, number>();
function countFlows(): number {
  flows.clear();
  forEachFrame(() => {
    open();
    const key = flowKey(dissection);
    if (key !== undefined) flows.set(key, (flows.get(key) ?? 0) + 1);
  });
  return flows.size;
}

const line = new FrameLine({ time: 'epoch' });
const output = Buffer.alloc(64 * FRAMES * 4);
/** Lines as a terminal or pipe gets them: joined by the hundred, encoded into one buffer. */
function writeLines(): number {
  let written = 0;
  let text = '';
  forEachFrame((number) => {
    text += `${line.frame(number, cursor, 1)}\n`;
    if (number % 100 === 0) {
      written += output.write(text, written, 'latin1');
      text = '';
    }
  });
  return written;
}

/** The same lines as bytes. */
function writeBytes(): number {
  let written = 0;
  forEachFrame((number) => {
    written = line.write(number, cursor, 1, output, written);
  });
  return written;
}

assert.equal(dissectAll(), 1200 * 1000 + 1400 * 3000);
assert.equal(countFlows(), HOSTS * 0.9); // ARP and ICMP have none
writeLines(); // widens the columns, so that the passes below write the same
const text = output.toString('latin1', 0, writeLines()).trimEnd().split('\n');
assert.equal(text.length, FRAMES);
assert.ok(output.toString('latin1', 0, writeBytes()).trimEnd() === text.join('\n'));
console.log(`${text.slice(0, 8).join('\n')}\n`);

summary(() => {
  bench(`dissect ${FRAMES} frames`, () => do_not_optimize(dissectAll()));
  bench(`dissect and count flows, ${FRAMES} frames`, () => do_not_optimize(countFlows()));
  bench(`write ${FRAMES} lines as bytes`, () => do_not_optimize(writeBytes()));
  bench(`write ${FRAMES} lines as strings`, () => do_not_optimize(writeLines()));
});

await run();
