import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
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
import { gunzipSync } from 'node:zlib';
import { toolSkip } from '../support/tools.js';
import { type FinishedProcess, gapcapPath, type RunOptions, runGapcap } from './gapcap-process.js';
import { backgroundSender, inLoneNetwork, loneNetworkObstacle } from './lone-network.js';
import { countBlocks } from './pcapng-file.js';

interface FileJson {
  readonly file: string;
  readonly format: string;
  readonly frames: number;
  readonly interfaces: readonly { name: string; frames: number; received: number }[];
}

interface RunJson extends FileJson {
  readonly files?: readonly FileJson[];
  readonly unwritten?: number;
}

/** Calls once for each text, when it has come. */
function whenSaid(
  ...steps: readonly [text: string, act: (child: ChildProcess) => void][]
): NonNullable<RunOptions['onStderr']> {
  const waiting = [...steps];
  return (stderr, child) => {
    while (waiting.length > 0 && stderr.includes(waiting[0]![0])) waiting.shift()![1](child);
  };
}

describe('the files of gapcap capture', { skip: loneNetworkObstacle() }, () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  const series = (name: string): string[] =>
    readdirSync(folder)
      .filter((file) => file.startsWith(`${name}_`))
      .sort()
      .map(path);
  /** Runs `capture` on the loopback interface of a network in which datagrams are sent. */
  const capture = (args: readonly string[], options: RunOptions = {}): Promise<FinishedProcess> =>
    runGapcap(['capture', '-i', 'lo', ...args], {
      wrapper: inLoneNetwork(backgroundSender(2)),
      ...options,
    });
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-files-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('end by number, each whole, and stop with -a files', async () => {
    const args = ['-w', path('n.pcapng'), '-b', 'packets:20', '-a', 'files:3', '--json'];
    const run = await capture(args);
    assert.equal(run.status, 0, run.stderr);
    const files = series('n');
    assert.equal(files.length, 3);
    for (const [i, file] of files.entries()) {
      assert.match(file, new RegExp(`/n_0000${i + 1}_20\\d{12}\\.pcapng$`));
      const expected = { sections: 1, interfaces: 1, frames: 20, statistics: 1 };
      assert.deepEqual(countBlocks(file), expected);
    }
    const json = JSON.parse(run.stdout) as RunJson;
    assert.equal(json.frames, 60);
    assert.deepEqual(
      json.files!.map(({ file, frames, interfaces }) => [file, frames, interfaces[0]!.frames]),
      files.map((file) => [file, 20, 20]),
    );
    assert.match(run.stderr, /^3 files written$/m);
  });

  it('end with the frame that reaches the size, without -b the capture too', async () => {
    const run = await capture(['-w', path('size.pcapng'), '-a', 'filesize:8', '-q']);
    assert.equal(run.status, 0, run.stderr);
    const { size } = statSync(path('size.pcapng'));
    // A frame of 142 bytes and the statistics at the end are beyond it.
    assert.ok(size >= 8000 && size < 8500, `${size}`);
  });

  it('are the newest N only, each told of once when it is whole', async () => {
    const names = path('names.txt');
    const args = ['-w', path('ring.pcapng'), '-b', 'packets:10', '-b', 'files:2', '-c', '65'];
    const run = await capture([...args, '-b', `printname:${names}`]);
    assert.equal(run.status, 0, run.stderr);
    const told = readFileSync(names, 'utf8').trimEnd().split('\n');
    assert.equal(told.length, 7);
    assert.deepEqual(series('ring'), told.slice(-2));
    assert.equal(countBlocks(told.at(-1)!).frames, 5);
  });

  it('begin at multiples of the interval, also without frames', async () => {
    const run = await capture(['-w', path('i.pcapng'), '-b', 'interval:1', '-a', 'duration:2.6'], {
      wrapper: inLoneNetwork(),
    });
    assert.equal(run.status, 0, run.stderr);
    const files = series('i');
    assert.ok(files.length === 3 || files.length === 4, `${files.length} files`);
    for (const file of files) assert.equal(countBlocks(file).statistics, 1);
  });

  it('begin on SIGHUP where there is a series', async () => {
    const run = await capture(['-w', path('hup.pcapng'), '-b', 'duration:60', '--json'], {
      onStderr: whenSaid([
        'Ctrl-C ends',
        (child) => {
          setTimeout(() => child.kill('SIGHUP'), 300);
          setTimeout(() => child.kill('SIGHUP'), 500);
          setTimeout(() => child.kill('SIGINT'), 700);
        },
      ]),
    });
    assert.equal(run.status, 0, run.stderr);
    const json = JSON.parse(run.stdout) as RunJson;
    assert.equal(json.files!.length, 3);
    const counted = series('hup').map((file) => countBlocks(file).frames);
    assert.ok(counted.every((frames) => frames > 0));
    assert.equal(
      counted.reduce((sum, frames) => sum + frames),
      json.interfaces[0]!.received,
    );
  });

  it('end with the capture when the terminal of a series is closed', () => {
    const [program, ...rest] = inLoneNetwork(backgroundSender(2));
    const inner = `"${process.execPath}" "${gapcapPath}" capture -i lo -w ${path('tty.pcapng')} -b duration:60`;
    // `script` is the terminal: when it is killed, the capture gets SIGHUP and has no terminal left.
    const command =
      'script -qc "$0" /dev/null < /dev/null > /dev/null & sleep 2; kill -9 $!; sleep 1';
    const run = spawnSync(program!, [...rest, 'sh', '-c', command, inner], { timeout: 60_000 });
    assert.equal(run.status, 0);
    const files = series('tty');
    assert.equal(files.length, 1);
    assert.equal(countBlocks(files[0]!).statistics, 1);
  });

  it('are each handed to the command, which is told of where it fails', async () => {
    const script = path('hook.sh');
    const seen = path('seen.txt');
    writeFileSync(
      script,
      `#!/bin/sh\necho "$# $1" >> '${seen}'\ncase $1 in *_00002_*) exit 3;; esac\n`,
    );
    chmodSync(script, 0o755);
    const args = ['-w', path("it's; hook.pcapng"), '-b', 'packets:10', '-c', '25', '-q'];
    const run = await capture([...args, '--postrotate', script]);
    assert.equal(run.status, 0, run.stderr);
    const lines = readFileSync(seen, 'utf8').trimEnd().split('\n').sort();
    assert.deepEqual(
      lines,
      series("it's; hook").map((file) => `1 ${file}`),
    );
    assert.match(
      run.stderr,
      /^gapcap: --postrotate: '.*hook\.sh' ended with status 3 \(.*_00002_/m,
    );
    const missing = await capture([...args, '--postrotate', path('none')]);
    assert.equal(missing.status, 0);
    assert.match(
      missing.stderr,
      /none' can't be run: ENOENT \(.*\)\. Name a program that is there/,
    );
  });

  it('are whole to the last one where the next cannot be opened, and the status is 1', async () => {
    const inner = path('moved');
    spawnSync('mkdir', [inner]);
    const run = await capture(['-w', join(inner, 'm.pcapng'), '-b', 'duration:0.5', '--json'], {
      onStderr: whenSaid(['Ctrl-C ends', () => spawnSync('mv', [inner, `${inner}-away`])]),
    });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /gapcap: Can't write the capture file '.*m_00002_.*ENOENT/);
    const json = JSON.parse(run.stdout) as RunJson;
    const [file] = readdirSync(`${inner}-away`);
    const blocks = countBlocks(join(`${inner}-away`, file!));
    assert.equal(blocks.statistics, 1);
    assert.equal(blocks.frames, json.frames);
    assert.equal(blocks.frames, json.interfaces[0]!.received);
  });

  for (const [name, options] of [
    ['full.pcapng', []],
    ['full.pcapng.gz', []],
    ['full.pcap', ['-F', 'pcap']],
  ] as const) {
    it(`end with their last whole frame where the disk is full (${name})`, async () => {
      const small = path('small');
      const copy = path(`copy-${name}`);
      const script = `mkdir -p ${small} && mount -t tmpfs -o size=256k none ${small}
        ip link set lo up\n${backgroundSender(0)}\n"$@"; s=$?; cp ${small}/${name} ${copy}; exit $s`;
      const wrapper = ['unshare', '--map-root-user', '--net', '--mount', 'sh', '-c', script, 'sh'];
      const args = ['-i', 'lo', '-w', join(small, name), '--json', '-a', 'duration:15', ...options];
      const run = await runGapcap(['capture', ...args], { wrapper });
      assert.equal(run.status, 1, run.stderr);
      assert.match(run.stderr, /gapcap: Can't write to the capture file .*ENOSPC.*is whole/);
      const json = JSON.parse(run.stdout) as RunJson;
      assert.ok(json.unwritten! > 0);
      assert.match(run.stderr, /frames? captured after the last one written/);
      const listed = await runGapcap(['gaps', '--json', copy]);
      assert.equal(listed.status, 0, listed.stderr);
      const recorded = JSON.parse(listed.stdout) as RunJson & { truncated: boolean };
      assert.equal(recorded.truncated, false);
      assert.equal(recorded.frames, json.frames - json.unwritten!);
    });
  }

  it('are compressed by name, and readable by gzip', async () => {
    const file = path('z.pcapng.gz');
    const run = await capture(['-w', file, '-c', '300', '-q']);
    assert.equal(run.status, 0, run.stderr);
    writeFileSync(path('z.pcapng'), gunzipSync(readFileSync(file)));
    const expected = { sections: 1, interfaces: 1, frames: 300, statistics: 1 };
    assert.deepEqual(countBlocks(path('z.pcapng')), expected);
    const plain = path('plain.pcapng.gz');
    await capture(['-w', plain, '-c', '3', '-q', '--compress', 'none']);
    assert.equal(countBlocks(plain).frames, 3);
  });

  it('are readable by their owner alone, or with -g by the group too', async () => {
    await capture(['-w', path('mine.pcapng'), '-c', '1', '-q']);
    assert.equal(statSync(path('mine.pcapng')).mode & 0o777, 0o600);
    await capture(['-w', path('ours.pcapng'), '-c', '1', '-q', '-g']);
    assert.equal(statSync(path('ours.pcapng')).mode & 0o777, 0o640);
  });

  it('say what they were told to say', { skip: toolSkip('capinfos') }, async () => {
    const file = path('said.pcapng');
    const names = ['--ifname', 'uplink', '--ifdescr', 'to the world'];
    const run = await capture(['-w', file, '-c', '5', '--capture-comment', 'rack 7', ...names]);
    assert.equal(run.status, 0, run.stderr);
    const { stdout } = spawnSync('capinfos', [file], { encoding: 'utf8' });
    assert.match(stdout, /Capture comment: +rack 7/);
    assert.match(stdout, /Name = uplink/);
    assert.match(stdout, /Description = to the world/);
  });

  it('may be pcap, with a word on what that cannot hold', {
    skip: toolSkip('tshark'),
  }, async () => {
    const file = path('old.pcap');
    const run = await capture(['-w', file, '-F', 'pcap', '-c', '9', '--json']);
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stderr, /^a pcap file can't hold gaps/);
    assert.equal((JSON.parse(run.stdout) as RunJson).format, 'pcap');
    assert.equal(readFileSync(file).readUInt32LE(0), 0xa1b23c4d);
    const { stdout } = spawnSync('tshark', ['-r', file, '-T', 'fields', '-e', 'udp.dstport'], {
      encoding: 'utf8',
    });
    assert.equal(stdout, '9\n'.repeat(9));
  });
});

