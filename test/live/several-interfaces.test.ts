import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FloodResult, startFlood } from '../../src/lab/flood.js';
import { type GroundTruth, judgeCapture, judgeCaptures } from '../../src/lab/ground-truth.js';
import { readLinkSpeed } from '../../src/sys/ethtool.js';
import { createVethPair, deleteLink, setLinkDown, setLinkUp } from '../../src/sys/rtnetlink.js';
import { gapcapPath } from '../cli/gapcap-process.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { toolSkip } from '../support/tools.js';
import type { CaptureJson } from './capture-run.js';

const skip = liveSkip() || toolSkip('tshark');
if (skip === false) enterOwnNamespace();

interface EndedCapture {
  readonly status: number | null;
  readonly json: CaptureJson;
  readonly stderr: string;
}

/** The built command, capturing in this process's namespace. */
class Capture {
  readonly child: ChildProcess;
  readonly ended: Promise<EndedCapture>;

  private constructor(args: readonly string[], ready: () => void) {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    this.child = spawn(process.execPath, [gapcapPath, 'capture', '--json', ...args], {
      stdio: [...stdio],
      timeout: 120_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (stderr.includes('Ctrl-C ends')) ready();
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('close', (status) => {
        if (stdout === '') reject(new Error(`No JSON; it said: ${stderr}`));
        else resolve({ status, json: JSON.parse(stdout) as CaptureJson, stderr });
      });
    });
  }

  static start(...args: string[]): Promise<Capture> {
    return new Promise((resolve, reject) => {
      const capture = new Capture(args, () => resolve(capture));
      capture.ended.catch(reject);
    });
  }

  async end(): Promise<EndedCapture> {
    await sleep(150);
    this.child.kill('SIGINT');
    return this.ended;
  }

  async standStill(ms: number): Promise<void> {
    this.child.kill('SIGSTOP');
    await sleep(ms);
    this.child.kill('SIGCONT');
  }
}

/** Floods the far end of one pair. */
function flood(
  letter: string,
  options: { frameCount: number; ratePps?: number; firstSequence?: number },
) {
  const streamId = letter.charCodeAt(0);
  return startFlood({ interfaceName: `tx${letter}`, streamId, ...options });
}

async function floodToTheEnd(...args: Parameters<typeof flood>): Promise<FloodResult> {
  using running = await flood(...args);
  return await running.finished;
}

/** What tshark says of each frame: its time, and its interface's number. */
function framesOf(file: string): { readonly timeNs: bigint; readonly interfaceId: number }[] {
  const fields = ['-T', 'fields', '-e', 'frame.time_epoch', '-e', 'frame.interface_id'];
  const { stdout, stderr } = spawnSync('tshark', ['-n', '-r', file, ...fields], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.notEqual(stdout, '', stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [time = '', interfaceId] = line.split('\t');
      const [seconds = '', fraction = ''] = time.split('.');
      const timeNs = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
      return { timeNs, interfaceId: Number(interfaceId) };
    });
}

function countOutOfOrder(frames: readonly { readonly timeNs: bigint }[]): number {
  return frames.filter(({ timeNs }, i) => i > 0 && timeNs < frames[i - 1]!.timeNs).length;
}

/** Holds the file against the numbers in its frames, interface by interface. */
function assertTrue(truth: GroundTruth): void {
  assert.equal(truth.wrongCount, 0, JSON.stringify(truth.wrong));
  assert.equal(truth.disorder, 0);
  assert.equal(truth.foreignFrames, 0);
}

/** Every interface by itself: what was sent was received, and is delivered or in a gap. */
function assertLawful({ json, stderr }: EndedCapture, sent: readonly number[]): void {
  assert.deepEqual(
    json.interfaces.map(({ received }) => received),
    sent,
    stderr,
  );
  for (const [id, one] of json.interfaces.entries()) {
    assert.equal(one.frames + one.lost, one.received);
    const inGaps = json.gaps.filter((gap) => gap.interface === id);
    assert.equal(
      inGaps.reduce((sum, { lost }) => sum + lost, 0),
      one.lost,
    );
  }
}

