/** Filters in the kernel: the same frames as tcpdump takes from the same interface, live. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ArgumentError, UnsupportedError } from '../../src/core/errors.js';
import { copyFrame, type Frame, type FrameSource } from '../../src/core/frame.js';
import { LinkType } from '../../src/core/link-type.js';
import { compileLiveFilter } from '../../src/source/live-filter.js';
import { type Engine, openLive } from '../../src/source/live-source.js';
import { compileExpression } from '../../src/sys/libpcap.js';
import { Cable } from '../support/cable.js';
import { runFilter } from '../support/filter-machine.js';
import { hex } from '../support/hex.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { toolSkip } from '../support/tools.js';

const skip = liveSkip() || toolSkip('tcpdump');
if (skip === false) enterOwnNamespace();

const ENGINES: readonly Engine[] = ['ring', 'socket'];

const IPV4_UDP = hex`0800 4500002000010000 4011 0000 0a010203 0a0102ff 0009 0050 000c 0000 01020304`;
const IPV4_TCP = hex`0800 4500002800010000 4006 0000 0a010203 0a010204 0016 1234 00000000 00000000 5002 0000 0000 0000`;
const IPV6_UDP = hex`86dd 60000000 0008 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002 0035 0050 0008 0000`;
const ARP = hex`0806 0001 0800 06 04 0001 020000000001 0a010203 000000000000 0a010204`;
const VLAN_7 = hex`8100 0007`;
const VLAN_8 = hex`8100 2008`;
const PRIORITY = hex`8100 a000`;
const SERVICE_100 = hex`88a8 0064`;
const SERVICE_7 = hex`88a8 0007`;

/** What is sent, each with its number from 1 in the last byte of the sender's address. */
const FRAMES: readonly Uint8Array[] = [
  [IPV4_UDP],
  [IPV4_TCP],
  [IPV6_UDP],
  [ARP],
  [VLAN_7, IPV4_UDP],
  [VLAN_7, IPV4_TCP],
  [VLAN_7, ARP],
  [VLAN_8, IPV4_TCP],
  [VLAN_8, IPV6_UDP],
  [PRIORITY, IPV4_UDP],
  [SERVICE_100, VLAN_7, IPV4_UDP],
  [SERVICE_100, VLAN_8, IPV6_UDP],
  [SERVICE_7, IPV4_UDP],
  [SERVICE_7, VLAN_8, ARP],
].map((parts, index) => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = new Uint8Array(Math.max(60, 12 + length));
  frame.set(hex`ffffffffffff 0200000000`);
  frame[11] = index + 1;
  let at = 12;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
});

const ETHERNET_EXPRESSIONS = [
  'vlan',
  'vlan 7',
  'not vlan',
  'vlan 7 and ip',
  'vlan 8 and ip6',
  'ip',
  'ip6',
  'arp',
  'vlan and vlan',
  'vlan 100 and vlan 7',
  'vlan 100 and vlan 8 and ip6',
  'vlan and arp',
  'not vlan and ip',
  'ip and not vlan',
  'tcp',
  'vlan and tcp port 22',
  'udp dst port 80 and greater 60',
  'ether src 02:00:00:00:00:05',
  'ether[12:2] = 0x0800',
];

const COOKED_EXPRESSIONS = [
  'ip',
  'ip6',
  'arp',
  'tcp port 22',
  'udp dst port 80 and ip[8] = 0x40',
  'inbound',
  'outbound',
  'not ip6',
];

/** Where the sender's number is: in an Ethernet header, in a cooked one (SLL2). */
const AT_ETHERNET = 11;
const AT_COOKED = 17;

/** A tcpdump that has begun to capture. */
async function startTcpdump(
  interfaceName: string,
  file: string,
  expression: string,
): Promise<ChildProcess> {
  // Without a short snapshot length its ring on 'any' has eight slots.
  const set = ['--immediate-mode', '-U', '-s', '2048', '-Z', 'root'];
  const all = ['-i', interfaceName, ...set, '-w', file, expression];
  const child = spawn('tcpdump', all, { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      if (told.includes('listening on')) resolve();
    });
    child.once('exit', () => reject(new Error(`tcpdump ended: ${told}`)));
  });
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
}

/** The frames of a classic little-endian pcap file; the sender's number of each. */
function numbersInPcap(file: string, at: number): number[] {
  const bytes = readFileSync(file);
  const numbers: number[] = [];
  for (let offset = 24; offset < bytes.length; ) {
    numbers.push(bytes[offset + 16 + at]!);
    offset += 16 + bytes.readUInt32LE(offset + 8);
  }
  return numbers;
}

/** How long tcpdump may take to write what it has been given. */
const TCPDUMP_MS = 20_000;
const TCPDUMP_STEP_MS = 40;

function take(source: FrameSource): Frame[] {
  const frames: Frame[] = [];
  source.stop();
  while (!source.ended) {
    const batch = source.read(100);
    while (batch.next()) frames.push(copyFrame(batch));
  }
  // Filtered frames are in no counter.
  assert.equal(source.counters(0)?.received, frames.length);
  source.close();
  return frames;
}

async function sendAll(cable: Cable): Promise<void> {
  for (const frame of FRAMES) cable.sendBytes(frame);
  await cable.settle();
}