describe('gapcap capture while it runs', { skip: loneNetworkObstacle() }, () => {
  const wrapper = inLoneNetwork(backgroundSender(5));
  const start = ['capture', '-i', 'lo', '-w', '/dev/null'];

  it('tells the counts so far on SIGUSR1 and goes on', async () => {
    const run = await runGapcap(start, {
      wrapper,
      onStderr: whenSaid(
        ['Ctrl-C ends', (child) => setTimeout(() => child.kill('SIGUSR1'), 300)],
        ['so far: ', (child) => setTimeout(() => child.kill('SIGINT'), 200)],
      ),
    });
    assert.equal(run.status, 0, run.stderr);
    const counts = [...run.stderr.matchAll(/^(?:so far: )?([\d,]+) frames? captured, /gm)];
    assert.equal(counts.length, 2);
    assert.ok(Number(counts[0]![1]) < Number(counts[1]![1]));
  });

  it('prints a line of statistics a second with -S', async () => {
    const begun = performance.now();
    const run = await runGapcap([...start, '-S', '-a', 'duration:2.5'], { wrapper });
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /^Interface +Received +Dropped\n(lo +\d+ +0\n){2,}$/);
    // On a busy machine the capture may end late, and tell of that second too.
    const seconds = (performance.now() - begun) / 1000;
    assert.ok(run.stdout.split('\n').length - 2 <= seconds, run.stdout);
  });

  it('prints its events as JSON lines before the result', async () => {
    const args = ['-S', '--json', '--print-gaps', '-B', '64k', '--block-size', '4k'];
    const run = await runGapcap([...start, ...args, '-a', 'duration:2.5'], {
      wrapper: inLoneNetwork(backgroundSender(0)),
      onStderr: whenSaid([
        'Ctrl-C ends',
        (child) => {
          setTimeout(() => child.kill('SIGSTOP'), 300);
          setTimeout(() => child.kill('SIGCONT'), 1300);
          setTimeout(() => child.kill('SIGUSR1'), 1500);
        },
      ]),
    });
    assert.equal(run.status, 0, run.stderr);
    type Line = { event?: string; lost?: number; gaps?: { lost: number }[] };
    const lines = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const result = lines.pop()!;
    assert.equal(result.event, undefined);
    const gaps = lines.filter(({ event }) => event === 'gap');
    assert.deepEqual(
      gaps.map(({ lost }) => lost),
      result.gaps!.map(({ lost }) => lost),
    );
    assert.ok(result.lost! > 0);
    assert.equal(lines.filter(({ event }) => event === 'counts').length, 1);
    assert.ok(lines.some(({ event }) => event === 'statistics'));
  });

  it('prints gaps as sentences with --print-gaps', async () => {
    const args = ['-w', '/dev/null', '--print-gaps', '-B', '64k', '--block-size', '4k'];
    const run = await runGapcap(['capture', '-i', 'lo', ...args, '-a', 'duration:2'], {
      wrapper: inLoneNetwork(backgroundSender(0)),
      onStderr: whenSaid([
        'Ctrl-C ends',
        (child) => {
          setTimeout(() => child.kill('SIGSTOP'), 300);
          setTimeout(() => child.kill('SIGCONT'), 1300);
        },
      ]),
    });
    assert.match(
      run.stdout,
      /^\/dev\/null: (?:[\d,]+ to )?[\d,]+ frames? lost between frames [\d,]+ and [\d,]+ on lo \(/m,
    );
  });

  it('ends by itself when nobody reads its file any more, and says what nobody got', () => {
    const [program, ...rest] = inLoneNetwork(backgroundSender(1));
    const command = '{ "$0" "$1" capture -i lo -w -; echo "status $?" >&2; } | head -c 100';
    const args = [...rest, 'sh', '-c', command, process.execPath, gapcapPath];
    const run = spawnSync(program!, args, { encoding: 'utf8', timeout: 60_000 });
    assert.match(run.stderr, /\n[\d,]+ frames? captured after the last one written\nstatus 0\n$/);
    assert.doesNotMatch(run.stderr, /EPIPE/);
  });
});
