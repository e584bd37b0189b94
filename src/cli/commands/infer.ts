/** `gapcap infer`: loss deduced from TCP, and how it fits what the file records. */

import type { Command } from 'commander';
import type { InferenceFacts } from '../../index.js';
import { ExitStatus } from '../exit-status.js';
import { addExpansionOption, type ExpansionArguments, expansionLimit } from '../expansion-limit.js';
import { reportFailure } from '../failure.js';
import { parseCount } from '../quantity.js';
import { writeJson } from '../standard-output.js';
import { lossInRed, showsColour } from '../terminal-style.js';

const examples = `
Examples:
  gapcap infer x.pcapng             who lost what: the capture, or the network
  gapcap infer --json x.pcapng      one line of JSON a file, with every loss
  gapcap infer --flows 100 x.pcapng more flows than the 10 that lost most

What can be inferred and what can't: docs/inference.md.`;

interface InferArguments extends ExpansionArguments {
  readonly json?: true;
  readonly flows?: string;
  readonly maxFlows?: string;
}

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description(
      'Infers from TCP acknowledgments which bytes the capture lost, and which the network.',
    )
    .usage('FILE... [options]')
    .argument('<FILE...>', 'pcapng or pcap files; - is standard input')
    .option('--json', 'print one line of JSON a file, with every loss')
    .option('--flows <N>', 'list the N flows that lost most; default 10')
    .option('--max-flows <N>', 'follow so many connections at a time; default 65536');
  addExpansionOption(command);
  command
    .addHelpText('after', examples)
    .action(async (files: readonly string[], given: InferArguments) =>
      finish(await inferFiles(files, given)),
    );
}

async function inferFiles(files: readonly string[], given: InferArguments): Promise<ExitStatus> {
  const { inferText, plainStyle, toInferenceJson } = await import('../../inference.js');
  const style = showsColour(process.stdout, process.env) ? lossInRed : plainStyle;
  const flowLimit = countOf(given.flows, '--flows', 0);
  const maxFlows = countOf(given.maxFlows, '--max-flows', 1);
  let status: ExitStatus = ExitStatus.Done;
  const worsen = (another: ExitStatus): void => {
    if (another > status) status = another;
  };
  for (const file of files) {
    try {
      const facts = await readFacts(file, maxFlows, given);
      if (given.json) writeJson(toInferenceJson(facts));
      else {
        const limit = flowLimit === undefined ? {} : { flowLimit };
        process.stdout.write(`${inferText(facts, { ...limit, style })}\n`);
      }
      if (facts.recorded.damage !== undefined) worsen(await reportFailure(facts.recorded.damage));
      for (const mismatch of facts.recorded.mismatches) worsen(await reportFailure(mismatch));
    } catch (error) {
      worsen(await reportFailure(error));
    }
  }
  return status;
}

async function readFacts(
  file: string,
  maxFlows: number | undefined,
  given: InferArguments,
): Promise<InferenceFacts> {
  const { inferFileLoss, openFile } = await import('../../inference.js');
  using source = openFile(file, expansionLimit(given));
  return inferFileLoss(source, { file, maxFlows, keepsDamaged: true });
}

function countOf(text: string | undefined, option: string, least: number): number | undefined {
  return text === undefined ? undefined : parseCount(text, option, { least, most: 10_000_000 });
}
