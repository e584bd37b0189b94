/** `gapcap doctor`: what on this host makes frames go missing, and what mends it. */

import type { Command } from 'commander';
import { ExitStatus } from '../exit-status.js';
import { writeJson } from '../standard-output.js';
import { withNearestInterface } from '../unknown-interface.js';

const examples = `
Looks only; it changes nothing. The exit status is 1 where something was found
that loses frames or will under load, 0 otherwise.

Examples:
  gapcap doctor                      this host, and all interfaces that are up
  gapcap doctor eth0                 this host and one interface
  gapcap doctor eth0 --json          the same as JSON`;

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description('Says what on this host makes frames go missing, and what mends it.')
    .usage('[options] [IF]')
    .argument('[interface]', 'the interface to be captured from')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (interfaceName: string | undefined, given: { readonly json?: true }) =>
      finish(await examine(interfaceName, given.json === true)),
    );
}

async function examine(interfaceName: string | undefined, json: boolean): Promise<ExitStatus> {
  const { DEFAULT_BUFFER_SIZE_BYTES, diagnose, doctorText, readHostFacts, toDoctorJson } =
    await import('../../diagnosis.js');
  try {
    const diagnosis = diagnose(readHostFacts(), {
      interfaceName,
      bufferSizeBytes: DEFAULT_BUFFER_SIZE_BYTES,
    });
    if (json) writeJson(toDoctorJson(diagnosis));
    else process.stdout.write(`${doctorText(diagnosis)}\n`);
    return diagnosis.healthy ? ExitStatus.Done : ExitStatus.Failed;
  } catch (error) {
    throw await withNearestInterface(error, interfaceName ?? '');
  }
}
