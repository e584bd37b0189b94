import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PROJECT_ROOT } from '../support/project-files.js';
import { type FinishedProcess, gapcapPath, runGapcap } from './gapcap-process.js';

const corpus = (name: string): string => join(PROJECT_ROOT, 'test/fixtures/loss', name);
const lossy = corpus('in-the-middle-little-ns.pcapng');

describe('gapcap copy and merge', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-copy-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function run(...args: readonly string[]): Promise<FinishedProcess> {
    const done = await runGapcap(args);
    assert.equal(done.status, 0, done.stderr);
    return done;
  }

  it('moves the loss of a left-out frame to the next that is kept, and says what it did', async () => {
    const done = await run('copy', lossy, '--frames', '1-2,4', '-w', path('cut.pcapng'));
    assert.equal(done.stdout, '');
    assert.match(
      done.stderr,
      /^gapcap: 3 of 4 frames in .*cut\.pcapng; 45 of 45 recorded losses kept$/m,
    );
    const gaps = await run('gaps', path('cut.pcapng'));
    assert.match(gaps.stdout, /40 frames lost between frames 2 and 3 \(500 ms\)/);
    assert.match(gaps.stdout, /5 frames lost after frame 3/);
    const info = await run('info', path('cut.pcapng'));
    assert.match(
      info.stdout,
      /law +holds: 49 received = 3 frames \+ 1 left out \+ 45 dropped \+ 0 unread/,
    );
  });

  it('selects by time, interface, filter, and every nth frame', async () => {
    const two = corpus('two-interfaces-big.pcapng');
    const count = async (...options: readonly string[]): Promise<string> => {
      const done = await run('copy', two, ...options, '-w', path('some.pcapng'));
      return /(\d+) of 5 frames/.exec(done.stderr)![1]!;
    };
    assert.equal(await count('-i', 'eth1'), '2');
    assert.equal(await count('-i', '0'), '3');
    assert.equal(await count('--from', '+2ms'), '3');
    assert.equal(await count('--from', '+1ms', '--to', '2026-11-22T08:31:00.003Z'), '2');
    assert.equal(await count('--every', '2'), '3');
    assert.equal(await count('-f', 'ether proto 0x88b5 and ether broadcast'), '5');
    assert.equal(await count('-f', 'ip'), '0');
  });

  it('says which interface no input has, as nothing is taken from it', async () => {
    const two = corpus('two-interfaces-big.pcapng');
    const args = ['-q', two, '-i', 'eth1', '-i', 'eht0', '-i', '2', '-w', path('none.pcapng')];
    const done = await run('copy', ...args);
    assert.equal(
      done.stderr,
      "gapcap: no input has an interface 'eht0'.\ngapcap: no input has an interface '2'.\n",
    );
  });

  it('writes pcap, and says what that can’t hold, also when it is to be quiet', async () => {
    const done = await run('copy', '-q', lossy, '-F', 'pcap', '-w', path('x.pcap'));
    assert.match(done.stderr, /says nothing of the 45 lost frames/);
    assert.equal(readFileSync(path('x.pcap')).readUInt32LE(0), 0xa1b23c4d);
    const back = await run('copy', path('x.pcap'), '-w', path('back.pcapng'));
    assert.match(back.stderr, /4 of 4 frames/);
    const gaps = await run('gaps', '--json', path('back.pcapng'));
    assert.equal((JSON.parse(gaps.stdout) as { lost: null }).lost, null);
  });

  it('compresses where the name says so, and reads it again', async () => {
    await run('merge', lossy, corpus('bounded.pcapng'), '-w', path('both.pcapng.gz'));
    assert.equal(readFileSync(path('both.pcapng.gz')).readUInt16BE(0), 0x1f8b);
    const gaps = await run('gaps', '--json', path('both.pcapng.gz'));
    const { lost, frames } = JSON.parse(gaps.stdout) as { lost: number; frames: number };
    assert.deepEqual([lost, frames], [45 + 18, 4 + 5]);
  });

  it('writes to standard output', async () => {
    const script = '"$0" "$1" copy -q "$2" -w - | "$0" "$1" gaps -';
    const gapcap = join(import.meta.dirname, '../../src/cli/main.js');
    const piped = spawnSync('sh', ['-c', script, process.execPath, gapcap, lossy], {
      encoding: 'utf8',
    });
    assert.match(piped.stdout, /40 frames lost between frames 2 and 3/);
  });

  it('never writes over what it reads', async () => {
    copyFileSync(lossy, path('same.pcapng'));
    const done = await runGapcap(['copy', path('same.pcapng'), '-w', path('same.pcapng')]);
    assert.equal(done.status, 2);
    assert.match(done.stderr, /is read and can't be written as well/);
    assert.ok(readFileSync(path('same.pcapng')).equals(readFileSync(lossy)));
  });

  it('leaves the output alone where it is asked for what can’t be', async () => {
    writeFileSync(path('precious'), 'x');
    for (const wrong of [
      ['--frames', '5-3'],
      ['--from', 'noon'],
      ['-f', 'tcp prot'],
      ['--key-file', lossy],
      ['--every', '0'],
    ]) {
      const done = await runGapcap(['copy', lossy, ...wrong, '-w', path('precious')]);
      assert.equal(done.status, 2, done.stderr);
    }
    const missing = await runGapcap(['copy', path('none'), '-w', path('precious')]);
    assert.equal(missing.status, 1);
    assert.equal(readFileSync(path('precious'), 'utf8'), 'x');
  });

  it('keeps all before the damage, and fails', async () => {
    const bytes = readFileSync(lossy);
    const damaged = Buffer.concat([bytes.subarray(0, bytes.length - 100), Buffer.alloc(100, 1)]);
    writeFileSync(path('damaged.pcapng'), damaged);
    const done = await runGapcap(['copy', path('damaged.pcapng'), '-w', path('rest.pcapng')]);
    assert.equal(done.status, 1);
    assert.match(done.stderr, /^gapcap: .*damaged\.pcapng: .* damaged from there on/m);
    const gaps = await run('gaps', '--json', path('rest.pcapng'));
    assert.equal((JSON.parse(gaps.stdout) as { lost: number }).lost, 40);
  });

  it('refuses an end that is not after the beginning, whatever the file holds', async () => {
    for (const [from, to] of [
      ['+2s', '+1s'],
      ['+1s', '+1000ms'],
      ['2026-11-22T08:32:00Z', '2026-11-22T08:31:00Z'],
    ] as const) {
      const args = ['copy', lossy, '--from', from, '--to', to, '-w', path('none.pcapng')];
      const { stderr, status } = await runGapcap(args);
      assert.equal(stderr, `gapcap: --to ${to} is not after --from ${from}. Give a later end.\n`);
      assert.equal(status, 2);
    }
    await run('copy', lossy, '--from', '2099-01-01', '--to', '+1s', '-w', path('some.pcapng'));
  });

  it('names each input whose end is missing', async () => {
    const whole = readFileSync(lossy);
    for (const name of ['cut1.pcapng', 'cut2.pcapng']) {
      writeFileSync(path(name), whole.subarray(0, -5));
    }
    for (const command of ['copy', 'merge']) {
      const inputs = [path('cut1.pcapng'), lossy, path('cut2.pcapng')];
      const { stderr } = await run(command, ...inputs, '-w', path('all.pcapng'), '-q');
      assert.equal(
        stderr.replaceAll(folder, ''),
        ['1', '2']
          .map(
            (n) =>
              `gapcap: /cut${n}.pcapng is truncated: its end is missing; all whole frames were read.\n`,
          )
          .join(''),
      );
    }
  });

  it('writes no capture file onto a terminal', () => {
    for (const args of [
      ['copy', lossy],
      ['merge', lossy],
      ['heal', lossy, lossy],
    ]) {
      // `script` gives the command a terminal for its standard output, and repeats what comes there.
      const words = [process.execPath, gapcapPath, ...args, '-w', '-'].map((word) => `'${word}'`);
      const run = spawnSync('script', ['-qec', words.join(' '), '/dev/null'], { encoding: 'utf8' });
      assert.equal(run.status, 2, args[0]);
      assert.match(run.stdout, /^gapcap: -w -: standard output is a terminal.*program\.\r\n$/);
    }
  });

  it('says where the output went, whatever its name', async () => {
    const { stderr } = await runGapcap(['copy', lossy, '-w', '-']);
    assert.match(
      stderr,
      /^gapcap: 4 of 4 frames in standard output; 45 of 45 recorded losses kept$/m,
    );
  });

  it('says what keeps a file from being made: a folder that is missing, or one that takes none', async () => {
    symlinkSync(join(path('nowhere'), 'x'), path('link'));
    for (const [output, hint] of [
      [join(path('missing'), 'x'), /There is no folder '.*missing': make it, or name another\.$/m],
      [
        path('link'),
        /It is a symbolic link that leads into a folder that isn't there: name another/,
      ],
      ['/proc/gapcap-none', /'\/proc' takes no new file: name one elsewhere\.$/m],
    ] as const) {
      const { stderr, status } = await runGapcap(['copy', lossy, '-w', output]);
      assert.match(stderr, hint);
      assert.equal(status, 1);
    }
  });
});
