/** A capture under way, as its user sees it: the live line, the signals, statistics, the end. */

import type { CaptureResult, CaptureSession, LiveSourceOptions } from '../index.js';
import type { AskedCapture, CaptureArguments } from './capture-arguments.js';
import { jsonOnStderr, tellSnapshot } from './capture-report.js';
import { RateMeter } from './capture-status.js';
import { onInterrupt } from './interrupt.js';
import { LiveLine } from './live-line.js';
import { formatSize } from './quantity.js';
import { onReaderLeft, writeJson } from './standard-output.js';

const statisticsEveryMs = 1000;
/** Width of the columns of `-S`, as dumpcap has them. */
const nameWidth = 15;
const countWidth = 10;

/** How a capture ended. */
export interface EndedRun {
  readonly result: CaptureResult;
  /** The status for a second signal, which left frames unread; undefined: there was none. */
  readonly endedBy: number | undefined;
}

/** Where a session comes from, and who is told of it before it runs. */
export interface SessionToRun {
  open(): Promise<CaptureSession>;
  /** Called once it is open. */
  follow(session: CaptureSession): void | Promise<void>;
}

/**
 * Opens a session and runs it until it ends by itself, by a signal, or because nobody reads any more.
 *
 * A signal that comes while it is being opened ends it as one that comes later: the file is whole.
 */
export async function runToTheEnd(
  { open, follow }: SessionToRun,
  options: AskedCapture,
  given: CaptureArguments,
): Promise<EndedRun> {
  let session: CaptureSession | undefined;
  let live: LiveLine | undefined;
  let endedBy: number | undefined;
  const endInterrupts = onInterrupt({
    // Before the session there is nothing to complete.
    first: (status) => (session === undefined ? process.exit(status) : session.stop()),
    second: (status) => {
      endedBy = status;
      session?.abort();
    },
    further: (status) => {
      live?.stop();
      process.exit(status);
    },
    hangUp: () => {
      if (options.rotation === undefined) return false;
      session?.rotate();
      return true;
    },
    user: () => {
      if (session === undefined) return;
      void tellSnapshot(session.snapshot(), given, (text) => {
        if (live === undefined) process.stderr.write(text);
        else live.writeAbove(text);
      });
    },
  });
  try {
    session = await open();
    await follow(session);
    live = await statusOf(session);
    const result = await runShown(session, live, options, given);
    return { result, endedBy };
  } finally {
    endInterrupts();
  }
}

/** The live line of a session; not shown yet. */
async function statusOf(session: CaptureSession): Promise<LiveLine> {
  const { statusLine } = await import('../live.js');
  const meter = new RateMeter();
  return new LiveLine(process.stderr, (columns) => {
    const { progress } = session;
    const line = statusLine(meter.take(progress), columns);
    const file = progress.fileNumber === undefined ? '' : `  file ${progress.fileNumber}`;
    return line.length + file.length <= columns ? line + file : line;
  });
}

/** Runs the session, and tells of it while it runs. */
async function runShown(
  session: CaptureSession,
  live: LiveLine,
  options: AskedCapture,
  given: CaptureArguments,
): Promise<CaptureResult> {
  onReaderLeft(() => session.stop());
  const quiet = given.quiet === true || jsonOnStderr(given);
  if (session.kernelDoubts.length > 0) {
    process.stderr.write(
      `gapcap: This kernel doesn't keep what exact gaps rest on ('gapcap doctor --probe' found: ${session.kernelDoubts.join('; ')}): no gap is told as exact.\n`,
    );
  }
  if (!quiet) {
    process.stderr.write(`${await describeStart(session, options)}\n`);
    if (given.write !== undefined && !given.statistics) live.start();
  }
  const statistics = given.statistics ? printStatistics(session, given) : undefined;
  try {
    return await session.run();
  } finally {
    clearInterval(statistics);
    live.stop();
  }
}

/**
 * A line for each interface once a second, in dumpcap's columns; with `--json` one line of JSON. On
 * standard output where that is free.
 */
function printStatistics(session: CaptureSession, given: CaptureArguments): NodeJS.Timeout {
  const taken = given.write === '-' || (given.write === undefined && !given.json);
  const stream = taken ? process.stderr : process.stdout;
  if (!given.json) stream.write(statisticsLine('Interface', 'Received', 'Dropped'));
  return setInterval(() => {
    const { interfaces } = session.snapshot().account;
    if (given.json) {
      const counts = interfaces.map(
        ({ id, name = null, frames, received = null, dropped = null }) => {
          return { id, name, frames, received, dropped };
        },
      );
      writeJson({ event: 'statistics', interfaces: counts }, stream);
      return;
    }
    for (const { id, name, frames, received = frames, dropped } of interfaces) {
      stream.write(statisticsLine(name ?? String(id), String(received), String(dropped ?? '?')));
    }
  }, statisticsEveryMs);
}

function statisticsLine(name: string, received: string, dropped: string): string {
  return `${name.padEnd(nameWidth)}  ${received.padStart(countWidth)}  ${dropped.padStart(countWidth)}\n`;
}

async function describeStart(session: CaptureSession, options: AskedCapture): Promise<string> {
  const { DEFAULT_BUFFER_SIZE_BYTES, safeText } = await import('../live.js');
  const bufferOf = ({ engine, bufferSizeBytes, rings = 1 }: LiveSourceOptions): string => {
    const size = formatSize(bufferSizeBytes ?? DEFAULT_BUFFER_SIZE_BYTES);
    // Without CAP_NET_ADMIN the kernel gives a queue no more than net.core.rmem_max, and says nothing.
    if (engine === 'socket') return `queue of up to ${size}`;
    if (rings === 1) return `ring of ${size}`;
    return `${rings === 'auto' ? 'a ring for each processor, each' : `${rings} rings, each`} of ${size}`;
  };
  const { interfaces, output } = options;
  const buffers = interfaces.map(bufferOf);
  const alike = new Set(buffers).size === 1;
  const names = session.interfaces.map(({ id, name }) => {
    const shown = safeText(name ?? interfaces[id]!.interfaceName);
    return alike ? shown : `${shown} (${buffers[id]})`;
  });
  const file = session.progress.file ?? output;
  const to = file === undefined || file === '-' ? '' : ` to ${safeText(file)}`;
  const each = names.length > 1 ? ' each' : '';
  const buffer = alike ? ` (${buffers[0]}${each})` : '';
  return `capturing on ${names.join(', ')}${to}${buffer}; Ctrl-C ends`;
}
