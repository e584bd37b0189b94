import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { probePrivateNetwork } from '../../src/lab/private-network.js';
import { listLinks } from '../../src/sys/rtnetlink.js';
import { liveSkip } from '../support/namespace.js';

const main = fileURLToPath(new URL('../support/private-network-main.js', import.meta.url));

/** Words before a command that run it as a user without any privilege. */
const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];

/** Why the unprivileged way can't be tried here; the trial owes nothing to the code under test. */
function unprivilegedSkip(): string | false {
  const skip = liveSkip();
  if (skip !== false) return skip;
  const command = [...asNobody, 'unshare', '--user', '--map-root-user', '--net', 'true'];
  if (spawnSync(command[0]!, command.slice(1)).status !== 0) return 'no user namespaces here';
  const node = [...asNobody, process.execPath, '-e', `fs.accessSync(${JSON.stringify(main)})`];
  if (spawnSync(node[0]!, node.slice(1)).status !== 0) return 'nobody may not read this checkout';
  return false;
}

function run(before: readonly string[], ...parameters: string[]) {
  const [program, ...rest] = [...before, process.execPath, main, ...parameters];
  return spawnSync(program!, rest, { encoding: 'utf8' });
}

function lines(stdout: string): Record<string, unknown>[] {
  const full = stdout.split('\n').slice(0, -1);
  return full.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The process id that the program printed first. */
function innerPid(output: string): number {
  const { pid } = lines(output)[0] as { pid: number };
  return pid;
}

/** Starts the program waiting inside; `output` gathers its lines. */
async function startWaiting(): Promise<{ child: ChildProcess; output: () => string }> {
  const child = spawn(process.execPath, [main, 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (part: Buffer) => {
    text += part.toString('utf8');
  });
  while (!text.includes('\n')) await sleep(5);
  return { child, output: () => text };
}

describe('runInPrivateNetwork', { skip: liveSkip() }, () => {
  it('gives the program a network of its own, and leaves nothing in ours', () => {
    const before = listLinks().map((l) => l.index);
    const { stdout, status } = run([], 'flood');
    assert.equal(status, 0);
    const [result] = lines(stdout);
    assert.deepEqual(result, { names: ['lo', 'rx0', 'tx0'], sent: 20_000, received: 20_000 });
    assert.deepEqual(
      listLinks().map((l) => l.index),
      before,
    );
  });

  it('passes arguments in and the exit status out', () => {
    const { stdout, status } = run([], 'status', 'a b', '--flag', '');
    assert.equal(status, 37);
    assert.deepEqual(lines(stdout), [{ given: ['a b', '--flag', ''] }]);
  });

  it('passes an interrupt on, once', async () => {
    const { child, output } = await startWaiting();
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    assert.equal(await closed, 41);
    assert.deepEqual(lines(output()).slice(1), [{ signals: 1 }]);
  });

  it('passes an interrupt on once, too, when the terminal sends it to the whole group', async () => {
    // `script` gives the program a terminal; the byte 3 typed there is Ctrl-C. `exec`, since a
    // shell that stays between the two would be interrupted itself.
    const command = `exec ${process.execPath} ${main} wait`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString('utf8');
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    while (!text.includes('"pid"')) await sleep(5);
    child.stdin.write('\x03');
    assert.equal(await closed, 41);
    assert.equal(text.match(/"signals"/g)?.length, 1);
  });

  it('ends the program when the outer process is killed', async () => {
    const { child, output } = await startWaiting();
    const inner = innerPid(output());
    assert.ok(existsSync(`/proc/${inner}`));
    child.kill('SIGKILL');
    const endMs = performance.now() + 5000;
    while (isRunning(inner) && performance.now() < endMs) await sleep(10);
    assert.equal(isRunning(inner), false);
  });

  it('reports a program ended by a signal as shells do', async () => {
    const { child, output } = await startWaiting();
    const inner = innerPid(output());
    const closed = new Promise((resolve) => child.once('close', resolve));
    process.kill(inner, 'SIGKILL');
    assert.equal(await closed, 128 + 9);
  });
});

describe('runInPrivateNetwork without privilege', { skip: unprivilegedSkip() }, () => {
  it('makes interfaces, floods them and counts, as an ordinary user', () => {
    const { stdout, status, stderr } = run(asNobody, 'flood');
    assert.equal(status, 0, stderr);
    const [result] = lines(stdout);
    assert.deepEqual(result, { names: ['lo', 'rx0', 'tx0'], sent: 20_000, received: 20_000 });
  });
});

describe('probePrivateNetwork', { skip: liveSkip() }, () => {
  it('lets no folder of PATH decide what root runs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gapcap-probe-'));
    const environment: { PATH?: string | undefined } = process.env;
    const path = environment.PATH;
    try {
      writeFileSync(join(folder, 'unshare'), `#!/bin/sh\ntouch ${folder}/ran\nexit 1\n`);
      chmodSync(join(folder, 'unshare'), 0o755);
      environment.PATH = `${folder}:${path}`;
      assert.ok(probePrivateNetwork().available);
      assert.ok(!existsSync(join(folder, 'ran')));
    } finally {
      environment.PATH = path;
      rmSync(folder, { recursive: true });
    }
  });

  it('finds that root can have one, and with which command', () => {
    const probe = probePrivateNetwork();
    assert.ok(probe.available);
    assert.equal(probe.asRoot, true);
    const [program, ...before] = probe.command;
    const inside = execFileSync(program!, [...before, 'ip', '-o', 'link'], { encoding: 'utf8' });
    assert.equal(inside.trim().split('\n').length, 1);
  });

  it('names the missing command, and the package that has it', () => {
    const probe = probePrivateNetwork('/nonexistent');
    assert.ok(!probe.available);
    assert.equal(probe.error.code, 'NO_UNSHARE');
    assert.match(probe.error.hint ?? '', /util-linux/);
  });

  it('says what to do where the kernel refuses', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gapcap-probe-'));
    try {
      const refusing = join(folder, 'unshare');
      writeFileSync(refusing, '#!/bin/sh\necho "unshare failed: No space left" >&2\nexit 1\n');
      chmodSync(refusing, 0o755);
      const probe = probePrivateNetwork(`${folder}:/usr/bin:/bin`);
      assert.ok(!probe.available);
      assert.equal(probe.error.code, 'NO_PRIVATE_NETWORK');
      assert.match(probe.error.message, /No space left/);
      assert.notEqual(probe.error.hint, undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Whether a process is there and isn't only waiting to be reaped. */
function isRunning(pid: number): boolean {
  const ps = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return ps.status === 0 && !ps.stdout.startsWith('Z');
}
