/**
 * Private networks for live tests: uniquely named namespaces joined by a silent veth pair, removed
 * whatever happens.
 */

import {
  type ChildProcess,
  execFileSync,
  type SpawnOptions,
  spawn,
  spawnSync,
} from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { libc, systemCallError } from '../../src/sys/libc.js';

const PREFIX = 'gapcap-';
const CLONE_NEWNET = 0x40000000;

/** Namespaces of this process that exist now. */
const living = new Set<string>();
let counter = 0;
let prepared = false;
let reason: string | undefined | null = null;

/** Why live tests can't run here; undefined where they can. */
export function liveUnavailable(): string | undefined {
  if (reason === null) reason = findReason();
  return reason;
}

/**
 * For a test's options, `{ skip: liveSkip() }`: the reason, or false where the test can run. Where
 * live tests are demanded (GAPCAP_REQUIRE_LIVE=1) it throws instead, so that the run fails.
 */
export function liveSkip(): string | false {
  const why = liveUnavailable();
  if (why === undefined) return false;
  const { GAPCAP_REQUIRE_LIVE: required } = process.env;
  if (required === '1') {
    throw new Error(`GAPCAP_REQUIRE_LIVE is set, but live tests can't run: ${why}`);
  }
  return why;
}

/** One end of the pair. */
export interface NetworkEnd {
  readonly namespace: string;
  readonly interfaceName: string;
}

/** What a `TestNetwork` is made with. */
export interface TestNetworkOptions {
  /** 1: both ends in one namespace; 2: each in its own. 1 without it. */
  namespaces?: 1 | 2;
  mtu?: number;
  /** Receive and transmit queues of each end; 1 without it. */
  queues?: number;
}

/** A veth pair in namespaces of its own; both ends up and silent. */
export class TestNetwork implements Disposable {
  readonly sender: NetworkEnd;
  readonly receiver: NetworkEnd;
  readonly #children = new Set<ChildProcess>();

  constructor(options: TestNetworkOptions = {}) {
    prepare();
    const id = `${process.pid}-${++counter}`;
    const receiving = `${PREFIX}${id}`;
    const sending = options.namespaces === 2 ? `${PREFIX}${id}s` : receiving;
    // At most 15 characters: a process id has at most 7 digits.
    this.sender = { namespace: sending, interfaceName: `gt${process.pid}t${counter}` };
    this.receiver = { namespace: receiving, interfaceName: `gt${process.pid}r${counter}` };
    try {
      for (const namespace of new Set([receiving, sending])) {
        living.add(namespace);
        ip('netns', 'add', namespace);
      }
      this.#join(options);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Runs a command at one end and returns its standard output; throws where it fails. */
  exec(end: NetworkEnd, command: string, ...parameters: string[]): string {
    return execFileSync('ip', ['netns', 'exec', end.namespace, command, ...parameters], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 256 << 20,
    });
  }

  /** Starts a command at one end; it is killed with the network, if it still runs. */
  spawn(
    end: NetworkEnd,
    command: string,
    parameters: readonly string[],
    options: SpawnOptions = {},
  ): ChildProcess {
    const all = ['netns', 'exec', end.namespace, command, ...parameters];
    const child = spawn('ip', all, options);
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** Floods from the sending end, in a process of its own, and waits for the end. */
  async flood(options: Record<string, unknown>): Promise<FloodReport> {
    const child = this.spawn(this.sender, process.execPath, this.floodArguments(options), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const parts: Buffer[] = [];
    child.stdout?.on('data', (part: Buffer) => parts.push(part));
    const status = await new Promise((resolve) => child.once('close', resolve));
    if (status !== 0) throw new Error(`The flood ended with status ${String(status)}`);
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as FloodReport;
  }

  /** Arguments of Node for a flood from the sending end; for `exec` and `spawn`. */
  floodArguments(options: Record<string, unknown>): string[] {
    const main = fileURLToPath(new URL('./flood-main.js', import.meta.url));
    const all = { interfaceName: this.sender.interfaceName, ...options };
    return [main, '--json', JSON.stringify(all)];
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const end of [this.sender, this.receiver]) remove(end.namespace);
  }

  #join(options: TestNetworkOptions): void {
    const { sender, receiver } = this;
    const queues = String(options.queues ?? 1);
    const shape = ['numtxqueues', queues, 'numrxqueues', queues];
    const peer = ['peer', 'name', sender.interfaceName, ...shape, 'netns', sender.namespace];
    const kind = ['type', 'veth', ...peer];
    ip('-n', receiver.namespace, 'link', 'add', receiver.interfaceName, ...shape, ...kind);
    for (const { namespace, interfaceName } of [sender, receiver]) {
      const link = ['-n', namespace, 'link', 'set', 'dev', interfaceName];
      ip(...link, 'arp', 'off', 'addrgenmode', 'none');
      if (options.mtu !== undefined) ip(...link, 'mtu', String(options.mtu));
      ip(...link, 'up');
    }
  }
}

/** What test/support/flood-main.ts prints. */
export interface FloodReport {
  readonly sent: number;
  readonly elapsedMs: number;
  readonly retries: number;
  readonly firstSequence: number;
  readonly lastSequence?: number;
}

/**
 * Moves the calling thread, and every thread and process it starts from now on, into a new network
 * namespace that ends with them. Needs root; for test files whose tests all want to be inside.
 */
export function enterOwnNamespace(): void {
  if (libc().unshare(CLONE_NEWNET) !== 0) {
    throw systemCallError('unshare', "Can't enter a network namespace");
  }
}

function findReason(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  if (spawnSync('ip', ['-V']).status !== 0) return 'needs the command ip (iproute2)';
  const trial = spawnSync('unshare', ['--net', 'true'], { encoding: 'utf8' });
  if (trial.status !== 0) return `needs network namespaces: ${trial.stderr}`;
  return undefined;
}

function prepare(): void {
  if (prepared) return;
  prepared = true;
  sweep();
  process.once('exit', () => {
    for (const namespace of living) remove(namespace);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(1));
  }
}

/** Removes what processes left that were killed before they could clean up. */
export function sweep(): void {
  const names = ip('netns', 'list')
    .split('\n')
    .map((line) => line.split(' ')[0]!)
    .filter((name) => name.startsWith(PREFIX));
  const dead = names.filter((name) => {
    const pid = /^gapcap-(\d+)-/.exec(name)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  });
  for (const name of dead) remove(name);
}

function remove(namespace: string): void {
  living.delete(namespace);
  spawnSync('ip', ['netns', 'delete', namespace], { stdio: 'ignore' });
}

function ip(...parameters: string[]): string {
  return execFileSync('ip', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
