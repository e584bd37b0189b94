/** What a capture came to. */

import { SystemCallError } from '../core/errors.js';
import type { CaptureAccount } from '../gaps/account.js';
import type { EarlyLoss } from '../gaps/early-loss.js';
import type { FileAccount } from './file-accounts.js';

/**
 * Why a capture ended. `reader gone`: nobody reads standard output any more; `write failed`: the disk
 * is full or broken, or the next file couldn't be opened.
 */
export type EndReason =
  | 'stopped'
  | 'frame limit'
  | 'file size'
  | 'file count'
  | 'duration'
  | 'interface gone'
  | 'reader gone'
  | 'write failed';

/** What a capture came to. */
export interface CaptureResult {
  /**
   * Frames, gaps and totals of the whole run. With several files its list of gaps is that of the last
   * one, as frames are numbered per file; see `files`.
   */
  readonly account: CaptureAccount;
  /**
   * The files written, oldest first, the deleted ones of a ring left out; empty where there was no
   * file. Gaps that straddle two files are in the later one.
   */
  readonly files: readonly FileAccount[];
  /** Files written, the deleted ones too. */
  readonly fileCount: number;
  /** The file as it was asked for; `-` for standard output; undefined where there was none. */
  readonly file: string | undefined;
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Why it ended. */
  readonly endReason: EndReason;
  /**
   * Where a limit ended the capture with a frame: frames lost right after that frame on its interface,
   * at least. They are in `account` (in the final gap), but nobody asked for them. 0 otherwise.
   */
  readonly lostBeyondLimit: number;
  /** Frames lost in network card and driver, where known; in no gap. */
  readonly interfaceDropped: number | undefined;
  /** When frames were lost before the socket, on which interface or in the host's backlog. */
  readonly earlyLosses?: readonly EarlyLoss[];
  /**
   * Frames delivered, and counted in `account`, that came after the last one written: the file
   * couldn't take them. 0 where all was written.
   */
  readonly framesUnwritten: number;
}

/**
 * The file couldn't take more, or the next one couldn't be opened. The capture was ended in good
 * order: what was written is whole, and `result` accounts for every frame all the same.
 */
export class CaptureWriteError extends SystemCallError {
  /** The capture up to here. */
  readonly result: CaptureResult;

  constructor(cause: SystemCallError, result: CaptureResult) {
    super(cause.code, cause.message, {
      syscall: cause.syscall,
      errno: cause.errno,
      cause,
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    });
    this.result = result;
  }
}
