/** The facts of one capture's loss: what reports, JSON and exit status are made from. */

import type { AccountingError, FormatError } from '../core/errors.js';
import type { CaptureAccount } from './account.js';
import type { EarlyLoss } from './early-loss.js';

/** What is known of the loss in one capture, whether it was read from a file or just made. */
export interface LossFacts {
  /** The capture file as the user named it; undefined where the frames went to no file. */
  readonly file: string | undefined;
  /** `pcapng` or `pcap`; undefined where there is no file. */
  readonly format: string | undefined;
  /** The program that wrote the file (shb_userappl), where known. */
  readonly application: string | undefined;
  /** Whether the file ends inside a block or record: frames may be missing that no count shows. */
  readonly truncated: boolean;
  /**
   * Where the file contradicts its format, when it was read all the same: everything else here is of what
   * comes before `offset`. Absent: no damage was met.
   */
  readonly damage?: FormatError;
  /** What was lost before the socket, in no gap and in no total of `account`; absent: nothing known. */
  readonly earlyLosses?: readonly EarlyLoss[];
  /** Frames, gaps and totals. */
  readonly account: CaptureAccount;
  /**
   * Where the recorded numbers break the law of conservation, one error for each such interface.
   * Empty is the rule. Whoever shows the facts must show these too and end with exit status 4.
   */
  readonly mismatches: readonly AccountingError[];
}