/** Captures what a filter takes with both engines and with tcpdump, and holds them together. */
async function compare(
  cable: Cable,
  interfaceName: string,
  expression: string,
  at: number,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'gapcap-filters-'));
  try {
    const file = join(folder, 'x.pcap');
    const child = await startTcpdump(interfaceName, file, expression);
    const filter = compileLiveFilter(expression, { interfaceName });
    const sources = ENGINES.map((engine) => openLive({ interfaceName, engine, filter }));
    await sendAll(cable);
    const own = sources.map((source) => take(source).map(({ data }) => data[at]!));
    for (let waitedMs = 0; waitedMs < TCPDUMP_MS; waitedMs += TCPDUMP_STEP_MS) {
      await setTimeout(TCPDUMP_STEP_MS);
      if (numbersInPcap(file, at).length >= own[0]!.length) break;
    }
    await stop(child);
    const theirs = numbersInPcap(file, at);
    for (const numbers of own) assert.deepEqual(numbers, theirs, expression);
    return theirs.join();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('compileLiveFilter', { skip }, () => {
  it('takes the frames that tcpdump takes, tagged, doubly tagged and untagged', async () => {
    using cable = new Cable('tags');
    const answers = new Set<string>();
    for (const expression of ETHERNET_EXPRESSIONS) {
      answers.add(await compare(cable, cable.far.name, expression, AT_ETHERNET));
    }
    // Expressions that all took the same would have shown nothing.
    assert.ok(answers.size >= 14, [...answers].join('\n'));
    assert.ok(answers.has('11'), 'vlan 100 and vlan 7 takes one frame');
    assert.ok(answers.has('1,2'), 'ip and not vlan takes what has no tag');
  });

  it('takes the frames that tcpdump takes on all interfaces at once', async () => {
    using cable = new Cable('cooked');
    const answers = new Set<string>();
    for (const expression of [...COOKED_EXPRESSIONS, `ifindex ${cable.far.index}`]) {
      answers.add(await compare(cable, 'any', expression, AT_COOKED));
    }
    assert.ok(answers.size >= 5, [...answers].join('\n'));
  });

  it('counts the cooked header into lengths, as the recorded frames have it', async () => {
    using cable = new Cable('length');
    const interfaceName = 'any';
    for (const engine of ENGINES) {
      const filter = compileLiveFilter('greater 67', { interfaceName });
      const source = openLive({ interfaceName, engine, filter });
      const everything = openLive({ interfaceName, engine });
      await sendAll(cable);
      const all = take(everything);
      const long = all.filter(({ originalLength }) => originalLength >= 67);
      assert.ok(long.length > 0 && long.length < all.length);
      assert.deepEqual(
        take(source).map(({ data }) => data[AT_COOKED]),
        long.map(({ data }) => data[AT_COOKED]),
      );
    }
  });

  it('keeps no more of a frame than was asked for, whatever the program says', async () => {
    using cable = new Cable('short');
    for (const engine of ENGINES) {
      for (const interfaceName of [cable.far.name, 'any']) {
        const filter = compileLiveFilter('ip', { interfaceName });
        const source = openLive({ interfaceName, engine, filter, snapshotLength: 44 });
        await sendAll(cable);
        const frames = take(source);
        assert.ok(frames.length > 2);
        for (const { data, originalLength } of frames) {
          assert.equal(data.length, 44);
          assert.ok(originalLength > 44);
        }
      }
    }
  });

  it('tells directions apart', async () => {
    // tcpdump is no oracle here: for a while it filters by itself, which has no directions.
    using cable = new Cable('ways', { outgoingVisible: true });
    for (const engine of ENGINES) {
      for (const [expression, interfaceName, taken] of [
        ['inbound', cable.far.name, FRAMES.length],
        ['outbound', cable.far.name, 0],
        ['inbound', cable.near.name, 0],
        ['outbound', cable.near.name, FRAMES.length],
        ['inbound', 'any', FRAMES.length],
        ['outbound', 'any', FRAMES.length],
      ] as const) {
        const filter = compileLiveFilter(expression, { interfaceName });
        const source = openLive({ interfaceName, engine, filter });
        await sendAll(cable);
        assert.equal(take(source).length, taken, `${expression} on ${interfaceName}`);
      }
    }
  });

  it('refuses tags and addresses of Ethernet on all interfaces at once, and says what to do', () => {
    for (const expression of ['vlan 7', 'ether host 02:00:00:00:00:01']) {
      assert.throws(
        () => compileLiveFilter(expression, { interfaceName: 'any' }),
        (error) =>
          error instanceof ArgumentError &&
          error.code === 'BAD_FILTER' &&
          error.hint?.includes('name the interface') === true,
      );
    }
  });

  it('knows the broadcast address of the network', () => {
    using cable = new Cable('bcast');
    execFileSync('ip', ['addr', 'add', '10.1.2.4/24', 'dev', cable.far.name]);
    const program = compileLiveFilter('ip broadcast', { interfaceName: cable.far.name });
    const takes = (frame: Uint8Array): boolean => runFilter(program, { bytes: frame }) > 0;
    assert.ok(takes(FRAMES[0]!), 'to 10.1.2.255');
    assert.ok(!takes(FRAMES[1]!), 'to 10.1.2.4');
  });
});

describe('compileExpression', { skip }, () => {
  it("refuses 'vlan' for an interface that can't be opened, and nothing else", () => {
    const options = {
      linkType: LinkType.Ethernet,
      snapshotLength: 96,
      interfaceName: 'gapcap-none',
    };
    assert.throws(
      () => compileExpression('vlan 7', options),
      (error) => error instanceof UnsupportedError && error.code === 'NO_LIVE_VLAN_FILTER',
    );
    assert.equal(compileExpression('ip', options).length, 4);
  });
});
