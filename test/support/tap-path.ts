/** A client and a server in namespaces of their own, with a path between them that can lose frames. */

import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TestNetwork } from './namespace.js';

/** What tap-path-main.ts is told. */
export interface TapPathOptions {
  readonly clientDevice: string;
  readonly clientNamespace: string;
  readonly clientAddress: string;
  readonly serverDevice: string;
  readonly serverNamespace: string;
  readonly serverAddress: string;
  readonly mirrorInterface: string;
  readonly seed: number;
  /** Chance that a segment with payload is dropped before the mirror, or after it. */
  readonly dropBefore: number;
  readonly dropAfter: number;
  readonly log: string;
}

/** A segment with payload that came onto the path. */
export interface PathSegment {
  /** Both ports as in the header, in hexadecimal. */
  readonly ports: string;
  readonly sequence: number;
  readonly length: number;
  readonly identification: number;
  readonly fate: 'before' | 'after' | 'passed';
}

/** Starts a Node program in a namespace and waits for its first line. */
export async function startProgram(
  network: TestNetwork,
  end: 'sender' | 'receiver',
  name: string,
  args: readonly string[],
): Promise<ChildProcess> {
  const main = fileURLToPath(new URL(`./${name}`, import.meta.url));
  const child = network.spawn(network[end], process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('close', () => reject(new Error(`${name} ended at once`)));
  });
  return child;
}

/** Waits for a program's end. */
export function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('close', (status) => resolve(status)));
}

/** The path: captures go on at `mirror.receiver`. */
export class TapPath implements Disposable {
  /** The client is at its sending end, the server at its receiving end. */
  readonly ends = new TestNetwork({ namespaces: 2 });
  readonly mirror = new TestNetwork();
  readonly #log: string;
  readonly #drops: Pick<TapPathOptions, 'seed' | 'dropBefore' | 'dropAfter'>;
  #forwarder: ChildProcess | undefined;

  constructor(log: string, drops: Pick<TapPathOptions, 'seed' | 'dropBefore' | 'dropAfter'>) {
    this.#log = log;
    this.#drops = drops;
  }

  /** Starts forwarding. */
  async open(): Promise<void> {
    const options: TapPathOptions = {
      clientDevice: 'gtclient',
      clientNamespace: this.ends.sender.namespace,
      clientAddress: '10.77.0.1/24',
      serverDevice: 'gtserver',
      serverNamespace: this.ends.receiver.namespace,
      serverAddress: '10.77.0.2/24',
      mirrorInterface: this.mirror.sender.interfaceName,
      log: this.#log,
      ...this.#drops,
    };
    this.#forwarder = await startProgram(this.mirror, 'sender', 'tap-path-main.js', [
      '--json',
      JSON.stringify(options),
    ]);
  }

  /** Sends bytes over connections, each answered with a quarter, and waits until all are closed. */
  async exchange(connections: number, bytes: number): Promise<void> {
    const server = await startProgram(this.ends, 'receiver', 'tcp-traffic-main.js', [
      'serve',
      '8077',
    ]);
    await send(this.ends, ['10.77.0.2', '8077', String(connections), String(bytes)]);
    server.kill();
  }

  /** Ends forwarding and gives what it did with each segment. */
  async close(): Promise<PathSegment[]> {
    this.#forwarder!.kill('SIGTERM');
    await ended(this.#forwarder!);
    return readFileSync(this.#log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [ports, sequence, length, identification, fate] = line.split(' ');
        return {
          ports: ports!,
          sequence: Number(sequence),
          length: Number(length),
          identification: Number(identification),
          fate: fate as PathSegment['fate'],
        };
      });
  }

  [Symbol.dispose](): void {
    this.ends[Symbol.dispose]();
    this.mirror[Symbol.dispose]();
  }
}

/** Runs the sending program at a network's sending end to its end. */
export async function send(network: TestNetwork, args: readonly string[]): Promise<void> {
  const main = fileURLToPath(new URL('./tcp-traffic-main.js', import.meta.url));
  const child = network.spawn(network.sender, process.execPath, [main, 'send', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const status = await ended(child);
  if (status !== 0) throw new Error(`The sender ended with status ${String(status)}`);
}
