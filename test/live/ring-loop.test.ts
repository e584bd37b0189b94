/** The ring in a loop's memory: the same file with the loop and without it. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LoopMemory } from '../../src/core/loop-memory.js';
import { openCapture } from '../../src/files.js';
import { PacketRing } from '../../src/sys/packet-ring.js';
import { PacketSocket } from '../../src/sys/packet-socket.js';
import { Cable } from '../support/cable.js';
import { hex } from '../support/hex.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { PROJECT_ROOT } from '../support/project-files.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

const PROGRAM = join(PROJECT_ROOT, 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'gapcap-ring-loop-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Frames of many lengths, every third with a VLAN tag, which the kernel takes out. */
const FRAMES: readonly Uint8Array[] = Array.from({ length: 300 }, (_, i) => {
  const addresses = hex`020000000002 020000000001`;
  const tag = i % 3 === 0 ? Uint8Array.of(0x81, 0, i >>> 8, i & 0xff) : new Uint8Array(0);
  const payload = Uint8Array.from({ length: 46 + i * 4 + (i % 5) }, (__, j) => i + j);
  return Buffer.concat([addresses, tag, hex`88b5`, payload]);
});

/** Bytes of the frames that a capture of so many has, captured by Node with these arguments. */
async function capturedBy(cable: Cable, name: string, nodeArguments: readonly string[]) {
  const file = join(folder, name);
  const capture = [
    'capture',
    '-i',
    cable.far.name,
    '-c',
    `${FRAMES.length}`,
    '-w',
    file,
    '-a',
    'duration:8',
  ];
  const child = spawn(
    process.execPath,
    [...nodeArguments, PROGRAM, ...capture, 'ether proto 0x88b5 or vlan'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  const listening = new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('capturing on')) resolve();
    });
  });
  const closed = once(child, 'close');
  await Promise.race([listening, closed]);
  for (const frame of FRAMES) cable.sendBytes(frame);
  const [status] = (await closed) as [number];
  assert.equal(status, 0, said);
  const found: string[] = [];
  await using opened = await openCapture(file);
  for await (const batch of opened) {
    while (batch.next()) {
      const { byteOffset, capturedLength } = batch;
      const bytes = batch.bytes.subarray(byteOffset, byteOffset + capturedLength);
      found.push(Buffer.from(bytes).toString('hex'));
    }
  }
  return found;
}

describe('a ring in the memory of a loop', { skip }, () => {
  it('gives the frames that were sent, tags put back, with the loop and without it', async () => {
    using cable = new Cable('loop');
    const sent = FRAMES.map((frame) => Buffer.from(frame).toString('hex'));
    assert.deepEqual(await capturedBy(cable, 'with.pcapng', []), sent);
    assert.deepEqual(await capturedBy(cable, 'without.pcapng', ['--jitless']), sent);
  });

  it('lies between what is the memory’s own, and leaves untouched pages behind', () => {
    using socket = PacketSocket.open(false);
    const geometry = { blockSizeBytes: 8192, blockCount: 5, retireMs: 10, reserveBytes: 2 };
    const ring = PacketRing.map(socket, geometry, 1000);
    const { memory, roomAt } = ring.loopPlace!;
    assert.equal(ring.bytes.buffer, memory.buffer);
    assert.ok(ring.bytes.byteOffset > 0);
    assert.ok(roomAt >= ring.bytes.byteOffset + ring.bytes.length);
    assert.ok(memory.buffer.byteLength >= roomAt + 1000);
    const own = new Uint8Array(memory.buffer, roomAt, 1000).fill(7);
    // The kernel numbers the first block when the ring is made.
    assert.ok(ring.bytes.some((byte) => byte !== 0));
    ring.unmap();
    ring.unmap();
    assert.ok(ring.bytes.every((byte) => byte === 0));
    assert.ok(own.every((byte) => byte === 7));
    ring.bytes[0] = 1;
  });

  it('is one mapping less in the process when it is given back', () => {
    using socket = PacketSocket.open(false);
    const geometry = { blockSizeBytes: 8192, blockCount: 5, retireMs: 10, reserveBytes: 2 };
    const ring = PacketRing.map(socket, geometry, 1000);
    const sockets = (): number =>
      readFileSync('/proc/self/maps', 'utf8').match(/socket:\[\d+\]/g)?.length ?? 0;
    const mapped = sockets();
    ring.unmap();
    assert.equal(sockets(), mapped - 1);
  });
});

describe('LoopMemory', () => {
  it('is not to be had beyond what 32 bits reach', () => {
    assert.equal(LoopMemory.allocate(2 ** 32), undefined);
    assert.equal(LoopMemory.allocate(1)?.buffer.byteLength, 65_536);
  });

  it('has no functions of a module that this processor cannot run', () => {
    const memory = LoopMemory.allocate(1)!;
    // A module's first eight bytes, then a section that no version of WebAssembly has.
    assert.equal(memory.load(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 99, 0)), undefined);
    assert.deepEqual(memory.load(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)), {
      __proto__: null,
    });
  });
});