describe('gapcap capture on several interfaces', { skip, timeout: 400_000 }, () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-several-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    for (const letter of ['a', 'b', 'c']) {
      createVethPair(`tx${letter}`, `rx${letter}`);
      setLinkUp(`rx${letter}`);
      setLinkUp(`tx${letter}`);
    }
  });
  afterEach(() => {
    for (const letter of ['a', 'b', 'c']) {
      try {
        deleteLink(`tx${letter}`);
      } catch {
        // The test has removed it.
      }
    }
  });

  it('puts frames in order of time into one file, with the gaps of each interface', async () => {
    const path = file('three.pcapng');
    const capture = await Capture.start(
      ...['-w', path, '-B', '512k', '--retire', '10'],
      ...['-i', 'rxa', '--block-size', '32k', '-i', 'rxb', '--engine', 'socket', '-i', 'rxc'],
    );
    using fast = await flood('a', { frameCount: 150_000, ratePps: 100_000 });
    using slow = await flood('b', { frameCount: 12_000, ratePps: 8000 });
    for (let stall = 0; stall < 3; stall++) {
      await sleep(250);
      await capture.standStill(150);
    }
    const sent = [(await fast.finished).sent, (await slow.finished).sent, 0];
    const ended = await capture.end();
    assert.equal(ended.status, 0, ended.stderr);
    assertLawful(ended, sent);
    assertTrue(judgeCapture(path, { firstSent: 1 }));
    const [a, b, c] = ended.json.interfaces;
    assert.ok(a!.lost > 0 && b!.lost > 0, JSON.stringify(ended.json.interfaces));
    assert.equal(c!.frames, 0);
    const frames = framesOf(path);
    assert.equal(frames.length, ended.json.frames);
    assert.equal(countOutOfOrder(frames), 0);
    assert.match(
      ended.stderr,
      /capturing on rxa \(ring of 512 KiB\), rxb \(queue of up to 512 KiB\), rxc \(ring of 512 KiB\)/,
    );
    assert.match(ended.stderr, /^rxa: [\d,]+ frames captured, 150,000 received by filter, /m);
    assert.match(ended.stderr, /^rxc: 0 frames captured, 0 received by filter, 0 dropped/m);
  });

  it('goes on with one interface while another is down, and takes that up again', async () => {
    const path = file('down.pcapng');
    const capture = await Capture.start('-w', path, '-i', 'rxa', '-i', 'rxb');
    using steady = await flood('a', { frameCount: 20_000, ratePps: 10_000 });
    await floodToTheEnd('b', { frameCount: 100 });
    await sleep(100);
    setLinkDown('rxb');
    await sleep(700);
    setLinkUp('rxb');
    await sleep(100);
    await floodToTheEnd('b', { frameCount: 50, firstSequence: 101 });
    await steady.finished;
    const ended = await capture.end();
    assert.equal(ended.status, 0, ended.stderr);
    assertLawful(ended, [20_000, 150]);
    assert.equal(ended.json.lost, 0);
    assertTrue(judgeCapture(path, { firstSent: 1 }));
    assert.equal(countOutOfOrder(framesOf(path)), 0);
  });

  it('says that one was removed, keeps its account, and goes on with the other', async () => {
    const path = file('removed.pcapng');
    const capture = await Capture.start('-w', path, '-i', 'rxa', '-i', 'rxb');
    using steady = await flood('a', { frameCount: 20_000, ratePps: 10_000 });
    await floodToTheEnd('b', { frameCount: 100 });
    await sleep(200);
    deleteLink('txb');
    await steady.finished;
    const ended = await capture.end();
    assert.equal(ended.status, 0, ended.stderr);
    assertLawful(ended, [20_000, 100]);
    assert.match(ended.stderr, /^gapcap: The interface rxb is gone\.$/m);
    assertTrue(judgeCapture(path, { firstSent: 1 }));
    assert.equal(countOutOfOrder(framesOf(path)), 0);
  });

  it('ends when the last interface is removed', async () => {
    const capture = await Capture.start('-w', file('all.pcapng'), '-i', 'rxa', '-i', 'rxb');
    deleteLink('txa');
    deleteLink('txb');
    const ended = await capture.ended;
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, /^ended because the interface is gone$/m);
  });

  for (const engine of ['ring', 'socket']) {
    it(`does not take another interface for the one that was removed while down (${engine})`, async () => {
      const capture = await Capture.start('-i', 'rxa', '--engine', engine);
      setLinkDown('rxa');
      await sleep(100);
      deleteLink('txa');
      createVethPair('txa', 'rxa');
      setLinkUp('rxa');
      const ended = await capture.ended;
      assert.equal(ended.status, 0, ended.stderr);
      assert.match(ended.stderr, /^ended because the interface is gone$/m);
    });
  }

  it('gives each interface its own filter, length and name', async () => {
    const path = file('own.pcapng');
    const capture = await Capture.start(
      ...['-w', path, '-s', '64', '-i', 'rxa', '--ifname', 'uplink', '-i', 'rxb', '-f', 'arp'],
      ...['-i', 'rxa', '-s', '80', '-f', 'not arp', '--ifdescr', 'once more'],
    );
    await floodToTheEnd('a', { frameCount: 10 });
    await floodToTheEnd('b', { frameCount: 10 });
    const ended = await capture.end();
    assertLawful(ended, [10, 0, 10]);
    const { stdout } = spawnSync('capinfos', [path], { encoding: 'utf8' });
    const described = stdout.split(/Interface #\d info:/).slice(1);
    const expected = [
      [/Name = uplink/, /Capture length = 64/],
      [/Name = rxb/, /Filter string = arp/, /Capture length = 64/],
      [/Name = rxa/, /Description = once more/, /Filter string = not arp/, /Capture length = 80/],
    ];
    assert.equal(described.length, 3, stdout);
    for (const [i, patterns] of expected.entries()) {
      for (const pattern of patterns) assert.match(described[i]!, pattern);
    }
    assert.match(ended.stderr, /capturing on uplink, rxb, rxa to .* \(ring of 64 MiB each\)/);
  });

  it('divides a series of files among interfaces so that each file obeys the law for each', async () => {
    const series = file('series.pcapng');
    const capture = await Capture.start(
      ...['-w', series, '-B', '256k', '--block-size', '16k', '-b', 'packets:1500'],
      ...['-i', 'rxa', '-i', 'rxb', '--engine', 'socket', '-i', 'rxc'],
    );
    using fast = await flood('a', { frameCount: 20_000, ratePps: 20_000 });
    using slow = await flood('b', { frameCount: 4000, ratePps: 4000 });
    await sleep(300);
    await capture.standStill(300);
    const sent = [(await fast.finished).sent, (await slow.finished).sent, 0];
    const { json, status, stderr } = await capture.end();
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      json.interfaces.map(({ received }) => received),
      sent,
    );
    assert.ok(json.interfaces[0]!.lost > 0, stderr);
    const files = (json.files ?? []).map((one) => one.file);
    assert.equal(files.length, Math.floor(json.frames / 1500) + 1);
    assertTrue(judgeCaptures(files, { firstSent: 1 }));
    const frames = files.flatMap(framesOf);
    assert.equal(frames.length, json.frames);
    assert.equal(countOutOfOrder(frames), 0);
  });

  for (const [wanted, status] of [
    [1, 0],
    [1_000_000, 5],
  ] as const) {
    it(`ends with ${status} for losses behind ${wanted} frames at most, with --fail-on-loss`, async () => {
      const limits = ['-c', String(wanted), '-a', 'duration:2', '--fail-on-loss'];
      const small = ['-B', '64k', '--block-size', '4k'];
      const capture = await Capture.start('-i', 'rxa', ...small, '-i', 'rxb', ...limits);
      capture.child.kill('SIGSTOP');
      await floodToTheEnd('a', { frameCount: 20_000 });
      capture.child.kill('SIGCONT');
      const ended = await capture.ended;
      assert.ok(ended.json.lost > 10_000, ended.stderr);
      assert.equal(ended.status, status, ended.stderr);
    });
  }

  it('tells the speed of an interface where its driver knows it', () => {
    assert.equal(readLinkSpeed('rxa'), 10_000_000_000n);
    assert.equal(readLinkSpeed('lo'), undefined);
    assert.equal(readLinkSpeed('nosuch'), undefined);
  });
});
