/** What `copy` and `merge` have in common: options, the run, what is told at its end. */

import { createHash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { CopyFormat, CopyOptions, CopyProgress, CopyResult } from '../editing.js';
import { ExitStatus } from './exit-status.js';
import { addExpansionOption, type ExpansionArguments, expansionLimit } from './expansion-limit.js';
import { reportFailure } from './failure.js';
import { readInputFile } from './input-file.js';
import { onInterrupt } from './interrupt.js';
import { LiveLine } from './live-line.js';
import { parseCount } from './quantity.js';
import { refuseTerminal } from './standard-output.js';
import { UsageError } from './usage-error.js';

/** What commander makes of the options; `undefined` where an option wasn't given. */
export interface CopyArguments extends ExpansionArguments {
  readonly write: string;
  readonly frames?: string;
  readonly from?: string;
  readonly to?: string;
  readonly filter?: string;
  readonly interface?: readonly string[];
  readonly every?: number;
  readonly snapshotLength?: number;
  readonly fileFormat: CopyFormat;
  readonly anonymise?: true;
  readonly keepPayload?: true;
  readonly keyFile?: string;
  readonly quiet?: true;
}

const longestFrame = 2 ** 31 - 1;
const formats: readonly CopyFormat[] = ['pcapng', 'pcap'];

/** Gives a command the options of a copy. */
export function addCopyOptions(command: Command): void {
  command
    .usage('FILE... -w OUTPUT [options]')
    .argument('<FILE...>', 'pcapng or pcap files, gzip or zstd or plain; - is standard input')
    .requiredOption('-w, --write <file>', 'the output; .gz at its end compresses it; - is stdout')
    .addOption(
      new Option('-F, --file-format <format>', 'format of the output')
        .choices(formats)
        .default('pcapng'),
    )
    .option('--frames <ranges>', 'only frames with these numbers, such as 10-20,30,100-')
    .option('--from <time>', 'only frames from this time on: a date, seconds since 1970, or +1.5s')
    .option('--to <time>', 'only frames before this time; +1.5s is after the first frame')
    .option('-f, --filter <expression>', 'only frames that this filter takes')
    .option(
      '-i, --interface <name>',
      'only frames of this interface, by name or number; may be repeated',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option('--every <n>', 'of the frames that are left, only the first of each n', (text) =>
      parseCount(text, '--every', { least: 1, most: Number.MAX_SAFE_INTEGER }),
    )
    .option('-s, --snapshot-length <bytes>', 'keep so many bytes of each frame', (text) =>
      parseCount(text, '--snapshot-length', { least: 1, most: longestFrame }),
    )
    .option('--anonymise', 'replace addresses by pseudonyms, cut off what lies behind the headers')
    .option('--keep-payload', 'with --anonymise: leave what lies behind the headers')
    .option('--key-file <file>', 'with --anonymise: the key, any bytes; a random one unless given')
    .option('-q, --quiet', 'say nothing but errors, and what is lost');
  addExpansionOption(command);
}

/** A copy or a merge. */
type Task = (inputs: readonly string[], options: CopyOptions) => Promise<CopyResult>;

/**
 * Runs a copy or merge as the arguments ask for, and tells what came of it.
 *
 * @returns the exit status
 */
export async function runCopy(
  inputs: readonly string[],
  given: CopyArguments,
  task: Task,
): Promise<ExitStatus> {
  refuseTerminal(given.write);
  const options = await optionsOf(given);
  const abort = new AbortController();
  let status: ExitStatus | number = ExitStatus.Done;
  let progress: CopyProgress = { frames: 0, inputBytes: 0 };
  const totalBytes = inputs.reduce((sum, path) => sum + sizeOf(path), 0);
  const line = new LiveLine(process.stderr, () => progressText(progress, totalBytes));
  const release = onInterrupt({
    first: (code) => {
      status = code;
      abort.abort();
    },
    second: (code) => process.exit(code),
    further: (code) => process.exit(code),
  });
  if (given.quiet !== true) line.start();
  try {
    const result = await task(inputs, {
      ...options,
      signal: abort.signal,
      onProgress: (now) => {
        progress = now;
      },
    });
    line.stop();
    await tell(result, given);
    for (const mismatch of result.mismatches) {
      const worse = await reportFailure(mismatch);
      if (status === ExitStatus.Done) status = worse;
    }
  } finally {
    line.stop();
    release();
  }
  return status as ExitStatus;
}

async function optionsOf(given: CopyArguments): Promise<CopyOptions> {
  const { FrameRanges, parseTimeBound } = await import('../editing.js');
  const { frames, from, to, filter, anonymise, keyFile, keepPayload } = given;
  if (anonymise === undefined && (keyFile ?? keepPayload) !== undefined) {
    throw new UsageError(
      '--key-file and --keep-payload go with --anonymise',
      'Add --anonymise, or leave them out.',
    );
  }
  const bounds = {
    from: from === undefined ? undefined : parseTimeBound(from),
    to: to === undefined ? undefined : parseTimeBound(to),
  };
  if (isBackwards(bounds)) {
    throw new UsageError(`--to ${to} is not after --from ${from}`, 'Give a later end.');
  }
  return {
    output: given.write,
    format: given.fileFormat,
    snapshotLength: given.snapshotLength,
    ...expansionLimit(given),
    selection: {
      frames: frames === undefined ? undefined : FrameRanges.parse(frames),
      ...bounds,
      interfaces: given.interface,
      every: given.every,
      filter: filter === undefined ? undefined : await compilerOf(filter),
    },
    anonymise:
      anonymise === undefined
        ? undefined
        : { key: await readKey(keyFile), keepPayload: keepPayload },
  };
}

/** Whether no frame can lie between them; unknown where only one of them counts from the first frame. */
function isBackwards({
  from,
  to,
}: Pick<NonNullable<CopyOptions['selection']>, 'from' | 'to'>): boolean {
  return from !== undefined && to?.relative === from.relative && to.ns <= from.ns;
}

/** Native code is loaded only where there is a filter. */
async function compilerOf(
  expression: string,
): Promise<NonNullable<NonNullable<CopyOptions['selection']>['filter']>> {
  const { compileExpression } = await import('../filters.js');
  const compile = (linkType: number) =>
    compileExpression(expression, { linkType, snapshotLength: 262_144 });
  return compile;
}

/** 32 bytes, whatever the file holds. */
async function readKey(file: string | undefined): Promise<Uint8Array> {
  if (file === undefined) return randomBytes(32);
  const content = await readInputFile(file);
  if (content.length === 0) throw new UsageError(`${file} is empty`, 'Put a key into it.');
  return createHash('sha256').update(content).digest();
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function progressText({ frames, inputBytes }: CopyProgress, totalBytes: number): string {
  const share = totalBytes > 0 ? `, ${Math.floor((100 * inputBytes) / totalBytes)} %` : '';
  return `${frames.toLocaleString('en')} frames read${share}`;
}

async function tell(result: CopyResult, given: CopyArguments): Promise<void> {
  const { formatCount, formatCounted, safeText } = await import('../files.js');
  const say = (text: string): void => {
    process.stderr.write(`gapcap: ${safeText(text)}\n`);
  };
  const { framesRead, framesWritten, lost, lostKept, truncatedInputs, aborted, notes } = result;
  const output = given.write === '-' ? 'standard output' : given.write;
  if (lostKept < lost) {
    say(
      `${output} says nothing of the ${formatCounted(lost - lostKept, 'lost frame')} that its input records: ${given.fileFormat} can't. Write pcapng to keep them.`,
    );
  }
  for (const [what, count] of notes) say(`${what} (${formatCount(count)})`);
  for (const path of truncatedInputs) {
    const name = path === '-' ? 'standard input' : path;
    say(`${name} is truncated: its end is missing; all whole frames were read.`);
  }
  for (const name of result.unknownInterfaces) say(`no input has an interface '${name}'.`);
  if (aborted) say(`ended early; ${output} is whole as far as it goes.`);
  if (given.quiet === true) return;
  const losses =
    lost === 0
      ? ''
      : `; ${formatCount(lostKept)} of ${formatCounted(lost, 'recorded loss', 'recorded losses')} kept`;
  say(
    `${formatCount(framesWritten)} of ${formatCounted(framesRead, 'frame')} in ${output}${losses}`,
  );
}
