/**
 * What people who come from dumpcap and tcpdump would miss most, each tried with the built command on a
 * real interface and checked by another program.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
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
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type FinishedProcess, type RunOptions, runGapcap } from '../cli/gapcap-process.js';
import { Cable } from '../support/cable.js';
import { hex } from '../support/hex.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { toolSkip } from '../support/tools.js';
import { runTool, tsharkFields } from '../support/wireshark.js';

const skip = liveSkip() || toolSkip('tshark') || toolSkip('capinfos') || toolSkip('tcpdump');
if (skip === false) enterOwnNamespace();

const folder = mkdtempSync(join(tmpdir(), 'gapcap-fifteen-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true, force: true }));

const ADDRESSES = hex`020000000002 020000000001`;
const UDP_53 = hex`0800 4500003000010000 4011 66c0 0a000001 0a000002 9c40 0035 001c 0000 0001 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000`;
const TCP_80 = hex`0800 4500002800010000 4006 66d3 0a000001 0a000002 9c40 0050 00000000 00000000 5002 0000 0000 0000`;
const VLAN_7 = hex`8100 6007`;
/** One round of the traffic: three frames, of 200, 60 and 64 bytes. */
const ROUND = [
  [ADDRESSES, UDP_53, new Uint8Array(200 - 12 - UDP_53.length)],
  [ADDRESSES, TCP_80, new Uint8Array(60 - 12 - TCP_80.length)],
  [ADDRESSES, VLAN_7, TCP_80, new Uint8Array(64 - 16 - TCP_80.length)],
].map((parts) => new Uint8Array(Buffer.concat(parts)));

let cable: Cable;
let traffic: NodeJS.Timeout;
before(() => {
  if (skip !== false) return;
  cable = new Cable('fifteen', { outgoingVisible: true });
  traffic = setInterval(() => {
    for (const frame of ROUND) cable.sendBytes(frame);
  }, 5);
});
after(() => {
  clearInterval(traffic);
  cable?.[Symbol.dispose]();
});

function fileOf(name: string): string {
  return join(folder, name);
}

/** Runs `gapcap capture` on the receiving end; it has to succeed. */
async function capture(args: readonly string[], options?: RunOptions): Promise<FinishedProcess> {
  const run = await runGapcap(['capture', '-i', cable.far.name, ...args], options);
  assert.equal(run.status, 0, run.stderr);
  return run;
}

/** Runs it until a file has so many bytes at least (the traffic goes on), then does something with it. */
function once(file: string, bytes: number, act: (pid: number) => void): RunOptions {
  let done = false;
  return {
    onStderr: (_, child) => {
      if (done) return;
      done = true;
      const wait = setInterval(() => {
        const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
        if (size < bytes && child.exitCode === null) return;
        clearInterval(wait);
        if (child.exitCode === null) act(child.pid!);
      }, 5);
    },
  };
}

const interrupt = (pid: number): void => void process.kill(pid, 'SIGINT');

/** Frames in a file, as capinfos counts them. */
function countOf(file: string): number {
  return Number(/^Number of packets: +(\d+)$/m.exec(runTool('capinfos', '-cM', file))![1]);
}

/** The values of one field of all frames, as tshark prints them. */
function fieldOf(file: string, name: string): string[] {
  return tsharkFields(file, [name]).map((frame) => frame[name]!);
}

/** What differs among values. */
function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

