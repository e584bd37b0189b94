/** The accounts of a rotating capture's files, as many as memory should hold. */

import type { CaptureAccount } from '../gaps/account.js';

/** One file of a capture, complete. */
export interface FileAccount {
  /** Its path; `-` for standard output. */
  readonly path: string;
  /** Its frames, gaps and totals; frames are numbered from 1 in each file. */
  readonly account: CaptureAccount;
}

/** Files that are remembered. */
const MOST_FILES = 10_000;
/** Gaps that are remembered, over all files. */
const MOST_GAPS = 100_000;

/**
 * Remembers the newest files. Gaps beyond `MOST_GAPS` are given up from the oldest file on, counted
 * in its account's `gapsOmitted`.
 */
export class FileAccounts {
  readonly #keep: number;
  readonly #files: FileAccount[] = [];
  #count = 0;
  #gaps = 0;
  /** Files from the first whose gaps have been given up. */
  #stripped = 0;

  /** @param keep files that exist at a time; deleted ones are forgotten */
  constructor(keep: number) {
    this.#keep = Math.min(keep, MOST_FILES);
  }

  /** Files added, remembered or not. */
  get count(): number {
    return this.#count;
  }

  /** Adds a file behind those before it. */
  add(file: FileAccount): void {
    this.#files.push(file);
    this.#count++;
    this.#gaps += file.account.gaps.length;
    while (this.#files.length > this.#keep) {
      this.#gaps -= this.#files.shift()!.account.gaps.length;
      this.#stripped = Math.max(0, this.#stripped - 1);
    }
    while (this.#gaps > MOST_GAPS && this.#stripped < this.#files.length - 1) this.#strip();
  }

  /** The files remembered, oldest first. */
  list(): readonly FileAccount[] {
    return this.#files.slice();
  }

  #strip(): void {
    const { path, account } = this.#files[this.#stripped]!;
    const gapsOmitted = account.gapsOmitted + account.gaps.length;
    this.#files[this.#stripped] = { path, account: { ...account, gaps: [], gapsOmitted } };
    this.#gaps -= account.gaps.length;
    this.#stripped++;
  }
}
