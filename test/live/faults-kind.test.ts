/** An interface whose frames become of another kind while it is captured from. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runGapcap } from '../cli/gapcap-process.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { openTunnel, tunnelSkip } from '../support/tunnel.js';
import { temporaryFolder } from './fault-network.js';

const skip = liveSkip() || tunnelSkip();
if (skip === false) enterOwnNamespace();

const folder = temporaryFolder('fault-link-type');
const ARPHRD_ETHER = 1;
/** An IPv4 packet without anything in it. */
const PACKET: Uint8Array = Uint8Array.of(
  ...[0x45, 0, 0, 20, 0, 1, 0, 0, 64, 253, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
);
const ENGINES = ['ring', 'socket'] as const;

describe('a capture whose interface gets another link type', { skip }, () => {
  it('ends with all that came when the link type of its interface changes', async () => {
    for (const [i, engine] of ENGINES.entries()) {
      const name = `gtun${i}`;
      using tunnel = openTunnel(name);
      const file = join(folder, `${engine}.pcapng`);
      let changed = false;
      const args = ['capture', '-i', name, '-w', file, '--json', '--engine', engine];
      const run = await runGapcap(args, {
        onStderr: (text) => {
          if (changed || !text.includes('capturing on')) return;
          changed = true;
          for (let frame = 0; frame < 7; frame++) tunnel.receive(PACKET);
          execFileSync('ip', ['link', 'set', name, 'down']);
          tunnel.setHardwareType(ARPHRD_ETHER);
          execFileSync('ip', ['link', 'set', name, 'up']);
        },
      });
      assert.ok(changed, run.stderr);
      assert.equal(run.status, 0, run.stderr);
      assert.match(run.stderr, /\nended because the interface is gone\n$/);
      const read = await runGapcap(['gaps', '--json', file]);
      assert.equal(read.status, 0, read.stderr);
      const { interfaces, lost } = JSON.parse(read.stdout);
      assert.equal(interfaces[0].linkType, 101); // LINKTYPE_RAW
      // A host that has just set it up may send a frame or two of its own.
      assert.ok(interfaces[0].frames >= 7, read.stdout);
      assert.equal(interfaces[0].received, interfaces[0].frames + lost);
    }
  });
});
