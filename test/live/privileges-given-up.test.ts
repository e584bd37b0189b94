/** What is left of root once it was given up: nothing, by trying it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65_534;

/** Gives root up and then tries everything that would bring it back. */
const PROGRAM = `
import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { dropPrivileges } from ${JSON.stringify(moduleUrl('privileges'))};
import { PacketSocket } from ${JSON.stringify(moduleUrl('packet-socket'))};
const before = PacketSocket.open(false);
dropPrivileges({ name: 'nobody', uid: ${NOBODY}, gid: ${NOBODY} });
const tries = {
  packetSocket: () => PacketSocket.open(false),
  setuid: () => process.setuid(0),
  seteuid: () => process.seteuid(0),
  setgid: () => process.setgid(0),
  setgroups: () => process.setgroups([0]),
};
const outcome = {};
for (const [name, attempt] of Object.entries(tries)) {
  try {
    attempt();
    outcome[name] = 'worked';
  } catch (error) {
    outcome[name] = error.code;
  }
}
// Programs with a setuid bit gain nothing (no_new_privs), nor does a shell.
const { stdout } = spawnSync('sh', ['-c', 'id -u; grep -E "^(Cap(Eff|Prm|Bnd)|NoNewPrivs)" /proc/self/status'], { encoding: 'utf8' });
outcome.child = stdout.split(/\\s+/).filter(Boolean);
outcome.stillOpen = before.fd >= 0;
const worker = new Worker(\`
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(moduleUrl('packet-socket'))}).then(({ PacketSocket }) => {
    try { PacketSocket.open(false); parentPort.postMessage('worked'); }
    catch (error) { parentPort.postMessage(error.code); }
  });\`, { eval: true, execArgv: [] });
worker.once('message', (code) => {
  outcome.worker = code;
  console.log(JSON.stringify(outcome));
  process.exit();
});
`;

function moduleUrl(name: string): string {
  return new URL(`../../src/sys/${name}.js`, import.meta.url).href;
}

describe('root that was given up', { skip: !isRoot && 'needs root' }, () => {
  it("can't be had again, nor a packet socket, by any thread or program", () => {
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });
    assert.equal(run.status, 0, run.stderr);
    const none = '0000000000000000';
    assert.deepEqual(JSON.parse(run.stdout), {
      packetSocket: 'EPERM',
      setuid: 'EPERM',
      seteuid: 'EPERM',
      setgid: 'EPERM',
      setgroups: 'EPERM',
      child: ['65534', 'CapPrm:', none, 'CapEff:', none, 'CapBnd:', none, 'NoNewPrivs:', '1'],
      stillOpen: true,
      worker: 'EPERM',
    });
  });
});
