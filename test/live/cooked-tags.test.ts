/** VLAN tags of frames captured on all interfaces at once, read back by tshark. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CaptureSession } from '../../src/capture/session.js';
import { compileLiveFilter } from '../../src/source/live-filter.js';
import { Cable } from '../support/cable.js';
import { hex } from '../support/hex.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { toolSkip } from '../support/tools.js';
import { runTool } from '../support/wireshark.js';

const skip = liveSkip() || toolSkip('tshark');
if (skip === false) enterOwnNamespace();

const folder = mkdtempSync(join(tmpdir(), 'gapcap-tags-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const IPV4_UDP = hex`0800 4500002000010000 4011 0000 0a010203 0a0102ff 0009 0050 000c 0000 01020304`;
const IPV6_UDP = hex`86dd 60000000 0008 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002 0035 0050 0008 0000`;
const ARP = hex`0806 0001 0800 06 04 0001 020000000001 0a010203 000000000000 0a010204`;
const SPANNING_TREE = hex`0026 424203 0000 00 00 00`;

/** What follows the addresses; what tshark has to say: service tag, tags, their priorities, IP. */
const FRAMES: readonly (readonly [parts: readonly Uint8Array[], said: string])[] = [
  [[IPV4_UDP], '|||10.1.2.3|'],
  [[hex`8100 0007`, IPV4_UDP], '|7|0|10.1.2.3|'],
  [[hex`8100 a008`, IPV6_UDP], '|8|5||2001:db8::1'],
  [[hex`8100 0fff`, ARP], '|4095|0||'],
  [[hex`8100 0005`, SPANNING_TREE], '|5|0||'],
];
/** Received with two and three tags; sent with them, the kernel tells the outer one alone. */
const NESTED: typeof FRAMES = [
  [[hex`88a8 0064 8100 0007`, IPV4_UDP], '100|7|0|10.1.2.3|'],
  [[hex`8100 0001 8100 2002`, IPV6_UDP], '|1,2|0,1||2001:db8::1'],
  [[hex`8100 0001 8100 0002 8100 0003`, IPV4_UDP], '|1,2,3|0,0,0|10.1.2.3|'],
];

function frameOf(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat([hex`ffffffffffff 020000000001`, ...parts]);
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, 70 - bytes.length))]);
}

/** Captures on all interfaces while frames are sent, and has tshark read the file. */
async function said(
  engine: 'ring' | 'socket',
  expression: string,
  frames: typeof FRAMES,
): Promise<string[]> {
  using cable = new Cable('tags', { outgoingVisible: expression === 'outbound' });
  const interfaceName = 'any';
  const output = join(folder, `${engine}.pcapng`);
  const filter = compileLiveFilter(expression, { interfaceName });
  const session = CaptureSession.open({ interfaces: [{ interfaceName, engine, filter }], output });
  const running = session.run();
  for (const [parts] of frames) cable.sendBytes(frameOf(parts));
  await cable.settle();
  session.stop();
  await running;
  const fields = ['ieee8021ad.id', 'vlan.id', 'vlan.priority', 'ip.src', 'ipv6.src'].flatMap(
    (name) => ['-e', name],
  );
  const shape = ['-T', 'fields', '-E', 'separator=|', ...fields];
  const tags = runTool('tshark', '-n', '-r', output, ...shape);
  return tags.trimEnd().split('\n');
}

describe('VLAN tags on all interfaces at once', { skip }, () => {
  for (const engine of ['ring', 'socket'] as const) {
    it(`are in the file, received (${engine})`, async () => {
      const all = [...FRAMES, ...NESTED];
      const wanted = all.map(([, words]) => words);
      assert.deepEqual(await said(engine, 'inbound', all), wanted);
    });

    it(`are in the file, sent (${engine})`, async () => {
      const wanted = FRAMES.map(([, words]) => words);
      assert.deepEqual(await said(engine, 'outbound', FRAMES), wanted);
    });
  }
});
