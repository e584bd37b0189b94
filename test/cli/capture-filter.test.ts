import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { toolSkip } from '../support/tools.js';
import { runGapcap } from './gapcap-process.js';
import { backgroundSender, inLoneNetwork, loneNetworkObstacle } from './lone-network.js';

const skip = loneNetworkObstacle() || toolSkip('tcpdump');

describe('gapcap capture with a filter', { skip }, () => {
  const wrapper = inLoneNetwork();
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-filter-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const keep = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const gapcap = (...args: string[]) => runGapcap(['capture', '-i', 'lo', ...args], { wrapper });
  const tcpdump = (...args: string[]): string => {
    const all = [...wrapper.slice(1), 'tcpdump', '-i', 'lo', ...args];
    return spawnSync(wrapper[0]!, all, { encoding: 'utf8' }).stdout;
  };

  it('prints the program in the three forms of tcpdump, wherever the expression stands', async () => {
    const expression = 'vlan 7 and tcp port 80';
    const file = keep('web.txt', '# the web\nvlan 7 and # tagged\ntcp port 80\n');
    for (const [flag, ...source] of [
      ['-d', '-f', expression],
      ['-d', ...expression.split(' ')],
      ['-dd', expression],
      ['-ddd', '--filter-file', file],
    ] as const) {
      const run = await gapcap(flag, ...source);
      assert.equal(run.status, 0, run.stderr);
      assert.equal(run.stdout, tcpdump(flag, expression));
      assert.equal(run.stderr, '');
    }
  });

  it('refuses a file without an expression, but takes an empty one for everything', async () => {
    for (const text of ['', ' \n', '# port 53\n#\n']) {
      const file = keep('empty.txt', text);
      for (const rest of [['-c', '1'], ['-d']]) {
        const { stdout, stderr, status } = await gapcap('--filter-file', file, ...rest);
        assert.match(
          stderr,
          /^gapcap: --filter-file: there is no expression in .*empty\.txt\. Put one/,
        );
        assert.deepEqual([stdout, status], ['', 2]);
      }
    }
    for (const all of [['-f', ''], ['']]) {
      assert.equal((await gapcap('-d', ...all)).stdout, tcpdump('-d'));
    }
  });

  it('leaves a program as it was compiled with --no-optimize', async () => {
    const run = await gapcap('-d', '--no-optimize', 'tcp port 80');
    assert.equal(run.stdout, tcpdump('-d', '-O', 'tcp port 80'));
  });

  it('captures only what the expression takes, and says in the file what that was', async () => {
    const path = join(folder, 'x.pcapng');
    const [flags, ...rest] = ['-c', '3', '-w', path] as const;
    const run = await runGapcap(
      ['capture', '-i', 'lo', flags, ...rest, 'udp', 'port', '9', 'and', 'inbound'],
      { wrapper: inLoneNetwork(backgroundSender(5)) },
    );
    assert.equal(run.status, 0, run.stderr);
    const info = spawnSync('capinfos', [path], { encoding: 'utf8' }).stdout;
    assert.match(info, /Filter string = udp port 9 and inbound\n/);
    assert.match(info, /Number of packets = 3\n/);
  });

  it('runs a program that was compiled elsewhere', async () => {
    const program = keep('x.bpf', tcpdump('-ddd', 'udp port 9'));
    const none = keep('none.bpf', '1\n6 0 0 0\n');
    const wrapping = { wrapper: inLoneNetwork(backgroundSender(5)) };
    const taken = ['capture', '-i', 'lo', '-c', '2', '--bpf-file', program];
    const run = await runGapcap(taken, wrapping);
    assert.equal(run.stdout.trimEnd().split('\n').length, 2, run.stderr);
    const nothing = ['capture', '-i', 'lo', '-a', 'duration:0.3', '--bpf-file', none];
    assert.match((await runGapcap(nothing, wrapping)).stderr, /\b0 frames captured, 0 received/);
  });

  it('names the missing package where there is no libpcap, and does without for a program', async () => {
    // An empty file in its place, seen by this process alone.
    const hide = `for f in $(ldconfig -p | sed -n 's/.*libpcap.* => //p'); do
      mount --bind /dev/null "$(readlink -f "$f")"; done`;
    const script = `ip link set lo up\n${hide}\n${backgroundSender(5)}\nexec "$@"`;
    const without = ['unshare', '--map-root-user', '--net', '--mount', 'sh', '-c', script, 'sh'];
    const asked = await runGapcap(['capture', '-i', 'lo', 'udp'], { wrapper: without });
    assert.equal(asked.status, 1);
    assert.match(asked.stderr, /^gapcap: .*libpcap0\.8 \(Debian, Ubuntu\).*--bpf-file\.\n$/);
    const program = keep('all.bpf', '1\n6 0 0 96\n');
    const args = ['capture', '-i', 'lo', '-c', '2', '--json', '--bpf-file', program];
    const run = await runGapcap(args, { wrapper: without });
    assert.equal(run.status, 0, run.stderr);
  });

  it('says what is wrong with an expression, in the words of libpcap', async () => {
    for (const [args, status, pattern] of [
      [['tcp', 'prot', '80'], 2, /'tcp prot 80': .*syntax error.*'prot' at character 5/],
      [['port', 'none-such'], 2, /unknown port 'none-such'/],
      [['-f', 'ip', 'tcp'], 2, /more than one filter/],
      [['--filter-file', join(folder, 'none')], 1, /none: there is no such file/],
      [['--bpf-file', keep('bad.bpf', '1\n6 0 0\n')], 1, /line 2: '6 0 0' isn't four numbers/],
    ] as const) {
      const run = await gapcap(...args);
      assert.equal(run.status, status, run.stderr);
      assert.match(run.stderr, /^gapcap: [^\n]+\n$/);
      assert.match(run.stderr, pattern);
    }
  });
});
