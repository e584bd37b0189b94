/** `gapcap capture`: frames into a file or onto the terminal, and the places where some are missing. */

import type { Command } from 'commander';
import type { CaptureOptions, CaptureResult, CaptureSession } from '../../index.js';
import {
  type AskedCapture,
  addCaptureOptions,
  type CaptureArguments,
  toCaptureOptions,
} from '../capture-arguments.js';
import { type CaptureFilter, printFilter, readFilters } from '../capture-filter.js';
import { checkLinkTypes, listForCapture, listLinkTypes, listTimeStamps } from '../capture-lists.js';
import { gapPrinter, tellResult } from '../capture-report.js';
import { runToTheEnd } from '../capture-run.js';
import { chooseUser } from '../capture-user.js';
import { type CaptureWatcher, openWatchers } from '../capture-watchers.js';
import { compileLater } from '../compile-later.js';
import { ExitStatus } from '../exit-status.js';
import { prepareFailure } from '../failure.js';
import { FinishedFiles } from '../finished-files.js';
import { FramePlace } from '../frame-place.js';
import { FramePrinter } from '../frame-printer.js';
import { withInterfaceTold } from '../interface-trouble.js';
import { refuseTerminal } from '../standard-output.js';
import { gapsInRed, showsColour, showsUnicode } from '../terminal-style.js';
import { UsageError } from '../usage-error.js';

