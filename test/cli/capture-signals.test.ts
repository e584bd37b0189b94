import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hex } from '../support/hex.js';
import { gapcapPath, runGapcap } from './gapcap-process.js';
import { backgroundSender, inLoneNetwork, loneNetworkObstacle } from './lone-network.js';
import { countBlocks } from './pcapng-file.js';

describe('gapcap capture, signalled at a bad moment', { skip: loneNetworkObstacle() }, () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-signals-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('completes a file that has just been made when it is interrupted', async () => {
    const file = path('early.pcapng');
    const run = await runGapcap(['capture', '-i', 'lo', '-w', file], {
      wrapper: inLoneNetwork(),
      onStart: (child) => {
        const looking = setInterval(() => {
          if (!existsSync(file)) return;
          clearInterval(looking);
          child.kill('SIGINT');
        }, 1);
      },
    });
    assert.equal(run.status, 0, run.stderr);
    assert.equal(countBlocks(file).statistics, 1);
  });

  it('goes on waiting for the command of a finished file after SIGUSR1', async () => {
    const hook = path('hook.sh');
    const go = path('go');
    writeFileSync(
      hook,
      `#!/bin/sh\nwhile [ ! -e '${go}' ]; do sleep 0.05; done\necho hook ended\n`,
    );
    chmodSync(hook, 0o755);
    let signalled = false;
    const args = ['-b', 'duration:60', '-c', '5', '-w', path('hook.pcapng'), '--postrotate', hook];
    const run = await runGapcap(['capture', '-i', 'lo', ...args], {
      wrapper: inLoneNetwork(backgroundSender(2)),
      onStderr: (stderr, child) => {
        if (signalled || !stderr.includes('waiting for --postrotate')) return;
        signalled = true;
        child.kill('SIGUSR1');
        setTimeout(() => writeFileSync(go, ''), 200);
      },
    });
    assert.equal(run.signal, null, run.stderr);
    assert.equal(run.status, 0, run.stderr);
    assert.ok(signalled);
    assert.match(run.stderr, /^hook ended$/m);
  });
});

describe('the command of a finished file', { skip: loneNetworkObstacle() }, () => {
  it('runs on when Ctrl-C ends the wait for it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gapcap-hook-'));
    const [hook, go, done] = ['hook.sh', 'go', 'done'].map((name) => join(folder, name));
    const wait = `while [ ! -e '${go}' ]; do sleep 0.05; done`;
    writeFileSync(hook!, `#!/bin/sh\n${wait}\nmv '${go}' '${done}'\n`);
    chmodSync(hook!, 0o755);
    let signalled = false;
    const args = ['-b', 'duration:60', '-c', '5', '-w', join(folder, 'x.pcapng')];
    const run = await runGapcap(['capture', '-i', 'lo', ...args, '--postrotate', hook!], {
      wrapper: inLoneNetwork(backgroundSender(2)),
      detached: true,
      onStderr: (stderr, child) => {
        if (signalled || !stderr.includes('waiting for --postrotate')) return;
        signalled = true;
        // To the whole group, as a terminal does it.
        process.kill(-child.pid!, 'SIGINT');
        // The command holds standard error open, and with it `run`.
        setTimeout(() => writeFileSync(go!, ''), 300);
      },
    });
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stderr, /was still running/);
    for (let tries = 0; tries < 100 && !existsSync(done!); tries++) await sleep(50);
    assert.ok(existsSync(done!), run.stderr);
    rmSync(folder, { recursive: true });
  });
});

describe('SIGUSR1', () => {
  it("ends no command and opens no debugger, which would be Node's own answer", async () => {
    const child = spawn(process.execPath, [gapcapPath, 'show', '-']);
    const ended = once(child, 'close');
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    // A line of output shows that the command runs.
    child.stdout.once('data', () => {
      child.kill('SIGUSR1');
      setTimeout(() => child.stdin.end(), 300);
    });
    const header = hex`d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000`;
    const frame = hex`01000000 00000000 04000000 04000000 cafebabe`;
    // The first three tell which kind of pcap it is.
    child.stdin.write(Buffer.concat([header, frame, frame, frame, frame]));
    assert.deepEqual(await ended, [0, null]);
    assert.equal(stderr, '');
  });
});
