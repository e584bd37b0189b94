/** `gapcap heal`: the gaps of one capture filled with the frames that others have. */

import type { Command } from 'commander';
import type { HealProgress } from '../../healing.js';
import { ExitStatus } from '../exit-status.js';
import { addExpansionOption, type ExpansionArguments, expansionLimit } from '../expansion-limit.js';
import { reportFailure } from '../failure.js';
import { gapTable, sourceLine, totalsLine } from '../heal-text.js';
import { onInterrupt } from '../interrupt.js';
import { LiveLine } from '../live-line.js';
import { refuseTerminal, writeJson } from '../standard-output.js';
import { UsageError } from '../usage-error.js';

/** What commander makes of the options; `undefined` where an option wasn't given. */
interface HealArguments extends ExpansionArguments {
  readonly write: string;
  readonly exact?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** Gaps that the table shows; further ones are counted. */
const shownGaps = 40;

const examples = `
The first file is healed; the others are captures of the same traffic, tried in
their order. Each frame filled in has a comment that says where it is from; what
is still missing stays recorded, as 'gapcap gaps OUTPUT' shows.

Examples:
  gapcap heal tap1.pcapng tap2.pcapng -w whole.pcapng
  gapcap heal server.pcapng switch.pcapng client.pcapng -w whole.pcapng.gz
  gapcap heal --exact a.pcapng b.pcapng -w c.pcapng     two copies of one tap
  gapcap heal a.pcapng b.pcapng -w whole.pcapng --json | jq '.gaps[]'`;

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description(
      'Fills gaps of one capture with the frames that another one of the same traffic has.',
    )
    .usage('FILE OTHER... -w OUTPUT [options]')
    .argument('<FILE>', 'the capture to heal: a pcapng file, gzip or zstd or plain')
    .argument('<OTHER...>', 'captures of the same traffic, pcapng or pcap')
    .requiredOption('-w, --write <file>', 'the output; .gz at its end compresses it; - is stdout')
    .option('--exact', 'frames are the same only if every byte is, MAC addresses and all')
    .option('--json', 'print what became of each gap as JSON')
    .option('-q, --quiet', 'say nothing but errors');
  addExpansionOption(command);
  command
    .addHelpText('after', examples)
    .action(async (file: string, others: readonly string[], given: HealArguments) => {
      finish(await run(file, others, given));
    });
}

async function run(
  file: string,
  others: readonly string[],
  given: HealArguments,
): Promise<ExitStatus> {
  refuseTerminal(given.write);
  if (given.json === true && given.write === '-') {
    throw new UsageError(
      'both the capture and --json would go to standard output',
      'Write to a file.',
    );
  }
  const { healCapture, toHealJson } = await import('../../healing.js');
  const abort = new AbortController();
  let status: ExitStatus | number = ExitStatus.Done;
  let progress: HealProgress = { frames: 0, inputBytes: 0, totalBytes: 0 };
  const line = new LiveLine(process.stderr, () => progressText(progress));
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
    const result = await healCapture(file, others, {
      output: given.write,
      exact: given.exact,
      ...expansionLimit(given),
      signal: abort.signal,
      onProgress: (now) => {
        progress = now;
      },
    });
    line.stop();
    if (given.json === true) writeJson(toHealJson(file, given.write, result));
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

function progressText({ frames, inputBytes, totalBytes }: HealProgress): string {
  const share = totalBytes > 0 ? `, ${Math.floor((100 * inputBytes) / totalBytes)} %` : '';
  return `${frames.toLocaleString('en')} frames read${share}`;
}

type Result = Awaited<ReturnType<typeof import('../../healing.js').healCapture>>;

async function tell(result: Result, given: HealArguments): Promise<void> {
  const tools = await import('../../files.js');
  const { formatCount, formatCounted, safeText } = tools;
  const say = (text: string): void => {
    process.stderr.write(`gapcap: ${text}\n`);
  };
  if (result.truncated)
    say('the capture is truncated: its end is missing, and what was lost there.');
  if (result.aborted) {
    const output = safeText(given.write);
    say(`ended early; ${output} has only what comes before, totals included.`);
  }
  if (given.quiet === true) return;
  if (given.json !== true) {
    const table = gapTable(result.gaps.slice(0, shownGaps), tools);
    for (const text of table) process.stderr.write(`${text}\n`);
    const more = result.gapCount - Math.min(result.gaps.length, shownGaps);
    if (more > 0) process.stderr.write(`... and ${formatCounted(more, 'more gap')}\n`);
  }
  for (const source of result.sources) say(sourceLine(source, tools));
  for (const path of result.unrelated) {
    say(
      safeText(
        `${path} is of no use here: too few frames in it are in the capture as well, or it has those of several interfaces in one.`,
      ),
    );
  }
  if (result.unplaced > 0) {
    say(`${formatCount(result.unplaced)} lost without a recorded place can't be filled in.`);
  }
  say(totalsLine(result, tools));
}
