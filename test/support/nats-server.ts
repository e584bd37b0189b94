/** A real NATS server with JetStream, in a namespace, for as long as a test wants it. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestNetwork } from './namespace.js';
import { ended } from './tap-path.js';

const PORT = 4222;

/** What a server is to be like, beside where it is. */
export interface NatsServerOptions {
  /** Further lines of its configuration. */
  readonly settings?: string;
  /** 4222 unless given. */
  readonly port?: number;
}
const LONGEST_START_MS = 20_000;

/** Where a server runs: a test's network, or this process's own namespace. */
export type NatsHost = Pick<TestNetwork, 'exec' | 'spawn' | 'receiver'>;

/** The namespace of this process. */
export const HERE: NatsHost = {
  receiver: { namespace: '', interfaceName: '' },
  exec: (_end, command, ...parameters) =>
    execFileSync(command, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  spawn: (_end, command, parameters, options = {}) => spawn(command, parameters, options),
};

/** One server; its messages survive it in its folder. */
export class NatsServer {
  /** Where clients in the same namespace find it. */
  readonly url: string;
  readonly #network: NatsHost;
  readonly #folder: string;
  readonly #settings: string;
  readonly #port: number;
  #child: ChildProcess | undefined;
  #starts = 0;

  /**
   * @param folder for its configuration and its messages
   */
  constructor(network: NatsHost, folder: string, options: NatsServerOptions = {}) {
    const { settings = '', port = PORT } = options;
    this.#network = network;
    this.#folder = folder;
    this.#settings = settings;
    this.#port = port;
    this.url = `nats://127.0.0.1:${port}`;
    network.exec(network.receiver, 'ip', 'link', 'set', 'dev', 'lo', 'up');
  }

  /** Starts it, and waits until it takes connections. */
  async start(): Promise<void> {
    const log = join(this.#folder, `nats-${++this.#starts}.log`);
    const config = join(this.#folder, 'nats.conf');
    writeFileSync(
      config,
      `listen: "127.0.0.1:${this.#port}"\nlog_file: "${log}"\njetstream { store_dir: "${this.#folder}/store" }\n${this.#settings}\n`,
    );
    const { receiver } = this.#network;
    this.#child = this.#network.spawn(receiver, 'nats-server', ['-c', config], {
      stdio: 'ignore',
    });
    const endMs = performance.now() + LONGEST_START_MS;
    while (!isReady(log)) {
      if (performance.now() > endMs) throw new Error(`nats-server didn't start: ${readLog(log)}`);
      await sleep(20);
    }
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.#child!.kill('SIGKILL');
    await ended(this.#child!);
  }
}

function isReady(log: string): boolean {
  return existsSync(log) && readLog(log).includes('Server is ready');
}

function readLog(log: string): string {
  return existsSync(log) ? readFileSync(log, 'utf8') : 'no log';
}
