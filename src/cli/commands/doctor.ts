/** `gapcap doctor`: what on this host makes frames go missing, and what mends it. */

import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { ExitStatus } from '../exit-status.js';
import { withInterfaceTold } from '../interface-trouble.js';
import { writeJson } from '../standard-output.js';
import { UsageError } from '../usage-error.js';

const examples = `
Looks only; it changes nothing. The exit status is 1 where something was found
that loses frames or will under load, 0 otherwise.

With --probe it floods a private network for some five seconds, and says of each
assumption about the kernel that 'exact' rests on whether it holds. The result
is kept: where one fails, captures on this kernel tell no gap as exact.

Examples:
  gapcap doctor                      this host, and all interfaces that are up
  gapcap doctor eth0                 this host and one interface
  gapcap doctor eth0 --json          the same as JSON
  gapcap doctor --probe              this kernel`;

interface DoctorArguments {
  readonly json?: true;
  readonly probe?: true;
}

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description('Says what on this host makes frames go missing, and what mends it.')
    .usage('[options] [IF]')
    .argument('[interface]', 'the interface to be captured from')
    .option('--json', 'print JSON')
    .option('--probe', 'try whether the kernel does what exact gaps rest on')
    .addHelpText('after', examples)
    .action(async (interfaceName: string | undefined, given: DoctorArguments) => {
      const json = given.json === true;
      finish(given.probe ? await probe(interfaceName, json) : await examine(interfaceName, json));
    });
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
    throw await withInterfaceTold(error, interfaceName ?? '');
  }
}

/** Tries the kernel in a private network, in a process of its own. */
async function probe(interfaceName: string | undefined, json: boolean): Promise<ExitStatus> {
  if (interfaceName !== undefined) {
    throw new UsageError("--probe looks at the kernel, and can't be combined with an interface");
  }
  const lab = await import('../../demonstration.js');
  if (!lab.insidePrivateNetwork()) {
    const program = fileURLToPath(new URL('../main.js', import.meta.url));
    const arguments_ = [program, ...process.argv.slice(2)];
    return (await lab.runInPrivateNetwork({ arguments: arguments_ })) as ExitStatus;
  }
  const outcomes = await lab.probeKernel((outcome) => {
    if (!json) process.stdout.write(`${lab.probeLines(outcome).join('\n')}\n`);
  });
  const path = lab.keepOutcomes(outcomes);
  const failed = outcomes.filter(({ holds }) => !holds);
  if (json) writeJson(lab.toProbeJson(outcomes, path));
  else process.stdout.write(`\n${lab.probeVerdict(outcomes, path).join('\n')}\n`);
  return failed.length === 0 ? ExitStatus.Done : ExitStatus.Failed;
}