const features: readonly (readonly [what: string, test: () => Promise<void>])[] = [
  [
    'a filter in the words of pcap-filter(7), with -f and at the end',
    async () => {
      const [one, two] = [fileOf('1a.pcapng'), fileOf('1b.pcapng')];
      await Promise.all([
        capture(['-c', '10', '-w', one, '-f', 'udp port 53']),
        capture(['-c', '10', '-w', two, 'tcp', 'port', '80', 'and', 'not', 'vlan']),
      ]);
      assert.deepEqual(distinct(fieldOf(one, 'udp.dstport')), ['53']);
      const read = ['-r', two, '-nt', 'tcp dst port 80 and not vlan'];
      const lines = execFileSync('tcpdump', read, { encoding: 'utf8', stdio: 'pipe' });
      assert.equal(lines.trimEnd().split('\n').length, 10);
    },
  ],
  [
    'frames into a pipe as they come (-w -)',
    async () => {
      const file = fileOf('2.pcapng');
      const script = `"$@" | tee '${file}' | tshark -n -r - -T fields -e frame.len -c 12`;
      const wrapper = ['sh', '-c', script, 'sh'];
      // tshark leaves after 12 frames, while the capture goes on: so it had them before any end.
      const { stdout } = await capture(['-w', '-'], { wrapper });
      assert.deepEqual(distinct(stdout.trimEnd().split('\n')), ['200', '60', '64']);
    },
  ],
  [
    'interfaces by name, by number and all at once, several at a time, and their list',
    async () => {
      const { stdout } = await runGapcap(['capture', '-D']);
      const number = new RegExp(`^(\\d+)\\. ${cable.near.name} `, 'm').exec(stdout)![1]!;
      const theirs = execFileSync('tcpdump', ['-D'], { encoding: 'utf8' });
      for (const name of [cable.near.name, cable.far.name, 'any', 'lo']) {
        assert.match(stdout, new RegExp(`^\\d+\\. ${name}( |$)`, 'm'));
        assert.match(theirs, new RegExp(`^\\d+\\.${name} `, 'm'));
      }
      const file = fileOf('3.pcapng');
      await capture(['-i', number, '-i', 'any', '-c', '400', '-w', file]);
      const names = distinct(fieldOf(file, 'frame.interface_name'));
      assert.deepEqual(names.sort(compare), [cable.near.name, cable.far.name, 'any'].sort(compare));
    },
  ],
  [
    'an end after so many frames (-c) or so long (-a duration:)',
    async () => {
      const [one, two] = [fileOf('4a.pcapng'), fileOf('4b.pcapng')];
      await Promise.all([
        capture(['-c', '7', '-w', one]),
        capture(['-a', 'duration:0.5', '-w', two]),
      ]);
      assert.equal(countOf(one), 7);
      assert.ok(countOf(two) > 0);
    },
  ],
  [
    'a ring of files (-b)',
    async () => {
      const file = fileOf('5.pcapng');
      await capture(['-b', 'packets:20', '-b', 'files:3', '-c', '100', '-w', file]);
      const left = readdirSync(folder).filter((name) => name.startsWith('5_'));
      assert.deepEqual(left.map((name) => name.slice(0, 7)).sort(compare), [
        '5_00003',
        '5_00004',
        '5_00005',
      ]);
      for (const name of left) assert.equal(countOf(fileOf(name)), 20, name);
    },
  ],
  [
    'a snapshot length that keeps the frame’s own length (-s)',
    async () => {
      const file = fileOf('6.pcapng');
      await capture(['-s', '62', '-c', '9', '-w', file]);
      const frames = tsharkFields(file, ['frame.len', 'frame.cap_len']);
      const lengths = distinct(frames.map((one) => `${one['frame.len']} ${one['frame.cap_len']}`));
      assert.deepEqual(lengths.sort(compare), ['200 62', '60 60', '64 62']);
    },
  ],
  [
    'a buffer of the size asked for, in MiB (-B)',
    async () => {
      const file = fileOf('7.pcapng');
      let mapped = 0;
      const options = once(file, 2000, (pid) => {
        const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
        const [, from, to] = /^(\w+)-(\w+) rw-s .* socket:/m.exec(maps)!;
        mapped = Number(BigInt(`0x${to}`) - BigInt(`0x${from}`));
        interrupt(pid);
      });
      const { stderr } = await capture(['-B', '4', '-w', file], options);
      assert.match(stderr, /\(ring of 4 MiB\)/);
      assert.equal(mapped, 4 << 20);
    },
  ],
  [
    'a clean end on Ctrl-C, with everything written',
    async () => {
      const file = fileOf('8.pcapng');
      const { stderr } = await capture(['-w', file], once(file, 4000, interrupt));
      const [, captured] = /^([\d,]+) frames captured/m.exec(stderr)!;
      assert.equal(countOf(file), Number(captured!.replaceAll(',', '')));
    },
  ],
  [
    'the counts at the end in the words one knows',
    async () => {
      const file = fileOf('9.pcapng');
      const { stderr } = await capture(['-a', 'duration:0.2', '-q', '-w', file]);
      const frames = countOf(file).toLocaleString('en');
      const words = `${frames} frames captured, ${frames} received by filter, 0 dropped by kernel\n`;
      assert.equal(stderr, words);
    },
  ],
  [
    'counts on SIGUSR1, the next file on SIGHUP, a command for each (--postrotate)',
    async () => {
      const told = fileOf('10.told');
      const command = fileOf('10.sh');
      writeFileSync(command, `#!/bin/sh\ncapinfos -Mc "$1" >> '${told}'\n`, { mode: 0o755 });
      let asked = false;
      let rotated = false;
      const { stderr } = await capture(
        ['-b', 'packets:1000000', '--postrotate', command, '-w', fileOf('10.pcapng')],
        {
          onStderr: (text, child) => {
            if (!asked) child.kill('SIGUSR1');
            asked = true;
            if (!text.includes('so far:') || rotated) return;
            rotated = true;
            child.kill('SIGHUP');
            const wait = setInterval(() => {
              const second = readdirSync(folder).some((name) => name.startsWith('10_00002'));
              if (!second && child.exitCode === null) return;
              clearInterval(wait);
              child.kill('SIGINT');
            }, 5);
          },
        },
      );
      assert.match(stderr, /^so far: [\d,]+ frames captured, .* dropped by kernel$/m);
      assert.match(stderr, /^2 files written$/m);
      const counts = readFileSync(told, 'utf8').match(/^Number of packets: +\d+$/gm);
      assert.equal(counts?.length, 2);
    },
  ],
  [
    'promiscuous mode unless one says -p',
    async () => {
      const file = fileOf('11.pcapng');
      let seen: string[] = [];
      const look = (pid: number): void => {
        seen = [cable.far.name, cable.near.name].map((name) => {
          const link = ['-d', 'link', 'show', 'dev', name];
          const shown = execFileSync('ip', link, { encoding: 'utf8' });
          return /promiscuity (\d+)/.exec(shown)![1]!;
        });
        interrupt(pid);
      };
      await capture(['-i', cable.near.name, '-p', '-w', file], once(file, 1000, look));
      assert.deepEqual(seen, ['1', '0']);
    },
  ],
  [
    'times in nanoseconds, and the kinds of clock that there are',
    async () => {
      const file = fileOf('12.pcapng');
      const [, { stdout }] = await Promise.all([
        capture(['-c', '30', '--time-stamp-type', 'host', '-w', file]),
        capture(['--list-time-stamp-types']),
      ]);
      const precision = runTool('capinfos', '-M', file);
      assert.match(precision, /^File timestamp precision: +nanoseconds \(9\)$/m);
      const fractions = fieldOf(file, 'frame.time_epoch').map((time) => time.slice(-3));
      assert.ok(distinct(fractions).length > 1, fractions.join());
      assert.match(stdout, /^ {2}host$/m);
    },
  ],
  [
    'files read back, a line a frame, and counted',
    async () => {
      const file = fileOf('13.pcap');
      await capture(['-c', '12', '-F', 'pcap', '-w', file]);
      const [shown, { stdout }] = await Promise.all([
        runGapcap(['show', file]),
        runGapcap(['info', '--json', file]),
      ]);
      assert.equal(shown.stdout.trimEnd().split('\n').length, 12);
      assert.match(shown.stdout, /10\.0\.0\.1 +> 10\.0\.0\.2 +TCP +60 /);
      assert.equal(countOf(file), 12);
      assert.equal((JSON.parse(stdout) as { frames: number }).frames, 12);
    },
  ],
  [
    'another user instead of root once it has begun (-Z)',
    async () => {
      const file = fileOf('14.pcapng');
      let users = '';
      const look = (pid: number): void => {
        users = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
        interrupt(pid);
      };
      await capture(['-Z', 'nobody', '-w', file], once(file, 1000, look));
      const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
      assert.deepEqual(users.split(/\s+/).map(Number), Array(4).fill(nobody));
      assert.equal(statSync(file).uid, nobody);
      assert.ok(countOf(file) > 0);
    },
  ],
  [
    'VLAN tags put back, and one direction alone (-Q)',
    async () => {
      const file = fileOf('15.pcapng');
      await capture(['-Q', 'in', '-i', cable.near.name, '-Q', 'out', '-c', '120', '-w', file]);
      const [way, name, id] = [
        'frame.packet_flags_direction',
        'frame.interface_name',
        'vlan.id',
      ] as const;
      const frames = tsharkFields(file, [way, name, id, 'vlan.priority', 'tcp.dstport']);
      const ways = distinct(frames.map((frame) => `${frame[name]} ${Number(frame[way])}`));
      const wanted = [`${cable.near.name} 2`, `${cable.far.name} 1`];
      assert.deepEqual(ways.sort(compare), wanted.sort(compare));
      for (const end of [cable.near.name, cable.far.name]) {
        const tagged = frames.filter((frame) => frame[name] === end && frame[id] === '7');
        assert.ok(tagged.length > 5, end);
        for (const frame of tagged) {
          assert.deepEqual([frame['vlan.priority'], frame['tcp.dstport']], ['3', '80']);
        }
      }
    },
  ],
];

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

describe('gapcap capture for people who come from dumpcap and tcpdump', { skip }, () => {
  for (const [what, test] of features) it(`has ${what}`, test);

  it('was tried with all fifteen', () => {
    assert.equal(features.length, 15);
  });
});
