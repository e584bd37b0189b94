/** `gapcap gaps`: every gap that capture files record. */

import type { Command } from 'commander';
import type { CaptureAccount, LossFacts } from '../../files.js';
import { ExitStatus } from '../exit-status.js';
import { addExpansionOption, type ExpansionArguments, expansionLimit } from '../expansion-limit.js';
import { reportFailure } from '../failure.js';
import { writeJson } from '../standard-output.js';
import { lossInRed, showsColour } from '../terminal-style.js';

const examples = `
Examples:
  gapcap gaps x.pcapng               where frames are missing
  gapcap gaps x_*.pcapng             each file, then the sum
  gapcap gaps --json x.pcapng        one line of JSON a file
  gapcap gaps --all x.pcapng | less  every gap, however many there are
  ssh host cat x.pcapng | gapcap gaps -`;

interface GapsArguments extends ExpansionArguments {
  readonly json?: true;
  readonly all?: true;
}

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description('Lists every gap in capture files: how many frames are missing, where and when.')
    .usage('FILE... [options]')
    .argument('<FILE...>', 'pcapng or pcap files; - is standard input')
    .option('--json', 'print one line of JSON a file, with every gap')
    .option('--all', 'list every gap, not only the first 50 of a file');
  addExpansionOption(command);
  command
    .addHelpText('after', examples)
    .action(async (files: readonly string[], given: GapsArguments) =>
      finish(await listGaps(files, given)),
    );
}

async function listGaps(files: readonly string[], given: GapsArguments): Promise<ExitStatus> {
  const { lossText, plainStyle, toLossJson } = await import('../../files.js');
  const style = showsColour(process.stdout, process.env) ? lossInRed : plainStyle;
  const limit = given.all ? { gapLimit: Number.POSITIVE_INFINITY } : {};
  const read: LossFacts[] = [];
  let status: ExitStatus = ExitStatus.Done;
  const worsen = (another: ExitStatus): void => {
    if (another > status) status = another;
  };
  for (const file of files) {
    try {
      const facts = await readFacts(file, given);
      read.push(facts);
      if (given.json) writeJson(toLossJson(facts));
      else process.stdout.write(`${lossText(facts, { ...limit, style })}\n`);
      if (facts.damage !== undefined) worsen(await reportFailure(facts.damage));
      for (const mismatch of facts.mismatches) worsen(await reportFailure(mismatch));
    } catch (error) {
      worsen(await reportFailure(error));
    }
  }
  if (files.length > 1 && !given.json) process.stdout.write(`${await sumLine(read)}\n`);
  return status;
}

async function readFacts(file: string, given: GapsArguments): Promise<LossFacts> {
  const { openFile, readFileLoss } = await import('../../files.js');
  using source = openFile(file, expansionLimit(given));
  // JSON is for programs, which can take as many gaps as there are.
  const limit = given.all || given.json ? { gapLimit: Number.POSITIVE_INFINITY } : {};
  return readFileLoss(source, { file, keepsDamaged: true, ...limit });
}

/** One line over all files: what is unknown adds nothing, and is said. */
async function sumLine(files: readonly LossFacts[]): Promise<string> {
  const { formatCount, formatCounted, formatShare } = await import('../../files.js');
  const accounts = files.map(({ account }) => account);
  const total = (count: (account: CaptureAccount) => number): number =>
    accounts.reduce((sum, account) => sum + count(account), 0);
  const parts = [
    formatCounted(
      total(({ frames }) => frames),
      'frame',
    ),
  ];
  const lost = total((account) => account.lost ?? 0);
  const received = total(receivedOf);
  const unknown = accounts.filter((account) => account.lost === undefined).length;
  if (unknown === accounts.length) parts.push('loss unknown');
  else if (lost === 0) parts.push('none lost');
  else {
    const gaps = formatCounted(
      total(({ gapCount }) => gapCount),
      'gap',
    );
    parts.push(`${formatCount(lost)} lost in ${gaps}`);
    parts.push(`${formatShare(lost, received)} of ${formatCount(received)} received`);
  }
  if (unknown > 0 && unknown < accounts.length)
    parts.push(`loss unknown in ${formatCounted(unknown, 'file')}`);
  return `${formatCounted(files.length, 'file')}: ${parts.join(', ')}`;
}

/**
 * Frames received; where a file doesn't say, those in it and those known to be lost. None where its loss
 * isn't known: no share is of them.
 */
function receivedOf(account: CaptureAccount): number {
  if (account.lost === undefined) return 0;
  return account.interfaces.reduce(
    (sum, { received, frames, lost }) => sum + (received ?? frames + (lost ?? 0)),
    0,
  );
}
