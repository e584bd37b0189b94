/** `gapcap demo`: loses frames on purpose in a network of its own, and proves that each is accounted for. */

import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import type { DemoOptions, DemoProgress, DemoResult } from '../../index.js';
import { parseEngine } from '../capture-interfaces.js';
import { ExitStatus } from '../exit-status.js';
import { reportFailure } from '../failure.js';
import { onInterrupt } from '../interrupt.js';
import { LiveLine } from '../live-line.js';
import { parseCount } from '../quantity.js';
import { writeJson } from '../standard-output.js';
import { UsageError } from '../usage-error.js';

const defaultFrameCount = 2_000_000;
/** Gaps that are shown as sentences. */
const gapsShown = 5;

const examples = `
Makes a private network that nobody else sees, floods it with numbered frames,
captures them while standing still now and then, so that frames are lost, and
compares every gap in the file with the numbers that are missing. Takes a few
seconds; needs no root where the system allows user namespaces.

Where there can be no such network it simulates one instead, and says so.

Examples:
  gapcap demo                        writes demo.pcapng
  gapcap demo --simulated            on a modelled kernel, on any system
  gapcap demo --engine socket --frames 500000 -w /tmp/socket.pcapng
  gapcap demo --json                 the verdict as JSON`;

interface DemoArguments {
  readonly write: string;
  readonly frames: number;
  readonly engine?: DemoOptions['engine'];
  readonly simulated?: true;
  readonly json?: true;
}

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description('Loses frames on purpose and checks every gap against the truth.')
    .option('-w, --write <file>', 'write the capture to this pcapng file', 'demo.pcapng')
    .addOption(
      new Option('--frames <n>', 'frames to send')
        .argParser((text) => parseCount(text, '--frames', { least: 1, most: 1_000_000_000 }))
        .default(defaultFrameCount, '2 million'),
    )
    .option('--engine <engine>', 'ring (the default) or socket', parseEngine)
    .option('--simulated', 'simulate network and kernel: needs no privileges')
    .option('--json', 'print the verdict as one line of JSON')
    .addHelpText('after', examples)
    .action(async (given: DemoArguments) => finish(await demo(given)));
}

async function demo(given: DemoArguments): Promise<ExitStatus> {
  if (given.write === '-') {
    throw new UsageError('demo -w -: the file is read again to be checked', 'Give it a name.');
  }
  const { insidePrivateNetwork, runInPrivateNetwork, UnsupportedError } = await import(
    '../../demonstration.js'
  );
  if (given.simulated || insidePrivateNetwork()) return await runHere(given);
  const program = fileURLToPath(new URL('../main.js', import.meta.url));
  try {
    const status = await runInPrivateNetwork({ arguments: [program, ...process.argv.slice(2)] });
    return status as ExitStatus;
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    await reportFailure(error);
    process.stderr.write('gapcap: So this is a simulation, as with --simulated.\n');
    return await runHere({ ...given, simulated: true });
  }
}

/** Runs it in this process: on the model, or in the private network that it is in. */
async function runHere(given: DemoArguments): Promise<ExitStatus> {
  const { formatCount, runDemo, runSimulatedDemo } = await import('../../demonstration.js');
  const tell = (text: string): void => {
    if (!given.json) process.stdout.write(`${text}\n`);
  };
  const flooding = given.simulated ? 'Simulating a flood of' : 'Flooding a private network with';
  tell(
    `${flooding} ${formatCount(given.frames)} numbered frames. The capture stands\n` +
      'still now and then, so that its small buffer overflows and frames are lost.\n',
  );
  let progress: DemoProgress | undefined;
  const live = new LiveLine(process.stderr, () => describeProgress(progress, formatCount));
  live.start();
  const leave = (status: number): void => {
    live.stop();
    process.exit(status);
  };
  const endInterrupts = onInterrupt({ first: leave, second: leave, further: leave });
  let result: DemoResult;
  try {
    const run = given.simulated ? runSimulatedDemo : runDemo;
    result = await run({
      file: given.write,
      frameCount: given.frames,
      engine: given.engine,
      onProgress: (now) => {
        progress = now;
      },
      onCaptured: () => live.stop(),
    });
  } finally {
    live.stop();
    endInterrupts();
  }
  const verdict = judge(result);
  if (given.json) writeJson(await toDemoJson(result, verdict, given));
  else tell(await describeResult(result, verdict));
  return verdict.right ? ExitStatus.Done : ExitStatus.AccountingMismatch;
}

