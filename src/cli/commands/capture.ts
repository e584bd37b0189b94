/** `gapcap capture`: frames into a file or onto the terminal, and the places where some are missing. */

import type { Command } from 'commander';
import type { CaptureOptions, CaptureResult, CaptureSession } from '../../index.js';
import {
  addCaptureOptions,
  type CaptureArguments,
  toCaptureOptions,
} from '../capture-arguments.js';
import { type CaptureFilter, printFilter, readFilter } from '../capture-filter.js';
import { RateMeter } from '../capture-status.js';
import { chooseUser } from '../capture-user.js';
import { ExitStatus } from '../exit-status.js';
import { FramePrinter } from '../frame-printer.js';
import { onInterrupt } from '../interrupt.js';
import { LiveLine } from '../live-line.js';
import { formatSize } from '../quantity.js';
import { onReaderLeft, writeJson } from '../standard-output.js';
import { gapsInRed, showsColour, showsUnicode } from '../terminal-style.js';
import { withNearestInterface } from '../unknown-interface.js';
import { UsageError } from '../usage-error.js';

/** Places that the last lines name; all of them are in the file and in the JSON. */
const gapsTold = 20;

const examples = `
Without -w, prints one line a frame, and a line where frames are missing. Data
goes to standard output, counts and messages to standard error. With --json no
frame is printed; the JSON goes to standard output, or to standard error where
-w - has taken that. The first Ctrl-C ends cleanly, the second at once.

Examples:
  gapcap capture -i eth0                  watch frames, with the gaps in place
  gapcap capture -i eth0 -w x.pcapng      write them to a file until Ctrl-C
  gapcap capture -i eth0 -w x.pcapng -a duration:10 -B 256M
  gapcap capture -i eth0 -c 1000000 --json        count only, report as JSON
  gapcap capture -i eth0 -w x.pcapng tcp port 443 and not host 192.0.2.1
  gapcap capture -i eth0 -d vlan 7 and ip         print the filter's program
  gapcap capture -i eth0 -w x.pcapng -a duration:60 --fail-on-loss
  gapcap capture -i eth0 -w - | wireshark -k -i -`;

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command.description(
    'Captures frames from an interface and says how many were lost, and between which.',
  );
  addCaptureOptions(command);
  command
    .addHelpText('after', examples)
    .action(async (words: readonly string[], given: CaptureArguments) =>
      finish(await capture(given, words)),
    );
}

async function capture(given: CaptureArguments, words: readonly string[]): Promise<ExitStatus> {
  const asked = toCaptureOptions(given);
  const filter = await filterFor(given, words, asked);
  if (given.dumpFilter !== undefined) {
    if (filter !== undefined) await printFilter(filter.filter, given.dumpFilter);
    return ExitStatus.Done;
  }
  const options = { ...asked, ...filter, ...(await chooseUser(given)) };
  if (given.write === '-' && process.stdout.isTTY) {
    throw new UsageError(
      '-w -: standard output is a terminal, which a capture file would garble',
      `Pipe it into a program or a file: gapcap capture -i ${options.interfaceName} -w - > x.pcapng`,
    );
  }
  const session = await openSession(options, given);
  const result = await runToTheEnd(session, options, given);
  await tellResult(result, given);
  const lost = result.account.lost ?? 0;
  return given.failOnLoss && lost > 0 ? ExitStatus.FramesLost : ExitStatus.Done;
}

async function filterFor(
  given: CaptureArguments,
  words: readonly string[],
  asked: CaptureOptions,
): Promise<CaptureFilter | undefined> {
  try {
    return await readFilter(given, words, asked);
  } catch (error) {
    throw await withNearestInterface(error, asked.interfaceName);
  }
}

