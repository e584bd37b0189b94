/** A capture that Wireshark reads from a pipe. */

import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CaptureInterface,
  CaptureOptions,
  Gap,
  LiveFilterOptions,
  LiveSourceOptions,
} from '../index.js';
import { chooseUser } from './capture-user.js';
import { ExitStatus } from './exit-status.js';
import { ExtcapToolbar, type ShownLoss } from './extcap-toolbar.js';
import { reportFailure } from './failure.js';
import { onInterrupt } from './interrupt.js';

const SHOWN_AFTER_MS = 300;
const WATCH_PARENT_MS = 1000;

/** What Wireshark asks for. */
export interface ExtcapCaptureOptions {
  readonly interfaceName: string;
  /** The pipe to write to. */
  readonly fifo: string;
  readonly filter?: string | undefined;
  /** The toolbar's pipes; tshark gives none. */
  readonly controlIn?: string | undefined;
  readonly controlOut?: string | undefined;
  readonly snapshotLength?: number | undefined;
  readonly bufferSizeBytes?: number | undefined;
  readonly engine?: 'ring' | 'socket' | undefined;
  readonly promiscuous?: boolean | undefined;
}

/**
 * Captures until Wireshark says so (SIGTERM), reads no more, or is gone.
 *
 * What goes wrong is said on standard error, which Wireshark shows.
 */
export async function captureForWireshark(asked: ExtcapCaptureOptions): Promise<ExitStatus> {
  let begun = false;
  try {
    await capture(asked, () => {
      begun = true;
    });
    return ExitStatus.Done;
  } catch (error) {
    const status = await reportFailure(error);
    if (!begun) {
      // Wireshark ends with the pipe, and shows what it has read by then.
      await sleep(SHOWN_AFTER_MS);
      endPipe(asked.fifo);
    }
    return status;
  }
}

/** Whoever waits for the pipe's first bytes learns that none will come. */
function endPipe(fifo: string): void {
  try {
    closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // Nobody waits.
  }
}

/** The filter as a capture takes it; native code for it is loaded only where there is one. */
async function compiled(
  filterText: string,
  target: LiveFilterOptions,
): Promise<Pick<LiveSourceOptions, 'filter' | 'filterText'>> {
  if (filterText === '') return {};
  const { compileLiveFilter } = await import('../filters.js');
  const { interfaceName, snapshotLength } = target;
  return { filter: compileLiveFilter(filterText, { interfaceName, snapshotLength }), filterText };
}

async function capture(asked: ExtcapCaptureOptions, begin: () => void): Promise<void> {
  const { CaptureSession, formatCount, formatCounted, gapSentence } = await import('../live.js');
  const { filter: expression = '', fifo, controlIn, controlOut, ...live } = asked;
  const names = new Map<number, CaptureInterface['name']>();
  let toolbar: ExtcapToolbar | undefined;
  const options: CaptureOptions = {
    ...live,
    ...(await compiled(expression.trim(), live)),
    ...(await chooseUser({})),
    output: fifo,
    onGap: (gap: Gap) => toolbar?.log(gapSentence(gap, names.get(gap.interfaceId))),
  };
  using session = CaptureSession.open(options);
  begin();
  for (const { id, name } of session.interfaces) names.set(id, name);
  const readLoss = (): ShownLoss => {
    const { lost, gaps, frames } = session.progress;
    if (lost === 0) return { text: 'none', warning: undefined };
    const places = gaps === 0 ? '' : ` in ${formatCounted(gaps, 'gap')}`;
    const warning = `gapcap: ${formatCounted(lost, 'frame')} lost among the first ${formatCount(frames + lost)}; frame.drop_count > 0 shows where`;
    return { text: `${formatCount(lost)}${places}`, warning };
  };
  if (controlIn !== undefined && controlOut !== undefined) {
    toolbar = new ExtcapToolbar(controlIn, controlOut, readLoss);
  }
  const endInterrupts = onInterrupt({
    first: () => session.stop(),
    second: () => session.abort(),
    further: (status) => process.exit(status),
  });
  const watch = watchParent(() => session.stop());
  try {
    await session.run();
  } finally {
    clearInterval(watch);
    endInterrupts();
    toolbar?.close();
  }
}

/** Without frames nobody notices that the reader is gone: then at least that its process is. */
function watchParent(gone: () => void): NodeJS.Timeout {
  const parent = process.ppid;
  return setInterval(() => {
    if (process.ppid !== parent) gone();
  }, WATCH_PARENT_MS);
}
