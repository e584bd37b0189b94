/** `gapcap info`: what capture files hold, every loss counter included. */

import type { Command } from 'commander';
import { ExitStatus } from '../exit-status.js';
import { addExpansionOption, type ExpansionArguments, expansionLimit } from '../expansion-limit.js';
import { reportFailure } from '../failure.js';
import { writeJson } from '../standard-output.js';
import { lossInRed, showsColour } from '../terminal-style.js';
import { UsageError } from '../usage-error.js';

const examples = `
Examples:
  gapcap info x.pcapng            sections, interfaces, frames, times, loss
  gapcap info --json *.pcapng.gz  one line of JSON a file
  gapcap info --hash x.pcap       with SHA-256, RIPEMD-160 and SHA-1 of the file
  ssh host cat x.pcapng | gapcap info -`;

interface InfoArguments extends ExpansionArguments {
  readonly json?: true;
  readonly hash?: true;
}

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description(
      'Says what capture files hold: interfaces, frames, times, rates, and all that is known of loss.',
    )
    .usage('FILE... [options]')
    .argument('<FILE...>', 'pcapng or pcap files, gzip or zstd or plain; - is standard input')
    .option('--json', 'print one line of JSON a file')
    .option('--hash', 'add hashes of the file, which takes a second reading');
  addExpansionOption(command);
  command
    .addHelpText('after', examples)
    .action(async (files: readonly string[], given: InfoArguments) =>
      finish(await describeFiles(files, given)),
    );
}

async function describeFiles(files: readonly string[], given: InfoArguments): Promise<ExitStatus> {
  if (given.hash && files.includes('-')) {
    throw new UsageError(
      "--hash can't be combined with -",
      'Standard input can be read only once.',
    );
  }
  const { infoText, plainStyle, readFileFacts, toInfoJson } = await import('../../files.js');
  const style = showsColour(process.stdout, process.env) ? lossInRed : plainStyle;
  let status: ExitStatus = ExitStatus.Done;
  const worsen = (another: ExitStatus): void => {
    if (another > status) status = another;
  };
  let printed = 0;
  for (const file of files) {
    try {
      const facts = readFileFacts(file, { keepsDamaged: true, ...expansionLimit(given) });
      const hashes = given.hash ? await hashesOf(file) : undefined;
      if (given.json) writeJson(toInfoJson(facts, hashes));
      else
        process.stdout.write(
          `${printed++ === 0 ? '' : '\n'}${infoText(facts, { style, hashes })}\n`,
        );
      if (facts.loss.damage !== undefined) worsen(await reportFailure(facts.loss.damage));
      for (const mismatch of facts.loss.mismatches) worsen(await reportFailure(mismatch));
    } catch (error) {
      worsen(await reportFailure(error));
    }
  }
  return status;
}

/** Loaded only when asked for, as everything that commands on files rarely need. */
async function hashesOf(file: string): Promise<Readonly<Record<string, string>>> {
  const { hashFile } = await import('../../hashes.js');
  return hashFile(file);
}
