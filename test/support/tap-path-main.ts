/**
 * A path with a tap on it, as a process of its own: it hands frames between a client's and a server's
 * tap device, shows each one to a mirror interface as a switch's mirror port does, and drops some before
 * the mirror and some after it. What it did with each TCP segment that has payload is its log.
 *
 *     client ── drop? ──┬── drop? ── server          and the other way round
 *                     mirror
 *
 * `node tap-path-main.js --json '{…}'` prints `ready`, ends with SIGTERM and then writes the log.
 */

import { execFileSync } from 'node:child_process';
import { openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { setImmediate as yieldOnce } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FrameSender } from '../../src/sys/frame-sender.js';
import { libc, systemCallError } from '../../src/sys/libc.js';
import type { TapPathOptions } from './tap-path.js';

/** include/uapi/linux/if_tun.h */
const TUNSETIFF = 0x400454ca;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const POLLIN = 1;
const LONGEST_FRAME = 2048;

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const options = JSON.parse(values.json!) as TapPathOptions;

function openTap(name: string, namespace: string, address: string): number {
  const fd = openSync('/dev/net/tun', 'r+');
  const request = new Uint8Array(40);
  request.set(new TextEncoder().encode(name));
  new DataView(request.buffer).setUint16(16, IFF_TAP | IFF_NO_PI, true);
  if (libc().ioctl(fd, TUNSETIFF, request) < 0) throw systemCallError('ioctl', `No tap ${name}`);
  const ip = (...parameters: string[]): void => {
    execFileSync('ip', parameters);
  };
  ip('link', 'set', name, 'netns', namespace);
  ip('-n', namespace, 'address', 'add', address, 'dev', name);
  ip('-n', namespace, 'link', 'set', 'dev', name, 'txqueuelen', '20000', 'up');
  return fd;
}

let state = options.seed >>> 0;
/** mulberry32 */
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

const fds = [
  openTap(options.clientDevice, options.clientNamespace, options.clientAddress),
  openTap(options.serverDevice, options.serverNamespace, options.serverAddress),
];
const mirror = new FrameSender({
  interfaceIndex: libc().if_nametoindex(options.mirrorInterface),
  slotCount: 1,
  slotLength: LONGEST_FRAME,
  bypassQdisc: true,
});
const buffer = Buffer.alloc(LONGEST_FRAME);
const log: string[] = [];

/** Payload length of a TCP segment over IPv4; −1 for anything else. */
function payloadOf(length: number): number {
  if (length < 54 || buffer.readUInt16BE(12) !== 0x0800 || buffer[23] !== 6) return -1;
  const headers = (buffer[14]! & 15) * 4;
  return buffer.readUInt16BE(16) - headers - (buffer[14 + headers + 12]! >>> 4) * 4;
}

function forward(from: number): void {
  const length = readSync(fds[from]!, buffer, 0, LONGEST_FRAME, null);
  const payload = payloadOf(length);
  const isSubject = payload > 0;
  const before = isSubject && random() < options.dropBefore;
  const after = isSubject && !before && random() < options.dropAfter;
  if (isSubject) {
    const ports = buffer.subarray(34, 38).toString('hex');
    const fate = before ? 'before' : after ? 'after' : 'passed';
    log.push(`${ports} ${buffer.readUInt32BE(38)} ${payload} ${buffer.readUInt16BE(18)} ${fate}`);
  }
  if (before) return;
  mirror.frames.set(buffer.subarray(0, length));
  mirror.setLength(0, length);
  if (mirror.send(0, 1) !== 1) throw new Error('the mirror takes no frame');
  if (!after) writeSync(fds[1 - from]!, buffer, 0, length);
}

let stopped = false;
process.once('SIGTERM', () => {
  stopped = true;
});
process.stdout.write('ready\n');
const polls = new Int16Array(8);
new Int32Array(polls.buffer).set([fds[0]!, 0, fds[1]!, 0]);
while (!stopped) {
  for (let round = 0; round < 64; round += 1) {
    polls[2] = POLLIN;
    polls[6] = POLLIN;
    if (libc().poll(polls, 2, 5) <= 0) break;
    if ((polls[3]! & POLLIN) !== 0) forward(0);
    if ((polls[7]! & POLLIN) !== 0) forward(1);
  }
  await yieldOnce();
}
writeFileSync(options.log, log.join('\n'));
