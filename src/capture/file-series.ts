/** The files of one capture, one after the other: opened, closed in the background, deleted in turn. */

import { unlink, unlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { numberedFileName } from './file-name.js';
import { FileOutput, type FileOutputOptions } from './file-output.js';
import type { OutputTarget } from './output-target.js';

const unlinkLater = promisify(unlink);

/** Files that may wait to be closed and deleted; beyond that it is done at once. */
const MOST_WAITING = 64;

/** How a series is to behave. */
export interface FileSeriesOptions extends FileOutputOptions {
  /** The name as the user gave it; see `numberedFileName`. */
  readonly path: string;
  /** Files to keep, the one being written included; all of them where undefined. */
  readonly keep?: number | undefined;
  /** Called for each file in order once it is closed; must not throw. */
  readonly onClosed?: ((path: string) => void) | undefined;
  /** Called where a file can't be closed properly or deleted; must not throw. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
}

/** One file on its way out. */
interface Retired {
  readonly path: string;
  /** Whether it is closed and its turn to be told of may come. */
  closed: boolean;
}

/**
 * Opens numbered files and retires them.
 *
 * Opening is done at once, as its place in the frames matters (some 40 µs on a local disk: bench/files/output.ts). What may
 * take long, closing a file on a network or deleting a large one, isn't waited for.
 */
export class FileSeries {
  readonly #options: FileSeriesOptions;
  /** Names of the files that exist, oldest first. */
  readonly #kept: string[] = [];
  readonly #retired: Retired[] = [];
  readonly #waiting = new Set<Promise<void>>();
  #count = 0;

  constructor(options: FileSeriesOptions) {
    this.#options = options;
  }

  /** Files opened so far. */
  get count(): number {
    return this.#count;
  }

  /** Whether files are being closed or deleted: that goes on in turns of the event loop. */
  get isClosing(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Opens the next file and empties it.
   *
   * @throws {SystemCallError} where it can't be created
   */
  openNext(): FileOutput {
    const { path } = this.#options;
    const name = numberedFileName(path, this.#count + 1, new Date());
    const output = FileOutput.open(name, { ...this.#options, followLinks: false });
    output.begin();
    this.#count++;
    this.#kept.push(name);
    return output;
  }

  /** Takes a finished file: closes it, tells of it, deletes what is too old. Doesn't wait. */
  retire(output: OutputTarget): void {
    const retired: Retired = { path: output.path, closed: false };
    this.#retired.push(retired);
    const old = this.#takeOld();
    if (this.#waiting.size >= MOST_WAITING && output.closeNow !== undefined) {
      this.#attempt(() => output.closeNow!());
      for (const path of old) this.#attempt(() => unlinkSync(path));
      retired.closed = true;
      this.#tell();
      return;
    }
    const work = this.#closeAndDelete(output, retired, old);
    this.#waiting.add(work);
    void work.finally(() => this.#waiting.delete(work));
  }

  /**
   * Takes the last file, and waits until every file is closed and told of, and every old one deleted.
   *
   * @throws {SystemCallError} where the last one couldn't take what it was given
   */
  async retireLast(output: OutputTarget): Promise<void> {
    const retired: Retired = { path: output.path, closed: false };
    this.#retired.push(retired);
    const old = this.#takeOld();
    try {
      await output.closeLater();
    } finally {
      retired.closed = true;
      this.#tell();
      await this.#delete(old);
      await this.#settled();
    }
  }

  async #settled(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.all(this.#waiting);
  }

  /** Takes back the file that `openNext` gave, where the capture couldn't begin. */
  discard(output: OutputTarget): void {
    output.discard();
    this.#kept.pop();
    this.#count--;
  }

  async #closeAndDelete(
    output: OutputTarget,
    retired: Retired,
    old: readonly string[],
  ): Promise<void> {
    await output.closeLater().catch((error: unknown) => this.#trouble(error));
    retired.closed = true;
    this.#tell();
    await this.#delete(old);
  }

  /** Files that are too many now, oldest first. */
  #takeOld(): string[] {
    const { keep = Number.POSITIVE_INFINITY } = this.#options;
    return this.#kept.splice(0, Math.max(0, this.#kept.length - keep));
  }

  async #delete(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await unlinkLater(path).catch((error: unknown) => this.#trouble(error));
    }
  }

  /** Tells of the files in the order in which they were finished. */
  #tell(): void {
    while (this.#retired[0]?.closed === true) {
      const { path } = this.#retired.shift()!;
      this.#options.onClosed?.(path);
    }
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#trouble(error);
    }
  }

  #trouble(error: unknown): void {
    // Somebody else has moved or deleted the file: that is theirs to do.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    this.#options.onTrouble?.(error as Error);
  }
}
