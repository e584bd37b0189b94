import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { liveSkip } from '../support/namespace.js';
import { toolSkip } from '../support/tools.js';
import { type RunOptions, runGapcap } from './gapcap-process.js';
import { backgroundSender } from './lone-network.js';

const skip = liveSkip() || toolSkip('setpriv');

/** Nobody and nogroup on every Linux. */
const NOBODY = 65534;

/** A network of its own, as root of the whole system, with datagrams on the loopback interface. */
function asRoot(...further: string[]): readonly string[] {
  const script = `ip link set lo up\n${backgroundSender(1)}\nexec "$@"`;
  return ['unshare', '--net', 'sh', '-c', script, 'sh', ...further];
}

/** Every distinct line of that name in the status of the process's threads. */
function ofAllThreads(pid: number, name: string): string[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  assert.ok(threads.length > 3, 'Node has threads of its own');
  const lines = threads.map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1');
    return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  });
  return [...new Set(lines)];
}

describe('gapcap capture started as root', { skip }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-user-'));
    // The user has to get at the file, not to list the folder.
    chmodSync(folder, 0o711);
  });
  after(() => rmSync(folder, { recursive: true }));

  const NONE = '0000000000000000';

  for (const engine of ['ring', 'socket']) {
    it(`goes on as -Z says in every thread, loses and counts as before (${engine})`, async () => {
      const path = join(folder, `${engine}.pcapng`);
      let looked = false;
      const options: RunOptions = {
        wrapper: asRoot(),
        onStderr: (text, child) => {
          if (looked || !text.includes('capturing on')) return;
          looked = true;
          const pid = child.pid!;
          const id = `${NOBODY}\t${NOBODY}\t${NOBODY}\t${NOBODY}`;
          assert.deepEqual(ofAllThreads(pid, 'Uid'), [id]);
          assert.deepEqual(ofAllThreads(pid, 'Gid'), [id]);
          for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
            assert.deepEqual(ofAllThreads(pid, set), [NONE], set);
          }
          const main = readFileSync(`/proc/${pid}/status`, 'latin1');
          assert.match(main, /^NoNewPrivs:\t1$/m);
          assert.match(main, /^CapBnd:\t0000000000000000$/m);
          // Long enough for so small a buffer to overflow.
          child.kill('SIGSTOP');
          void setTimeout(800).then(() => child.kill('SIGCONT'));
        },
      };
      const limits = ['-B', '64k', '-a', 'duration:2', '--engine', engine];
      const args = ['capture', '-i', 'lo', '-w', path, ...limits, '-Z', 'nobody'];
      const run = await runGapcap(args, options);
      assert.ok(looked, run.stderr);
      // Not 4: the law of conservation holds with the totals that the kernel still gives.
      assert.equal(run.status, 0, run.stderr);
      assert.doesNotMatch(run.stderr, /\b0 dropped by kernel/);
      const gaps = await runGapcap(['gaps', '--json', path]);
      assert.equal(gaps.status, 0, gaps.stderr);
      const { frames, lost, interfaces } = JSON.parse(gaps.stdout) as {
        frames: number;
        lost: number;
        interfaces: { received: number }[];
      };
      assert.ok(frames > 100 && lost > 0);
      assert.equal(interfaces[0]!.received, frames + lost);
      const { uid, gid, mode } = statSync(path);
      assert.deepEqual([uid, gid, mode & 0o777], [NOBODY, NOBODY, 0o600]);
    });
  }

  it('goes on as who called sudo, or stays root with -Z root', async () => {
    for (const [name, more, uid] of [
      ['sudo', [], 1234],
      ['root', ['-Z', 'root'], 0],
    ] as const) {
      const path = join(folder, `${name}.pcapng`);
      const run = await runGapcap(['capture', '-i', 'lo', '-c', '5', '-w', path, ...more], {
        wrapper: asRoot(),
        env: { ...process.env, SUDO_UID: '1234', SUDO_GID: '1234' },
      });
      assert.equal(run.status, 0, run.stderr);
      assert.equal(statSync(path).uid, uid);
    }
  });

  it('leaves the owner of a file that was there', async () => {
    const path = join(folder, 'old.pcapng');
    writeFileSync(path, 'old', { mode: 0o644 });
    const args = ['capture', '-i', 'lo', '-c', '5', '-w', path, '-Z', 'nobody'];
    const run = await runGapcap(args, { wrapper: asRoot() });
    assert.equal(run.status, 0, run.stderr);
    const { uid, mode, size } = statSync(path);
    assert.deepEqual([uid, mode & 0o777], [0, 0o644]);
    assert.ok(size > 3);
  });

  it('refuses a series in a folder where that user may not create files, and leaves none', async () => {
    const names = join(folder, 'names.txt');
    const rotation = ['-b', 'packets:2', '-b', `printname:${names}`, '-c', '5'];
    const series = ['-w', join(folder, 'many.pcapng'), ...rotation];
    const before = readdirSync(folder);
    const run = await runGapcap(['capture', '-i', 'lo', ...series, '-Z', 'nobody'], {
      wrapper: asRoot(),
    });
    assert.equal(run.status, 1, run.stderr);
    assert.match(run.stderr, /^gapcap: User nobody may not create files in .*EACCES.*-Z root\.\n$/);
    assert.deepEqual(readdirSync(folder), before);
    chmodSync(folder, 0o777);
    const again = await runGapcap(['capture', '-i', 'lo', ...series, '-Z', 'nobody'], {
      wrapper: asRoot(),
    });
    assert.equal(again.status, 0, again.stderr);
    const files = readdirSync(folder).filter((name) => name.startsWith('many_'));
    assert.ok(files.length >= 3);
    for (const name of files) assert.equal(statSync(join(folder, name)).uid, NOBODY);
    // The list of names, too, belongs to who has the files.
    const { uid, gid, mode } = statSync(names);
    assert.deepEqual([uid, gid, mode & 0o777], [NOBODY, NOBODY, 0o644 & ~process.umask()]);
    const told = readFileSync(names, 'utf8').split('\n').slice(0, -1);
    assert.deepEqual(told.map((name) => basename(name)).sort(), files.sort());
  });

  it("leaves the owner of a list of names that was there, and root's with -Z root", async () => {
    const names = join(folder, 'old-names.txt');
    writeFileSync(names, 'old');
    const made = join(folder, 'root-names.txt');
    for (const [list, user] of [
      [names, 'nobody'],
      [made, 'root'],
    ] as const) {
      const rotation = ['-b', 'packets:2', '-b', `printname:${list}`, '-c', '5'];
      const args = ['capture', '-i', 'lo', '-w', join(folder, `${user}s.pcapng`), ...rotation];
      const run = await runGapcap([...args, '-Z', user], { wrapper: asRoot() });
      assert.equal(run.status, 0, run.stderr);
      assert.equal(statSync(list).uid, 0);
      assert.match(readFileSync(list, 'utf8'), /^\S+s_00001\S+\n\S+s_00002/);
    }
  });

  it('says so where there is no such user', async () => {
    const path = join(folder, 'none.pcapng');
    const args = ['capture', '-i', 'lo', '-w', path, '-Z', 'no-such-user'];
    const run = await runGapcap(args, { wrapper: asRoot() });
    assert.equal(run.status, 2, run.stderr);
    assert.match(run.stderr, /There is no user 'no-such-user'/);
    assert.ok(!readdirSync(folder).includes('none.pcapng'));
  });
});

describe('gapcap capture with CAP_NET_RAW alone', { skip }, () => {
  const user = ['setpriv', '--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups'];
  const raw = ['--inh-caps', '-all,+net_raw', '--ambient-caps', '-all,+net_raw'];
  const bounding = ['--bounding-set', '-all,+net_raw', '--no-new-privs'];

  it('captures, also with a filter that is compiled on the interface', async () => {
    const wrapper = asRoot(...user, ...raw, ...bounding);
    for (const engine of ['ring', 'socket']) {
      const limits = ['-c', '20', '--json', '--engine', engine];
      const run = await runGapcap(['capture', '-i', 'lo', ...limits, 'udp and not vlan'], {
        wrapper,
      });
      assert.equal(run.status, 0, run.stderr);
      assert.equal((JSON.parse(run.stdout) as { frames: number }).frames, 20);
    }
  });

  it("can't become another user, and says what that needs", async () => {
    const run = await runGapcap(['capture', '-i', 'lo', '-c', '1', '-Z', 'daemon'], {
      wrapper: asRoot(...user, ...raw, ...bounding),
    });
    assert.equal(run.status, 3, run.stderr);
    assert.match(run.stderr, /Can't become user daemon: EPERM.*Only root/);
  });
});
