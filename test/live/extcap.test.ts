import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { judgeCaptures } from '../../src/lab/ground-truth.js';
import { gapcapPath } from '../cli/gapcap-process.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { toolSkip } from '../support/tools.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-extcap-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A home of one's own, so that tshark finds what is installed there and nothing of the user's. */
const environment = { ...process.env, HOME: join(folder, 'home'), XDG_CONFIG_HOME: undefined };

/** Waits until `find` finds something, at most a minute. */
async function until<Found>(what: string, find: () => Found | undefined): Promise<Found> {
  for (let tries = 0; tries < 1_200; tries++) {
    const found = find();
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new Error(`${what} didn't come within a minute`);
}

/** The process that captures from an interface for Wireshark. */
function extcapProcess(interfaceName: string): number | undefined {
  const wanted = `--extcap-interface\0gapcap-${interfaceName}\0`;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (command.includes(wanted) && command.includes('--capture')) return Number(pid);
    } catch {
      // It has ended meanwhile.
    }
  }
  return undefined;
}

/** tshark at the receiving end, capturing through gapcap. */
class TsharkRun {
  readonly #child: ChildProcess;
  readonly finished: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(network: TestNetwork, args: readonly string[]) {
    const { receiver } = network;
    const all = ['-l', '-i', `gapcap-${receiver.interfaceName}`, ...args];
    this.#child = network.spawn(receiver, 'tshark', all, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment,
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.finished = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Waits until frames are let in and returns the capturing process. */
  async capturing(interfaceName: string): Promise<number> {
    const pid = await until(`The capture (${this.stderr})`, () => extcapProcess(interfaceName));
    await until('The packet socket', () =>
      readdirSync(`/proc/${pid}/fdinfo`).length > 0 && hasPipe(pid) ? true : undefined,
    );
    await sleep(300);
    return pid;
  }

  async stop(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.finished;
  }
}

/** Whether the process has opened Wireshark's pipe, which it does before it lets frames in. */
function hasPipe(pid: number): boolean {
  const { stdout } = spawnSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
  return stdout.includes('wireshark_extcap');
}

describe('gapcap as an interface of tshark', {
  skip: liveSkip() || toolSkip('tshark'),
  timeout: 400_000,
}, () => {
  before(() => {
    mkdirSync(environment.HOME, { recursive: true });
    const install = spawnSync(process.execPath, [gapcapPath, 'extcap', '--install'], {
      env: environment,
      encoding: 'utf8',
    });
    assert.equal(install.status, 0, install.stderr);
    assert.match(install.stdout, new RegExp(`^installed: ${environment.HOME}/.*/extcap/gapcap\n$`));
  });

  it('is in the list that tshark prints', () => {
    using network = new TestNetwork();
    const { receiver } = network;
    const { stdout } = spawnSync('ip', ['netns', 'exec', receiver.namespace, 'tshark', '-D'], {
      env: environment,
      encoding: 'utf8',
    });
    const name = receiver.interfaceName;
    assert.match(stdout, new RegExp(`^\\d+\\. gapcap-${name} \\(${name} \\(gapcap\\)\\)$`, 'm'));
    assert.match(stdout, /^\d+\. gapcap-any \(any \(gapcap\)\)$/m);
  });

  for (const engine of ['ring', 'socket'] as const) {
    it(`shows each gap live as frame.drop_count (${engine})`, async () => {
      using network = new TestNetwork();
      const { interfaceName } = network.receiver;
      const file = join(folder, `${engine}.pcapng`);
      const preference = (name: string, value: string): string[] => [
        '-o',
        `extcap.gapcap_${interfaceName}.${name}:${value}`,
      ];
      const run = new TsharkRun(network, [
        ...preference('buffersize', '1'),
        ...preference('engine', engine),
        ...['-w', file, '-P', '-T', 'fields', '-e', 'frame.number', '-e', 'frame.drop_count'],
      ]);
      const pid = await run.capturing(interfaceName);
      let sent = 0;
      for (let i = 0; i < 3; i++) {
        process.kill(pid, 'SIGSTOP');
        sent += (await network.flood({ frameCount: 30_000, firstSequence: sent + 1 })).sent;
        process.kill(pid, 'SIGCONT');
        await sleep(300);
      }
      sent += (await network.flood({ frameCount: 10, firstSequence: sent + 1 })).sent;
      const lastShown = await until('The last frame', () => {
        const lines = run.stdout.trimEnd().split('\n');
        const frames = judgedFrames(lines);
        return frames.lost + frames.count === sent ? frames : undefined;
      });
      assert.equal(await run.stop(), 0, run.stderr);
      assert.ok(lastShown.gaps >= 3, `${lastShown.gaps} gaps`);
      const truth = judgeCaptures([file], { firstSent: 1 });
      // Wireshark stops reading before gapcap can say its totals: those are not in the file.
      const places = truth.wrong.filter(({ frame }) => frame !== undefined);
      assert.deepEqual(places, []);
      assert.equal(truth.frames, lastShown.count);
      assert.equal(truth.missingTotal, lastShown.lost);
      assert.equal(extcapProcess(interfaceName), undefined, 'nothing is left running');
    });
  }

  it('captures what the filter of tshark takes, and refuses a bad one', async () => {
    using network = new TestNetwork();
    const { interfaceName } = network.receiver;
    const run = new TsharkRun(network, ['-f', 'greater 200', '-T', 'fields', '-e', 'frame.len']);
    await run.capturing(interfaceName);
    await network.flood({ frameCount: 20, frameLength: 100 });
    await network.flood({ frameCount: 5, frameLength: 300 });
    await until('A frame', () => (run.stdout.includes('300') ? true : undefined));
    assert.equal(await run.stop(), 0, run.stderr);
    assert.deepEqual(run.stdout.trim().split('\n'), Array(5).fill('300'));

    const refused = new TsharkRun(network, ['-f', 'port http and']);
    assert.notEqual(await refused.finished, 0);
    assert.match(refused.stderr, /Can't compile the filter 'port http and'/);
  });

  it('leaves no process behind when tshark is killed', async () => {
    using network = new TestNetwork();
    const { interfaceName } = network.receiver;
    const run = new TsharkRun(network, ['-T', 'fields', '-e', 'frame.len']);
    const pid = await run.capturing(interfaceName);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    process.kill(Number(/^PPid:\s+(\d+)$/m.exec(status)![1]), 'SIGKILL');
    await until('Its end', () => extcapProcess(interfaceName) === undefined || undefined);
  });
});

function judgedFrames(lines: readonly string[]): { count: number; lost: number; gaps: number } {
  const counts = lines.map((line) => Number(line.split('\t')[1] || 0));
  const lost = counts.reduce((sum, count) => sum + count, 0);
  return { count: lines.length, lost, gaps: counts.filter((count) => count > 0).length };
}
