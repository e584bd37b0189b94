import assert from 'node:assert/strict';
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
import { gapcapPath, runGapcap } from './gapcap-process.js';

interface LossJson {
  file: string | null;
  frames: number;
  lost: number;
  interfaces: { received: number; finalGap: number }[];
  gaps: { lost: number; after: number | null; before: number | null; certainty: string }[];
}

interface SimulationJson extends LossJson {
  simulation: {
    received: number;
    delivered: number;
    dropped: number;
    gaps: number;
    finalGap: number;
    worstBacklog: { frames: number; bytes: number; at: string } | null;
  };
}

interface SweepJson {
  sweep: { buffer: { bytes: number }; rate: number; dropped: number; lossShare: number }[];
}

/** A second of frames, of which a stall of 100 ms loses most. */
const LOSSY = ['--rate', '100k', '--seconds', '1', '--stall', 'at:200ms:100ms'];

describe('gapcap simulate', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-cli-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function simulate(...args: string[]): Promise<string> {
    const run = await runGapcap(['simulate', ...args], { cwd: folder });
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stderr, '');
    return run.stdout;
  }

  async function refuses(status: number, args: readonly string[], sentence: RegExp): Promise<void> {
    const run = await runGapcap(['simulate', ...args], { cwd: folder });
    assert.equal(run.status, status, run.stderr);
    assert.equal(run.stdout, '');
    assert.match(run.stderr, /^gapcap: [^\n]+\n$/);
    assert.match(run.stderr, sentence);
  }

  it('prints what is simulated, a table, and the gaps', async () => {
    const text = await simulate(...LOSSY, '--buffer', 'socket:400k');
    // 819,200 bytes at 832 a frame: 985 frames are queued, the others of the stall are lost.
    assert.equal(
      text,
      `constant 100,000 frames a second of 60 bytes, 1 s; socket queue of 400 KiB
received  delivered  dropped  gaps           worst backlog          at
 100,000     90,985    9,015     1  985 frames (800.3 KiB)  0.209840 s
90,985 frames, 9,015 lost in 1 gap, 9.01 % of 100,000 received
  9,015 frames lost between frames 20,985 and 20,986 (90.16 ms)
`,
    );
  });

  it('writes a file that gapcap gaps reads back to the same account', async () => {
    for (const buffer of ['socket:400k', 'ring:512k/64k/8ms']) {
      const json = await simulate(...LOSSY, '--buffer', buffer, '-w', 'w.pcapng', '--json');
      const { simulation, ...loss } = JSON.parse(json) as SimulationJson;
      const gaps = await runGapcap(['gaps', '--json', 'w.pcapng'], { cwd: folder });
      assert.equal(gaps.status, 0, gaps.stderr);
      assert.deepEqual(JSON.parse(gaps.stdout), loss);
      assert.equal(simulation.dropped, loss.lost);
      assert.equal(simulation.delivered, loss.frames);
      assert.equal(simulation.received, loss.interfaces[0]!.received);
      assert.ok(simulation.dropped > 5000);
      assert.ok(loss.gaps.every(({ certainty }) => certainty === 'exact'));
    }
  });

  it('records a final gap where the traffic ends in a loss', async () => {
    const json = await simulate(
      ...['--rate', '100k', '--seconds', '0.3', '--stall', 'at:200ms:1s'],
      ...['--buffer', 'socket:400k', '--json'],
    );
    const { gaps, simulation, interfaces } = JSON.parse(json) as SimulationJson;
    assert.deepEqual(gaps.at(-1), { ...gaps.at(-1)!, before: null, lost: 9015, after: 20_985 });
    assert.deepEqual([simulation.finalGap, interfaces[0]!.finalGap], [9015, 9015]);
  });

  it('writes to standard output for another program', async () => {
    const run = await runGapcap(['simulate', '--rate', '1k', '--frames', '5', '-w', '-', '-q'], {
      cwd: folder,
    });
    assert.equal(run.status, 0);
    assert.ok(run.stdout.startsWith('\n\r\r\n'), 'a section header');
    assert.match(run.stderr, /^5 frames, none lost$/m);
  });

  it('gives the same each time, and something else with another seed', async () => {
    const random = ['--rate', '100k', '--traffic', 'poisson', '--frames', '20000', '--json'];
    const slow = [...random, '--reader-fps', '90k', '--wakeup', '50us', '--buffer', 'ring:64k'];
    const [a, b, c] = [
      await simulate(...slow),
      await simulate(...slow),
      await simulate(...slow, '--seed', '2'),
    ];
    assert.equal(a, b);
    assert.notEqual(a, c);
  });

  it('replays a capture file, faster if asked, from the moment of its first frame', async () => {
    await simulate('--rate', '10k', '--seconds', '1', '--size', 'imix', '-w', 'from.pcapng');
    const asRecorded = JSON.parse(
      await simulate('--from', 'from.pcapng', '--json'),
    ) as SimulationJson;
    assert.deepEqual([asRecorded.frames, asRecorded.lost], [10_000, 0]);
    const fast = JSON.parse(
      await simulate(
        ...['--from', 'from.pcapng', '--speed', '100', '--reader-bps', '10M'],
        ...['--buffer', 'socket:1M', '--json', '-w', 'fast.pcapng'],
      ),
    ) as SimulationJson;
    assert.equal(fast.simulation.received, 10_000);
    assert.ok(fast.lost > 1000);
    const bytes = readFileSync(join(folder, 'fast.pcapng'));
    assert.ok(bytes.length < readFileSync(join(folder, 'from.pcapng')).length);
  });

  it('says what the traffic of a file leaves out', async () => {
    await simulate(...LOSSY, '--buffer', 'socket:400k', '-w', 'lossy.pcapng');
    const lossy = await runGapcap(['simulate', '--from', 'lossy.pcapng'], { cwd: folder });
    assert.equal(lossy.status, 0);
    assert.match(lossy.stderr, /^gapcap: lossy\.pcapng itself lacks 9,015 frames, [^\n]+\n$/);
    const whole = readFileSync(join(folder, 'lossy.pcapng'));
    writeFileSync(join(folder, 'cut.pcapng'), whole.subarray(0, 100_001));
    const cut = await runGapcap(['simulate', '--from', 'cut.pcapng'], { cwd: folder });
    assert.equal(cut.status, 0);
    assert.match(cut.stderr, /^gapcap: cut\.pcapng is truncated: [^\n]+\n$/);
    assert.match(cut.stdout, /^\d+ frames, none lost$|^[\d,]+ frames, none lost$/m);
  });

  it('finds the least buffer that loses nothing, and one byte or block less loses', async () => {
    const found = await simulate(...LOSSY, '--find-buffer', '--buffer', 'socket:64M', '--json');
    const { least, setBy } = JSON.parse(found) as {
      least: { receiveBufferBytes: number; options: string };
      setBy: { frame: number; at: string };
    };
    // 10,000 frames arrive in the stall; the last must find less than the limit before it.
    assert.equal(least.receiveBufferBytes, 9999 * 832 + 1);
    assert.deepEqual(setBy, { frame: 30_000, at: '0.299990000' });
    assert.equal(least.options, `--engine socket -B ${(9999 * 832 + 2) / 2}B`);
    const text = await simulate(...LOSSY, '--find-buffer');
    assert.match(text, /^The least ring that loses nothing: \d+ blocks of 512 KiB, /);
    assert.match(text, /^ {2}set by frame [\d,]+ of 100,000, 0\.\d{6} s after/m);
    const [, blocks] = /nothing: (\d+) blocks/.exec(text)!;
    const lossOf = async (count: number): Promise<number> => {
      const json = await simulate(...LOSSY, '--buffer', `ring:${count * 512}k/512k`, '--json');
      return (JSON.parse(json) as SimulationJson).lost;
    };
    assert.equal(await lossOf(Number(blocks)), 0);
    assert.ok((await lossOf(Number(blocks) - 1)) > 0);
  });

  it('fails with an answer where no buffer that is allowed would do', async () => {
    const run = await runGapcap(['simulate', ...LOSSY, '--find-buffer', '--buffer', 'socket:1M'], {
      cwd: folder,
    });
    assert.equal(run.status, 1);
    assert.match(run.stdout, /^Even a socket queue of 1 MiB loses [\d,]+ frames of 100,000\.$/m);
  });

  it('sweeps over buffers and rates, as a table and as JSON', async () => {
    const lists = ['--rate', '50k,200k', '--buffer', 'socket:400k,socket:4M,socket:40M'];
    const common = ['--sweep', ...lists, '--seconds', '1', '--stall', 'at:200ms:100ms'];
    const lines = (await simulate(...common)).trimEnd().split('\n');
    assert.match(lines[0]!, /^buffer +50,000\/s +200,000\/s$/);
    assert.deepEqual(
      lines.slice(1).map((line) => line.split(/ {2,}/)),
      [
        ['socket 400 KiB', '8.03 %', '9.51 %'],
        ['socket 4 MiB', '0 %', '4.96 %'],
        ['socket 40 MiB', '0 %', '0 %'],
      ],
    );
    const { sweep } = JSON.parse(await simulate(...common, '--json')) as SweepJson;
    assert.deepEqual(
      sweep.map(({ buffer, rate, dropped }) => [buffer.bytes, rate, dropped]),
      [
        [409_600, 50_000, 4015],
        [409_600, 200_000, 19_015],
        [4_194_304, 50_000, 0],
        [4_194_304, 200_000, 9917],
        [41_943_040, 50_000, 0],
        [41_943_040, 200_000, 0],
      ],
    );
  });

  it('ends with status 5 where frames were lost and that was asked for', async () => {
    const small = ['--buffer', 'socket:400k', '--fail-on-loss'];
    const lossy = await runGapcap(['simulate', ...LOSSY, ...small], { cwd: folder });
    assert.equal(lossy.status, 5);
    const whole = await runGapcap(['simulate', '--rate', '1k', ...small], { cwd: folder });
    assert.equal(whole.status, 0);
  });

  it('refuses what makes no sense, in one sentence', async () => {
    await refuses(2, [], /needs traffic: --rate N or --from FILE/);
    await refuses(2, ['--rate', '0'], /'0' is no rate/);
    await refuses(2, ['--rate', '1M', '--from', 'x'], /--rate contradicts --from/);
    await refuses(2, ['--rate', '1M', '--buffer', 'socket:100'], /not even one frame.*socket:416/);
    await refuses(2, ['--rate', '1M', '--buffer', 'ring:100'], /no room for two blocks/);
    await refuses(2, ['--rate', '1M', '--buffer', 'ring:64k/5000'], /5000 bytes.*4096/);
  });

  it('says what is wrong with a file', async () => {
    writeFileSync(join(folder, 'empty'), '');
    await refuses(1, ['--from', 'empty'], /empty is empty/);
    await refuses(1, ['--from', 'nowhere'], /nowhere.*ENOENT/);
    copyFileSync(gapcapPath, join(folder, 'code'));
    await refuses(1, ['--from', 'code'], /code is no capture file/);
    await simulate('--rate', '1', '--frames', '1', '-w', 'one.pcapng');
    const bytes = readFileSync(join(folder, 'one.pcapng'));
    // The section and the interface alone: what follows is the frame's block.
    const end = bytes.readUInt32LE(4) + bytes.readUInt32LE(bytes.readUInt32LE(4) + 4);
    writeFileSync(join(folder, 'none'), bytes.subarray(0, end));
    await refuses(1, ['--from', 'none'], /none holds no frame to replay\. /);
    writeFileSync(join(folder, 'cut'), bytes.subarray(0, end + 10));
    await refuses(1, ['--from', 'cut'], /cut holds no frame to replay: it is truncated/);
  });

  it('refuses to write over the file that it reads', async () => {
    await simulate('--rate', '1', '--frames', '3', '-w', 'input.pcapng');
    const before = readFileSync(join(folder, 'input.pcapng'));
    symlinkSync('input.pcapng', join(folder, 'alias.pcapng'));
    for (const output of ['input.pcapng', './input.pcapng', 'alias.pcapng']) {
      await refuses(2, ['--from', 'input.pcapng', '-w', output], /read and cannot be written/);
    }
    assert.deepEqual(readFileSync(join(folder, 'input.pcapng')), before);
  });

  it('leaves no file where the simulation cannot begin', async () => {
    await refuses(1, ['--rate', '1k', '-w', 'no/such/x.pcapng'], /no\/such\/x\.pcapng.*ENOENT/);
  });
});
