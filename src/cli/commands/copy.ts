/** `gapcap copy`: capture files into another, without losing a recorded loss. */

import type { Command } from 'commander';
import { addCopyOptions, type CopyArguments, runCopy } from '../copy-arguments.js';
import type { ExitStatus } from '../exit-status.js';

const examples = `
A loss recorded on a frame that is left out moves to the next frame of its
interface that is kept.

Examples:
  gapcap copy x.pcapng --frames 1000-2000 -w cut.pcapng
  gapcap copy x.pcapng --from +60s --to +120s -w minute.pcapng
  gapcap copy x.pcapng -f 'tcp port 443' -s 96 -w tls.pcapng.gz
  gapcap copy x_*.pcapng -w all.pcapng          one after the other
  gapcap copy x.pcapng --anonymise -w public.pcapng
  gapcap copy x.pcapng -F pcap -w x.pcap        says what pcap can't hold`;

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command.description(
    'Copies capture files into one: cut, filtered, converted; losses stay recorded.',
  );
  addCopyOptions(command);
  command
    .addHelpText('after', examples)
    .action(async (files: readonly string[], given: CopyArguments) => {
      const { copyCaptures } = await import('../../editing.js');
      finish(await runCopy(files, given, copyCaptures));
    });
}