/** Opens socket and file, so that what can't work fails before anything is captured. */
async function openSession(
  options: CaptureOptions,
  given: CaptureArguments,
): Promise<CaptureSession> {
  const { CaptureSession, FrameLine, findTarget, plainFrameLineStyle } = await import(
    '../../index.js'
  );
  const colour = showsColour(process.stdout, process.env);
  const lines = new FrameLine({
    unicode: showsUnicode(process.env),
    style: colour ? gapsInRed(plainFrameLineStyle) : plainFrameLineStyle,
  });
  const printsFrames = given.write === undefined && !given.json;
  try {
    const { linkType } = findTarget(options.interfaceName);
    const sink = new FramePrinter(
      lines,
      () => linkType,
      (text) => process.stdout.write(text),
    );
    return CaptureSession.open(printsFrames ? { ...options, sink } : options);
  } catch (error) {
    throw await withNearestInterface(error, options.interfaceName);
  }
}

/** Runs the session until it ends by itself, by a signal, or because nobody reads any more. */
async function runToTheEnd(
  session: CaptureSession,
  options: CaptureOptions,
  given: CaptureArguments,
): Promise<CaptureResult> {
  const { statusLine } = await import('../../index.js');
  const meter = new RateMeter();
  const live = new LiveLine(process.stderr, (columns) =>
    statusLine(meter.take(session.progress), columns),
  );
  const endInterrupts = onInterrupt({
    first: () => session.stop(),
    second: () => session.abort(),
    further: (status) => {
      live.stop();
      process.exit(status);
    },
  });
  onReaderLeft(() => session.stop());
  if (!given.quiet && !jsonOnStderr(given)) {
    process.stderr.write(`${await describeStart(options)}\n`);
    if (given.write !== undefined) live.start();
  }
  try {
    return await session.run();
  } finally {
    live.stop();
    endInterrupts();
  }
}

async function describeStart(options: CaptureOptions): Promise<string> {
  const { DEFAULT_BUFFER_SIZE_BYTES } = await import('../../index.js');
  const { output, engine, bufferSizeBytes } = options;
  const to = output === undefined || output === '-' ? '' : ` to ${output}`;
  const size = formatSize(bufferSizeBytes ?? DEFAULT_BUFFER_SIZE_BYTES);
  const buffer = `${engine === 'socket' ? 'queue' : 'ring'} of ${size}`;
  return `capturing on ${options.interfaceName}${to} (${buffer}); Ctrl-C ends`;
}

/** Totals and places on stderr, JSON where it belongs. */
async function tellResult(result: CaptureResult, given: CaptureArguments): Promise<void> {
  const { captureSummary, formatCount, formatCounted, gapSentence, toLossJson } = await import(
    '../../index.js'
  );
  const { account } = result;
  if (given.json) {
    const facts = {
      file: result.file,
      format: result.file === undefined ? undefined : 'pcapng',
      application: undefined,
      truncated: false,
      account,
      mismatches: [],
    };
    writeJson(toLossJson(facts), given.write === '-' ? process.stderr : process.stdout);
  }
  if (jsonOnStderr(given)) return;
  const lines = [captureSummary(account)];
  for (const gap of account.gaps.slice(0, gapsTold)) {
    const { name } = account.interfaces.find(({ id }) => id === gap.interfaceId) ?? {};
    lines.push(`  ${gapSentence(gap, name)}`);
  }
  const untold = account.gaps.length + account.gapsOmitted - gapsTold;
  if (untold > 0) lines.push(`  … and ${formatCount(untold)} more${whereRest(given)}`);
  if (result.interfaceDropped !== undefined && result.interfaceDropped > 0) {
    const frames = formatCounted(result.interfaceDropped, 'frame');
    lines.push(`${frames} more lost in the network card or its driver, in no gap`);
  }
  if (result.endReason === 'interface gone') lines.push('ended because the interface is gone');
  process.stderr.write(`${lines.join('\n')}\n`);
}

function whereRest(given: CaptureArguments): string {
  if (given.json) return ', in the JSON';
  return given.write === undefined || given.write === '-'
    ? ''
    : `: gapcap gaps --all ${given.write}`;
}

/** With `-w -` standard output is taken, so the JSON is all that goes to standard error. */
function jsonOnStderr(given: CaptureArguments): boolean {
  return given.json === true && given.write === '-';
}
