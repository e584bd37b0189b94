/** `gapcap report`: a capture and its losses as one HTML page, as JSON, as tables. */

import { once } from 'node:events';
import { createWriteStream, fstatSync, ftruncateSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { ReportFacts, ReportTable } from '../../index.js';
import { ExitStatus } from '../exit-status.js';
import { addExpansionOption, type ExpansionArguments, expansionLimit } from '../expansion-limit.js';
import { reportFailure } from '../failure.js';
import { writeOutput } from '../output-bytes.js';
import { writeJson } from '../standard-output.js';
import { UsageError } from '../usage-error.js';

const examples = `
Examples:
  gapcap report x.pcapng -o x.html                   one page with plots
  gapcap report x.pcapng --json                      the same facts as JSON
  gapcap report x.pcapng --csv > gaps.csv            the gaps as a table
  gapcap report x.pcapng --csv --table intervals     frames and losses over time
  ssh host cat x.pcapng | gapcap report - -o x.html`;

interface ReportArguments extends ExpansionArguments {
  readonly output?: string;
  readonly json?: true;
  readonly csv?: true;
  readonly table: ReportTable;
}

/** The tables that `--table` knows; `REPORT_TABLES` says the same. */
const TABLES: readonly ReportTable[] = ['gaps', 'flows', 'intervals', 'interfaces', 'summary'];

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description(
      'Writes one HTML page that needs no network: frames, bytes and losses over time, every gap ' +
        'with what lay around it. The same facts as JSON or as tables.',
    )
    .usage('FILE -o PAGE.html [options]')
    .argument('<FILE>', 'a pcapng or pcap file; - is standard input')
    .option('-o, --output <PAGE.html>', 'write the page to this file; - is standard output')
    .option('--json', 'print the facts as one line of JSON')
    .option('--csv', 'print a table as comma-separated values')
    .addOption(
      new Option('--table <NAME>', 'which table --csv prints').choices(TABLES).default('gaps'),
    );
  addExpansionOption(command);
  command
    .addHelpText('after', examples)
    .action(async (file: string, given: ReportArguments) => finish(await report(file, given)));
}

async function report(file: string, given: ReportArguments): Promise<ExitStatus> {
  checkArguments(given);
  const { htmlPage, openFile, readFileReport, reportCsv, safeText, toReportJson } = await import(
    '../../reporting.js'
  );
  let facts: ReportFacts;
  {
    using source = openFile(file, expansionLimit(given));
    facts = readFileReport(source, { keepsDamaged: true });
  }
  const json = toReportJson(facts);
  if (given.output !== undefined) await writePage(given.output, htmlPage(json));
  if (given.json) writeJson(json);
  if (given.csv) await writeAll(process.stdout, reportCsv(json, given.table));
  if (facts.loss.truncated) {
    process.stderr.write(
      `gapcap: ${safeText(file)} is truncated: its end is missing; all whole frames are counted.\n`,
    );
  }
  let status: ExitStatus = ExitStatus.Done;
  if (facts.loss.damage !== undefined) status = await reportFailure(facts.loss.damage);
  for (const mismatch of facts.loss.mismatches) status = await reportFailure(mismatch);
  return status;
}

function checkArguments({ output, json, csv }: ReportArguments): void {
  if (output === undefined && !json && !csv) {
    throw new UsageError(
      'nothing to write',
      'Give -o PAGE.html for the page, or --json or --csv for its facts.',
    );
  }
  if (json && csv) throw new UsageError('--json and --csv exclude each other');
  if (output !== '-') return;
  if (json || csv) throw new UsageError('-o - and --json or --csv would mix on standard output');
  if (process.stdout.isTTY) {
    throw new UsageError('the page is not for a terminal', 'Give -o PAGE.html.');
  }
}

async function writePage(path: string, pieces: Iterable<string>): Promise<void> {
  if (path === '-') {
    // As bytes: a page is data, and never for a terminal.
    for (const piece of pieces) writeOutput(Buffer.from(piece));
    return;
  }
  try {
    const stream = createWriteStream(path, await asRoot(path));
    if (stream.pending) await once(stream, 'open');
    await writeAll(stream, pieces);
    stream.end();
    await once(stream, 'close');
  } catch (error) {
    // Of a descriptor that can't take more the system doesn't know the name.
    if ((error as NodeJS.ErrnoException).syscall !== 'write') throw error;
    const { fileRefusal } = await import('../../errors.js');
    throw fileRefusal(error, `Can't write to ${path}`);
  }
}

/** Root opens no file that a stranger has put in its way. */
async function asRoot(path: string): Promise<{ fd: number } | Record<string, never>> {
  if (process.geteuid?.() !== 0) return {};
  const { openOutput } = await import('../../live.js');
  const { fd } = openOutput(path, { mode: 0o666 });
  if (fstatSync(fd).isFile()) ftruncateSync(fd, 0);
  return { fd };
}

async function writeAll(stream: NodeJS.WritableStream, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
}
