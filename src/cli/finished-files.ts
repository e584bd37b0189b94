/** What happens with each finished file of a series: its name is told, a command is run for it. */

import { closeSync, fchownSync, fstatSync, ftruncateSync, unlinkSync, writeSync } from 'node:fs';
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
  /** Whom a new file with the names is to belong to, where this is root; root unless given. */
  readonly runAs?: string | undefined;
}

/** Where names go. */
interface NameList {
  readonly fd: number;
  /** Its path, where it was made for this; undefined: it was there before. */
  readonly created: string | undefined;
}

/** Takes the names of finished files. */
export class FinishedFiles {
  readonly #names: NameList | undefined;
  readonly #hook: PostRotate | undefined;

  private constructor(names: NameList | undefined, hook: PostRotate | undefined) {
    this.#names = names;
    this.#hook = hook;
  }

  /** Opens what names are written to; a file that was there is replaced, as with dumpcap. */
  static async open(options: FinishedFileOptions): Promise<FinishedFiles> {
    const { PostRotate } = await import('../live.js');
    const { printName, postRotate, runAs } = options;
    const tell = (message: string): void => {
      process.stderr.write(`gapcap: ${message}\n`);
    };
    return new FinishedFiles(
      printName === undefined ? undefined : await openNames(printName, runAs),
      postRotate === undefined ? undefined : new PostRotate(postRotate, tell),
    );
  }

  /** Takes one file, which is closed. */
  take(path: string): void {
    const fd = this.#names?.fd;
    if (fd !== undefined) writeSync(fd, `${isatty(fd) ? printable(path, false) : path}\n`);
    this.#hook?.run(path);
  }

  /**
   * Waits until the command has run for every file, or a signal says not to. Where that takes a while,
   * says what it waits for.
   */
  async close(): Promise<void> {
    if (this.#hook !== undefined) await settle(this.#hook);
    this.#closeNames();
  }

  /** As `close`, where the capture couldn't begin: what was made for the names is taken back. */
  discard(): void {
    const path = this.#names?.created;
    this.#closeNames();
    if (path === undefined) return;
    try {
      unlinkSync(path);
    } catch {
      // Whoever isn't permitted to remove it any more leaves it, empty.
    }
  }

  #closeNames(): void {
    const fd = this.#names?.fd;
    if (fd !== undefined && fd > 2) closeSync(fd);
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

async function openNames(name: string, runAs: string | undefined): Promise<NameList> {
  if (name === '-' || name === 'stdout') return { fd: 1, created: undefined };
  if (name === 'stderr') return { fd: 2, created: undefined };
  const { findAccount, openOutput } = await import('../live.js');
  // First: an unknown user leaves nothing behind.
  const account = runAs === undefined ? undefined : findAccount(runAs);
  const { fd, created } = openOutput(name, { mode: 0o644 });
  if (fstatSync(fd).isFile()) ftruncateSync(fd, 0);
  if (created && account !== undefined && process.geteuid?.() === 0) {
    fchownSync(fd, account.uid, account.gid);
  }
  return { fd, created: created ? name : undefined };
}
