/** `gapcap capture`: frames into a file or onto the terminal, and the places where some are missing. */

import type { Command } from 'commander';
import type { CaptureOptions, CaptureSession } from '../../index.js';
import {
  addCaptureOptions,
  type CaptureArguments,
  toCaptureOptions,
} from '../capture-arguments.js';
import { type CaptureFilter, printFilter, readFilter } from '../capture-filter.js';
import { gapPrinter, tellResult } from '../capture-report.js';
import { runToTheEnd } from '../capture-run.js';
import { chooseUser } from '../capture-user.js';
import { ExitStatus } from '../exit-status.js';
import { FinishedFiles } from '../finished-files.js';
import { FramePrinter } from '../frame-printer.js';
import { gapsInRed, showsColour, showsUnicode } from '../terminal-style.js';
import { withNearestInterface } from '../unknown-interface.js';
import { UsageError } from '../usage-error.js';

const examples = `
Without -w, prints one line a frame, and a line where frames are missing. Data
goes to standard output, counts and messages to standard error. With --json no
frame is printed; the JSON goes to standard output, or to standard error where
-w - has taken that. The first Ctrl-C ends cleanly, the second at once.

Examples:
  gapcap capture -i eth0                  watch frames, with the gaps in place
  gapcap capture -i eth0 -w x.pcapng      write them to a file until Ctrl-C
  gapcap capture -i eth0 -w x.pcapng -a duration:10 -B 256M
  gapcap capture -i eth0 -w x.pcapng.gz -b duration:3600 -b files:24
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
  if (given.fileFormat === 'pcap' && !given.quiet) {
    process.stderr.write(
      "a pcap file can't hold gaps, totals, names or directions: frames only (pcapng can)\n",
    );
  }
  const finished = await FinishedFiles.open({
    printName: given.ringBuffer?.printName,
    postRotate: given.postrotate,
  });
  const { CaptureWriteError } = await import('../../index.js');
  try {
    const session = await openSession(
      { ...options, onFileClosed: (path) => finished.take(path), onTrouble: tellTrouble },
      given,
    );
    const result = await runToTheEnd(session, options, given);
    await tellResult(result, given);
    const lost = result.account.lost ?? 0;
    return given.failOnLoss && lost > 0 ? ExitStatus.FramesLost : ExitStatus.Done;
  } catch (error) {
    if (error instanceof CaptureWriteError) await tellResult(error.result, given);
    throw error;
  } finally {
    await finished.close();
  }
}

function tellTrouble(error: Error): void {
  process.stderr.write(`gapcap: ${error.message}\n`);
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
    const names = new Map<number, string | undefined>();
    const onGap = given.printGaps
      ? await gapPrinter(given, (gap) => names.get(gap.interfaceId))
      : undefined;
    const session = CaptureSession.open({ ...options, ...(printsFrames ? { sink } : {}), onGap });
    for (const { id, name } of session.interfaces) names.set(id, name);
    return session;
  } catch (error) {
    throw await withNearestInterface(error, options.interfaceName);
  }
}
