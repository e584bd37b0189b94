/** What is left of root once it was given up: nothing, by trying it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Borrows a user for a look at a folder of root's, and tells what the process is then and afterwards. */
const BORROWER = `
import { accessSync, constants, readFileSync } from 'node:fs';
import { actAs } from ${JSON.stringify(moduleUrl('privileges'))};
process.setgroups([7, 8]);
const state = () => readFileSync('/proc/self/status', 'utf8').match(/^(Uid|Gid|Groups|CapEff):.*$/gm).map((line) => line.trim()).join('\\n');
const before = state();
const nobody = { name: undefined, uid: ${NOBODY}, gid: ${NOBODY} };
const outcome = { denied: 'worked' };
try {
  actAs(nobody, () => accessSync(process.argv[1], constants.W_OK));
} catch (error) {
  outcome.denied = error.code;
}
outcome.inside = actAs(nobody, () => [process.getuid(), process.geteuid(), process.getgid(), process.getgroups()]);
outcome.same = state() === before;
outcome.state = state();
console.log(JSON.stringify(outcome));
`;

describe('a user that root borrows', { skip: !isRoot && 'needs root' }, () => {
  it('may do what that user may, and root is as before afterwards', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gapcap-borrow-'));
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', BORROWER, folder], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    assert.equal(run.status, 0, run.stderr);
    const { state, ...outcome } = JSON.parse(run.stdout);
    assert.deepEqual(outcome, {
      denied: 'EACCES',
      inside: [NOBODY, NOBODY, NOBODY, [NOBODY]],
      same: true,
    });
    assert.match(state, /^Groups:\t7 8$/m);
  });
});

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
