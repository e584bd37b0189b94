/** What happens with each finished file of a series: its name is told, a command is run for it. */

import { closeSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { PostRotate } from '../index.js';
import { onInterrupt } from './interrupt.js';
import { printable } from './terminal-guard.js';

/** How long the command may take at the end until the user is told what is waited for. */
const patienceMs = 1_000;

/** Where finished files go. */
export interface FinishedFileOptions {
  /** A file's name, or `-`, `stdout`, `stderr`; names aren't told without it. */
  readonly printName?: string | undefined;
  /** A program to run with each file; none without it. */
  readonly postRotate?: string | undefined;
}

/** Takes the names of finished files. */
export class FinishedFiles {
  readonly #fd: number | undefined;
  readonly #hook: PostRotate | undefined;

  private constructor(fd: number | undefined, hook: PostRotate | undefined) {
    this.#fd = fd;
    this.#hook = hook;
  }

  /** Opens what names are written to; a file that was there is replaced, as with dumpcap. */
  static async open(options: FinishedFileOptions): Promise<FinishedFiles> {
    const { PostRotate } = await import('../live.js');
    const { printName, postRotate } = options;
    const tell = (message: string): void => {
      process.stderr.write(`gapcap: ${message}\n`);
    };
    return new FinishedFiles(
      printName === undefined ? undefined : await descriptorFor(printName),
      postRotate === undefined ? undefined : new PostRotate(postRotate, tell),
    );
  }

  /** Takes one file, which is closed. */
  take(path: string): void {
    if (this.#fd !== undefined)
      writeSync(this.#fd, `${isatty(this.#fd) ? printable(path, false) : path}\n`);
    this.#hook?.run(path);
  }

  /**
   * Waits until the command has run for every file, or a signal says not to. Where that takes a while,
   * says what it waits for.
   */
  async close(): Promise<void> {
    if (this.#hook !== undefined) await settle(this.#hook);
    if (this.#fd !== undefined && this.#fd > 2) closeSync(this.#fd);
  }
}

async function settle(hook: PostRotate): Promise<void> {
  const giveUp = (): void => hook.giveUp();
  const endInterrupts = onInterrupt({ first: giveUp, second: giveUp, further: giveUp });
  const told = setTimeout(() => {
    const { length } = hook.unfinished;
    const files = length === 1 ? '1 file' : `${length} files`;
    process.stderr.write(`waiting for --postrotate to end for ${files}; Ctrl-C waits no longer\n`);
  }, patienceMs);
  try {
    await hook.settled();
  } finally {
    clearTimeout(told);
    endInterrupts();
  }
}

async function descriptorFor(name: string): Promise<number> {
  if (name === '-' || name === 'stdout') return 1;
  if (name === 'stderr') return 2;
  const { openOutput } = await import('../live.js');
  const { fd } = openOutput(name, { mode: 0o644 });
  if (fstatSync(fd).isFile()) ftruncateSync(fd, 0);
  return fd;
}
