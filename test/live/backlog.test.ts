import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readFileLoss } from '../../src/analysis/file-loss.js';
import { openFile } from '../../src/source/file-source.js';
import { type FloodReport, liveSkip, TestNetwork } from '../support/namespace.js';
import { CaptureRun } from './capture-run.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-backlog-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const LIMIT_PATH = '/proc/sys/net/core/netdev_max_backlog';

/** The sum of the second column; shares no code with gapcap's. */
function droppedByHost(): number {
  const rows = readFileSync('/proc/net/softnet_stat', 'utf8').trim().split('\n');
  return rows.reduce((sum, row) => sum + Number.parseInt(row.split(/\s+/)[1]!, 16), 0);
}

const tooFew = availableParallelism() < 2 && 'needs two CPUs';

describe('the softnet backlog', { skip: liveSkip() || tooFew }, () => {
  it('is counted with a time, in no gap, where it drops frames on their way to the socket', async () => {
    using network = new TestNetwork();
    const { receiver } = network;
    const path = join(folder, 'x.pcapng');
    const limit = readFileSync(LIMIT_PATH, 'utf8');
    // Frames sent on CPU 0 go over the backlog of CPU 1, which hardly takes any.
    const steering = `/sys/class/net/${receiver.interfaceName}/queues/rx-0/rps_cpus`;
    network.exec(receiver, 'sh', '-c', `echo 2 > ${steering}`);
    const before = droppedByHost();
    const run = await CaptureRun.start(network, ['-w', path, '--json']);
    const node = network.floodArguments({ frameCount: 200_000 });
    const sender = ['-c', '0', process.execPath, ...node];
    let tried = 0;
    try {
      writeFileSync(LIMIT_PATH, '0');
      // Where the other CPU keeps up, once more.
      for (let tries = 0; tries < 10 && droppedByHost() === before; tries++) {
        const said = network.exec(network.sender, 'taskset', ...sender);
        const { sent, retries } = JSON.parse(said) as FloodReport;
        tried += sent + retries;
      }
    } finally {
      writeFileSync(LIMIT_PATH, limit);
    }
    const { status, stdout, stderr } = await run.end();
    assert.equal(status, 0, stderr);
    const dropped = droppedByHost() - before;
    assert.ok(dropped > 0, 'nothing was dropped, so nothing was tested');
    using source = openFile(path);
    const facts = readFileLoss(source);
    const losses = facts.earlyLosses ?? assert.fail('the file says nothing of it');
    const told = losses.reduce((sum, { lost }) => sum + lost, 0);
    assert.ok(losses.every(({ where }) => where === 'backlog'));
    assert.ok(told > 0 && told <= dropped, `${told} of ${dropped}`);
    assert.ok(losses[0]!.endNs - losses[0]!.startNs! < 30_000_000_000n);
    const [account] = facts.account.interfaces;
    assert.ok(account!.received! < tried, 'they never reached the socket');
    assert.equal(account!.received, account!.frames + account!.lost!, 'and are in no total');
    assert.match(
      stderr,
      /frames? dropped in the host's softnet backlog, of whichever interface, in no gap/,
    );
    const json = JSON.parse(stdout) as { beforeSocket: { where: string; lost: number }[] };
    assert.equal(
      json.beforeSocket.reduce((sum, { lost }) => sum + lost, 0),
      told,
    );
  });
});
