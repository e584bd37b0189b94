/** A command that is run for each finished file, beside the capture. */

import { type ChildProcess, spawn } from 'node:child_process';

/** Commands that run at the same time. */
const MOST_RUNNING = 2;
/** Files that wait for their turn; where there are more, the command is too slow for the capture. */
const MOST_WAITING = 1_000;

const NAME_A_PROGRAM = 'Name a program that is there and that this user may run.';

/**
 * Runs `COMMAND FILE` for each file it is given, without a shell and without waiting: two at a time, the
 * others in turn.
 *
 * What the command prints goes to standard error. It outlives the capture where that is killed.
 */
export class PostRotate {
  readonly #command: string;
  readonly #onFailure: (message: string) => void;
  readonly #waiting: string[] = [];
  readonly #running = new Map<ChildProcess, string>();
  readonly #idle: (() => void)[] = [];

  /**
   * @param command a program's path, or its name to be found in PATH
   * @param onFailure takes a sentence for each file with which it failed
   */
  constructor(command: string, onFailure: (message: string) => void) {
    this.#command = command;
    this.#onFailure = onFailure;
  }

  /** Runs the command for a file, soon. */
  run(file: string): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#fail(file, `isn't run: ${MOST_WAITING} other files wait for it`);
      return;
    }
    this.#waiting.push(file);
    this.#next();
  }

  /** Waits until it has run for every file. */
  async settled(): Promise<void> {
    if (this.#running.size + this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Files for which it hasn't run to its end. */
  get unfinished(): readonly string[] {
    return [...this.#running.values(), ...this.#waiting];
  }

  /**
   * Waits no longer: commands that run go on by themselves, those that would be next never begin. Says so
   * of each file.
   */
  giveUp(): void {
    const waiting = this.#waiting.splice(0);
    for (const file of this.#running.values()) this.#fail(file, 'was still running');
    for (const file of waiting) this.#fail(file, "wasn't run");
    for (const child of this.#running.keys()) {
      child.removeAllListeners();
      child.unref();
    }
    this.#running.clear();
    this.#next();
  }

  #next(): void {
    while (this.#running.size < MOST_RUNNING && this.#waiting.length > 0) {
      this.#start(this.#waiting.shift()!);
    }
    if (this.#running.size + this.#waiting.length > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #start(file: string): void {
    // In a session of its own: Ctrl-C, or the end of the terminal, is meant for the capture.
    const child = spawn(this.#command, [file], { stdio: ['ignore', 2, 2], detached: true });
    this.#running.set(child, file);
    let told = false;
    const ended = (what: string | undefined, hint?: string): void => {
      if (told) return;
      told = true;
      this.#running.delete(child);
      if (what !== undefined) this.#fail(file, what, hint);
      this.#next();
    };
    child.once('error', (error: NodeJS.ErrnoException) =>
      ended(`can't be run: ${error.code ?? error.message}`, NAME_A_PROGRAM),
    );
    child.once('exit', (status, signal) => {
      if (status === 0) ended(undefined);
      else ended(status === null ? `was ended by ${signal}` : `ended with status ${status}`);
    });
  }

  #fail(file: string, what: string, hint?: string): void {
    const next = hint === undefined ? '' : `. ${hint}`;
    this.#onFailure(`--postrotate: '${this.#command}' ${what} (${file})${next}`);
  }
}
