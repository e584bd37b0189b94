/** One capture by the built command at the receiving end of a test network, and what came of it. */

import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { gapcapPath } from '../cli/gapcap-process.js';
import type { TestNetwork } from '../support/namespace.js';

/** The JSON that `capture --json` prints, as far as the tests look at it. */
export interface CaptureJson {
  /** Of a capture into several files: each of them. */
  readonly files?: readonly { readonly file: string; readonly frames: number }[];
  readonly frames: number;
  readonly lost: number;
  readonly interfaces: readonly {
    readonly name: string | null;
    readonly frames: number;
    readonly received: number;
    readonly lost: number;
    readonly finalGap: number;
  }[];
  readonly gaps: readonly {
    readonly interface: number;
    readonly queue?: number;
    readonly lost: number;
    readonly after: number | null;
    readonly before: number | null;
    readonly certainty: string;
  }[];
}

/** A capture that has ended. */
export interface FinishedCapture {
  readonly status: number | null;
  /** What ended it, where it didn't end by itself. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start a capture, beside its arguments. */
export interface CaptureRunOptions {
  /** A program, with arguments, that runs Node in its turn: `prlimit --nofile=30 --`. */
  readonly wrapper?: readonly string[];
  /** Arguments for Node itself. */
  readonly nodeArguments?: readonly string[];
  /** Where standard output goes instead of into `stdout`: a file descriptor. */
  readonly stdout?: number;
  /** Takes all of standard error so far, whenever there is more of it. */
  readonly onStderr?: (stderr: string) => void;
}

/** A capture under way; it is ready to receive. */
export class CaptureRun {
  readonly #child: ChildProcess;
  readonly #finished: Promise<FinishedCapture>;

  private constructor(child: ChildProcess, finished: Promise<FinishedCapture>) {
    this.#child = child;
    this.#finished = finished;
  }

  /** Starts `gapcap capture` with these arguments and waits until it captures. */
  static async start(
    network: TestNetwork,
    args: readonly string[],
    options: CaptureRunOptions = {},
  ): Promise<CaptureRun> {
    const { receiver } = network;
    const { wrapper = [], nodeArguments = [] } = options;
    const node = [process.execPath, ...nodeArguments, gapcapPath];
    const [program, ...rest] = [...wrapper, ...node, 'capture', '-i', receiver.interfaceName];
    const child = network.spawn(receiver, program!, [...rest, ...args], {
      stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    const finished = new Promise<FinishedCapture>((resolve) => {
      child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    await new Promise<void>((resolve, reject) => {
      child.stderr!.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
        options.onStderr?.(stderr);
        if (stderr.includes('capturing on')) resolve();
      });
      child.once('close', () => reject(new Error(`The capture ended at once: ${stderr}`)));
    });
    return new CaptureRun(child, finished);
  }

  /** Its process id; that of the wrapper, where it doesn't become Node itself. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops the process for a while, as a busy machine would. */
  async stall(ms: number): Promise<void> {
    this.#child.kill('SIGSTOP');
    await sleep(ms);
    this.#child.kill('SIGCONT');
  }

  /** Keeps the process stopped for as long as something else takes. */
  async stopDuring(other: () => Promise<unknown>): Promise<void> {
    this.#child.kill('SIGSTOP');
    try {
      await other();
    } finally {
      this.#child.kill('SIGCONT');
    }
  }

  /** Asks it to end, once what was sent has arrived, and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<FinishedCapture> {
    await sleep(100);
    this.#child.kill(signal);
    return this.#finished;
  }

  /** Waits until it ends by itself. */
  finished(): Promise<FinishedCapture> {
    return this.#finished;
  }
}