function describeProgress(
  progress: DemoProgress | undefined,
  formatCount: (count: number) => string,
): string {
  if (progress === undefined) return 'starting';
  const { part, captured, lost, gaps } = progress;
  const percent = `${Math.floor(part * 100)} %`.padStart(5);
  return `${percent}  ${formatCount(captured)} captured  ${formatCount(lost)} lost in ${formatCount(gaps)} gaps`;
}

/** What the comparison with the numbers in the frames came to. */
interface Verdict {
  readonly right: boolean;
  /** Gaps there are by the numbers, the final one included. */
  readonly gaps: number;
  /** Of those, recorded as exact, with the very number. */
  readonly exact: number;
  /** Gaps marked as bounded; their sums are right where `right` is true. */
  readonly bounded: number;
}

function judge({ truth }: DemoResult): Verdict {
  const finals = truth.finalGaps.filter(({ missing }) => missing > 0);
  const boundedFinals = finals.filter(({ bounds }) => bounds !== undefined).length;
  const exactFinals = finals.filter(
    ({ missing, recorded, bounds }) => bounds === undefined && recorded === missing,
  ).length;
  return {
    right: truth.right,
    gaps: truth.gaps + finals.length,
    exact: truth.exactRight + exactFinals,
    bounded: truth.bounded.marked + boundedFinals,
  };
}

async function describeResult(result: DemoResult, verdict: Verdict): Promise<string> {
  const { captureSummary, formatCount, formatCounted, gapSentence } = await import(
    '../../demonstration.js'
  );
  const { capture, flood, truth, ratePps } = result;
  const { account } = capture;
  const seconds = (flood.elapsedMs / 1000).toFixed(1);
  const lines = [
    `${formatCounted(flood.sent, 'frame')} sent in ${seconds} s (${formatCount(Math.round(ratePps))} a second)`,
    captureSummary(account),
  ];
  for (const gap of account.gaps.slice(0, gapsShown)) {
    lines.push(`  ${gapSentence(gap, account.interfaces[0]?.name)}`);
  }
  const untold = account.gaps.length + account.gapsOmitted - gapsShown;
  if (untold > 0) lines.push(`  … and ${formatCount(untold)} more`);
  lines.push('', 'Compared with the numbers in the frames:');
  lines.push(`  ${describeVerdict(verdict, formatCount)}`);
  lines.push(
    `  ${formatCount(truth.missingTotal)} frames are missing; the file accounts for ${formatCount(truth.recordedTotal)}`,
  );
  for (const { frame, missing, recorded, reason } of truth.wrong) {
    const place = frame === undefined ? 'a group' : `frame ${formatCount(frame)}`;
    lines.push(`  WRONG before ${place}: ${missing} missing, ${recorded} recorded (${reason})`);
  }
  const file = capture.file ?? '';
  lines.push('', `The capture is in ${file}. To see where frames are missing:`);
  lines.push(`  gapcap gaps ${file}`, `  wireshark -Y 'frame.drop_count > 0' ${file}`);
  return lines.join('\n');
}

function describeVerdict(verdict: Verdict, formatCount: (count: number) => string): string {
  const { right, gaps, exact, bounded } = verdict;
  const all = `${formatCount(exact)} of ${formatCount(gaps)} gaps exact`;
  if (!right) return `${all}; some are WRONG, which is a fault in gapcap: please report it`;
  if (bounded === 0) return all;
  return `${all}, the others bounded with a right sum`;
}

async function toDemoJson(
  result: DemoResult,
  verdict: Verdict,
  { engine = 'ring', simulated }: DemoArguments,
): Promise<object> {
  const { toLossJson } = await import('../../demonstration.js');
  const { capture, flood, ratePps, stalls, truth } = result;
  const facts = {
    file: capture.file,
    format: 'pcapng',
    application: undefined,
    truncated: false,
    account: capture.account,
    mismatches: [],
  };
  return {
    engine,
    simulated: simulated === true,
    sent: flood.sent,
    ratePps: Math.round(ratePps),
    stalls,
    missing: truth.missingTotal,
    ...verdict,
    loss: toLossJson(facts),
  };
}
