/** What a capture file holds: format, sections, interfaces, frames, times, and its account of loss. */

import type { EarlyLoss } from '../gaps/early-loss.js';
import type { LossFacts } from '../gaps/loss-facts.js';
import { type FileSource, type FileSourceOptions, openFile } from '../source/file-source.js';
import { readFileLoss } from './file-loss.js';
import { FileTally, type FrameTally } from './frame-tally.js';
import { OtherBlockCounter, type OtherBlocks } from './other-blocks.js';

/** One interface: what the file says of it, its frames, its totals. */
export interface InterfaceFacts {
  /** As the file describes it. */
  readonly description: FileSource['interfaces'][number];
  /** Its frames in the file. */
  readonly tally: FrameTally;
  /** How many statistics blocks the file has of it. */
  readonly statisticsCount: number;
  /** What the last of them says; undefined where there is none. */
  readonly statistics: ReturnType<FileSource['statistics']>;
  /** What it lost before the socket, and what is recorded at it of the host's backlog. */
  readonly earlyLosses: NonNullable<LossFacts['earlyLosses']>;
  /** What is known of its loss. */
  readonly account: LossFacts['account']['interfaces'][number];
  /**
   * Whether received = frames + dropped + unread and dropped = gaps + final gap, by the file's own
   * numbers; undefined where it doesn't give them.
   */
  readonly lawHolds: boolean | undefined;
}

/** What one capture file holds. */
export interface FileFacts {
  /** As the user named it. */
  readonly file: string;
  readonly format: FileSource['format'];
  readonly variant: string | undefined;
  readonly compression: FileSource['compression'];
  /** Size of the file; of what was read, where it came over a pipe. */
  readonly fileBytes: number;
  /** Size of the capture: the same, but for a compressed file. */
  readonly captureBytes: number;
  readonly sections: FileSource['sections'];
  readonly interfaces: readonly InterfaceFacts[];
  /** All frames. */
  readonly tally: FrameTally;
  /** Frames that are older than the frame right before them; 0: strict time order. */
  readonly unorderedFrames: number;
  /** Blocks that are neither frames nor descriptions nor statistics; all 0 for pcap. */
  readonly otherBlocks: OtherBlocks;
  /** Gaps and totals. */
  readonly loss: LossFacts;
}

/** How to read. */
export interface FileFactsOptions extends Omit<FileSourceOptions, 'onOtherBlock'> {
  /** As `RecordedGapsOptions` have it. */
  readonly keepsDamaged?: boolean;
}

/**
 * Reads a capture file to its end and says what it holds.
 *
 * Memory is constant but for the gaps, of which the ledger keeps 100,000. Cost: some tens of
 * nanoseconds a frame (bench/files).
 *
 * @param path a path, or `-` for the standard input
 * @throws {FormatError} where the file contradicts its format
 * @throws {SystemCallError} where it can't be read
 */
export function readFileFacts(path: string, given: FileFactsOptions = {}): FileFacts {
  const { keepsDamaged = false, ...options } = given;
  const others = new OtherBlockCounter();
  using source = openFile(path, { ...options, onOtherBlock: (block) => others.add(block) });
  const tally = new FileTally();
  const loss = readFileLoss(source, {
    keepsDamaged,
    onFrame: (frame) => tally.add(frame),
    onSums: (sums, frame) => tally.addSums(sums, frame),
  });
  const accounts = new Map(loss.account.interfaces.map((one) => [one.id, one]));
  const early = new Map<number, EarlyLoss[]>();
  for (const one of loss.earlyLosses ?? []) {
    const list = early.get(one.interfaceId);
    if (list === undefined) early.set(one.interfaceId, [one]);
    else list.push(one);
  }
  const mismatched = new Set(loss.mismatches.map((mismatch) => mismatch.interface));
  return {
    file: path,
    format: source.format,
    variant: source.variant,
    compression: source.compression,
    fileBytes: source.fileBytesRead,
    captureBytes: source.bytesRead,
    sections: source.sections,
    interfaces: source.interfaces.map((description): InterfaceFacts => {
      const { id } = description;
      const account = accounts.get(id)!;
      return {
        description,
        tally: tally.ofInterface(id),
        statisticsCount: source.statisticsCount(id),
        statistics: source.statistics(id),
        account,
        earlyLosses: early.get(id) ?? [],
        lawHolds: lawHolds(mismatched, account),
      };
    }),
    tally: tally.total(),
    unorderedFrames: tally.unorderedFrames,
    otherBlocks: others.counts,
    loss,
  };
}

/**
 * Whether an interface's numbers add up, by what its file says; undefined where it doesn't say enough.
 *
 * @param mismatched labels of the interfaces whose numbers contradict each other
 */
export function lawHolds(
  mismatched: ReadonlySet<string>,
  account: InterfaceFacts['account'],
): boolean | undefined {
  const label = account.name ?? `interface ${account.id}`;
  if (account.received !== undefined && account.dropped !== undefined) return true;
  return mismatched.has(label) ? false : undefined;
}
