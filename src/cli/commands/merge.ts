/** `gapcap merge`: capture files into one, in the order of time. */

import type { Command } from 'commander';
import { addCopyOptions, type CopyArguments, runCopy } from '../copy-arguments.js';
import type { ExitStatus } from '../exit-status.js';

const examples = `
Every interface of every file stays an interface of its own, with its losses
and its totals.

Examples:
  gapcap merge left.pcapng right.pcapng -w both.pcapng
  gapcap merge a.pcap b.pcapng.gz -f 'host 192.0.2.1' -w host.pcapng`;

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command.description('Merges capture files in the order of time; losses stay recorded.');
  addCopyOptions(command);
  command
    .addHelpText('after', examples)
    .action(async (files: readonly string[], given: CopyArguments) => {
      const { mergeCaptures } = await import('../../editing.js');
      finish(await runCopy(files, given, mergeCaptures));
    });
}
