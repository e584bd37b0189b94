/** Runs the built command as a process of its own and collects what it says. */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The command as it was built beside the tests. */
export const gapcapPath = resolve(import.meta.dirname, '../../src/cli/main.js');

/** What a finished process left. */
export interface FinishedProcess {
  /** Exit status; null where a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface RunOptions extends SpawnOptions {
  /** Arguments for Node itself, before the command's path. */
  readonly nodeArguments?: readonly string[];
  /** A program (with arguments) that runs Node in its turn, such as `setpriv …`. */
  readonly wrapper?: readonly string[];
  /** Called with the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
  /** Called with its stderr as it grows, and the process. */
  readonly onStderr?: (stderr: string, child: ChildProcess) => void;
}

/** Runs `gapcap` with these arguments until it ends by itself; killed after a minute, unless told otherwise. */
export function runGapcap(
  args: readonly string[],
  options: RunOptions = {},
): Promise<FinishedProcess> {
  const { nodeArguments = [], wrapper = [], onStart, onStderr, ...spawnOptions } = options;
  const [program, ...rest] = [...wrapper, process.execPath, ...nodeArguments, gapcapPath, ...args];
  return new Promise((fulfil, reject) => {
    const child = spawn(program!, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGKILL',
      ...spawnOptions,
    });
    onStart?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      onStderr?.(stderr, child);
    });
    child.on('error', reject);
    child.on('close', (status, signal) => fulfil({ status, signal, stdout, stderr }));
  });
}