const examples = `
Without -w, prints one line a frame, and a line where frames are missing. Data
goes to standard output, counts and messages to standard error. With --json no
frame is printed; the JSON goes to standard output, or to standard error where
-w - has taken that. The first Ctrl-C ends cleanly, the second at once.

Options about an interface (-B -s -p -f --engine --ifname and their like) are
for the -i before them; before the first -i they are the default for all.

Examples:
  gapcap capture -i eth0                  watch frames, with the gaps in place
  gapcap capture -i eth0 -w x.pcapng      write them to a file until Ctrl-C
  gapcap capture -i eth0 -w x.pcapng -a duration:10 -B 256M
  gapcap capture -i eth0 -w x.pcapng.gz -b duration:3600 -b files:24
  gapcap capture -i eth0 -c 1000000 --json        count only, report as JSON
  gapcap capture -i eth0 -w x.pcapng tcp port 443 and not host 192.0.2.1
  gapcap capture -i eth0 -d vlan 7 and ip         print the filter's program
  gapcap capture -i eth0 -w x.pcapng -a duration:60 --fail-on-loss
  gapcap capture -s 96 -i eth0 -B 256M -i eth1 -f 'port 53' -w both.pcapng
  gapcap capture -i eth0 -w x.pcapng --http 9100   with a live page and /metrics
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
  if (given.listInterfaces) {
    if (given.json) throw new UsageError('-D has no JSON', "'gapcap interfaces --json' has.");
    await listForCapture();
    return ExitStatus.Done;
  }
  const asked = toCaptureOptions(given);
  if (given.listDataLinkTypes) {
    await listLinkTypes(asked.interfaces);
    return ExitStatus.Done;
  }
  if (given.listTimeStampTypes) {
    await listTimeStamps(asked.interfaces);
    return ExitStatus.Done;
  }
  const filters = await filtersFor(given, words, asked);
  if (given.dumpFilter !== undefined) {
    for (const [i, { interfaceName }] of asked.interfaces.entries()) {
      if (filters.length > 1) process.stderr.write(`${interfaceName}:\n`);
      await printFilter(filters[i]!.filter, given.dumpFilter);
    }
    return ExitStatus.Done;
  }
  const interfaces = asked.interfaces.map((one, i) => ({ ...one, ...filters[i] }));
  const options = { ...asked, interfaces, ...(await chooseUser(given)) };
  refuseTerminal(
    given.write,
    `Pipe it into a program or a file: gapcap capture -i ${interfaces[0]!.interfaceName} -w - > x.pcapng`,
  );
  if (given.fileFormat === 'pcap' && !given.quiet) {
    process.stderr.write(
      "a pcap file can't hold gaps, totals, names or directions: frames only (pcapng can)\n",
    );
  }
  const finished = await FinishedFiles.open({
    printName: given.ringBuffer?.printName,
    postRotate: given.postrotate,
    runAs: options.runAs,
  });
  const { CaptureWriteError } = await import('../../live.js');
  await prepareFailure();
  let watcher: CaptureWatcher | undefined;
  let ended: CaptureResult | undefined;
  let began = false;
  try {
    // Before privileges are given up: a port below 1024 needs them.
    watcher = await openWatchers(given);
    const toRun = {
      open: () =>
        openSession(
          { ...options, onFileClosed: (path) => finished.take(path), onTrouble: tellTrouble },
          given,
          watcher,
        ),
      follow: (session: CaptureSession) => {
        began = true;
        return watcher?.follow(session);
      },
    };
    const { result, endedBy } = await runToTheEnd(toRun, options, given);
    ended = result;
    await tellResult(result, given);
    if (endedBy !== undefined) return endedBy as ExitStatus;
    const lost = (result.account.lost ?? 0) - result.lostBeyondLimit;
    return given.failOnLoss && lost > 0 ? ExitStatus.FramesLost : ExitStatus.Done;
  } catch (error) {
    if (error instanceof CaptureWriteError) {
      ended = error.result;
      await tellResult(error.result, given);
    }
    throw error;
  } finally {
    await watcher?.close(ended);
    if (began) await finished.close();
    else finished.discard();
  }
}

function tellTrouble(error: Error): void {
  process.stderr.write(`gapcap: ${error.message}\n`);
}

async function filtersFor(
  given: CaptureArguments,
  words: readonly string[],
  asked: AskedCapture,
): Promise<readonly (CaptureFilter | undefined)[]> {
  try {
    await checkLinkTypes(given);
    return await readFilters(given, words, asked.interfaces);
  } catch (error) {
    throw await withInterfaceTold(error, ...namesOf(asked));
  }
}

function namesOf(asked: AskedCapture): string[] {
  return asked.interfaces.map(({ interfaceName }) => interfaceName);
}

/** Opens socket and file, so that what can't work fails before anything is captured. */
async function openSession(
  options: AskedCapture,
  given: CaptureArguments,
  watcher: CaptureWatcher | undefined,
): Promise<CaptureSession> {
  const { CaptureSession } = await import('../../live.js');
  let session: CaptureSession | undefined;
  const interfaces = (): CaptureSession['interfaces'] => session?.interfaces ?? [];
  try {
    const sink =
      given.write === undefined && !given.json ? await framePrinter(interfaces) : undefined;
    const onGap = given.printGaps
      ? await gapPrinter(given, (gap) => interfaces()[gap.interfaceId]?.name)
      : undefined;
    session = CaptureSession.open({ ...options, sink, onGap: bothOf(onGap, watcher?.onGap) });
    if (session.takesRuns) compileLater();
    return session;
  } catch (error) {
    throw await withInterfaceTold(error, ...namesOf(options));
  }
}

type TakesGap = NonNullable<CaptureOptions['onGap']>;

function bothOf(one: TakesGap | undefined, other: TakesGap | undefined): TakesGap | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return (gap, file) => {
    one(gap, file);
    other(gap, file);
  };
}

/** What prints a line for each frame; loaded only where frames are printed. */
async function framePrinter(interfaces: () => CaptureSession['interfaces']): Promise<FramePrinter> {
  const { FrameLine, plainFrameLineStyle } = await import('../../lines.js');
  const { listInterfaces, safeText } = await import('../../interfaces.js');
  const colour = showsColour(process.stdout, process.env);
  const lines = new FrameLine({
    unicode: showsUnicode(process.env),
    style: colour ? gapsInRed(plainFrameLineStyle) : plainFrameLineStyle,
  });
  const place = new FramePlace(listInterfaces, safeText);
  return new FramePrinter(lines, interfaces, (bytes) => process.stdout.write(bytes), place);
}
