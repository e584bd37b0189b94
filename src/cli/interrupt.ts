/** Ending on a signal: cleanly at the first, sooner at the second, without more ado at the third. */

import { isatty } from 'node:tty';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What to do when the user or the system asks the process to end. */
export interface InterruptListeners {
  /**
   * The first signal: begin the clean end. This and the others take the status that a shell gives
   * for the signal (128 + n).
   */
  readonly first: (status: number) => void;
  /** The second: end at once, but leave nothing half done. */
  readonly second: (status: number) => void;
  /**
   * SIGHUP, as long as it doesn't mean that the terminal is gone: returns whether it was taken; where
   * not, it counts as the others. Absent: it isn't taken.
   */
  readonly hangUp?: () => boolean;
  /** SIGUSR1; it ends nothing. Absent: nothing follows from it. */
  readonly user?: () => void;
  /** Every further signal: end now. */
  readonly further: (status: number) => void;
}

/**
 * Takes SIGINT, SIGTERM and SIGHUP, and SIGUSR1 where asked to, until the returned function is called.
 *
 * @returns gives the signals back to their default
 */
export function onInterrupt(listeners: InterruptListeners): () => void {
  let signalCount = 0;
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  const take = (signal: NodeJS.Signals, number: number): void => {
    const hungUp = terminals.some((fd) => !isatty(fd));
    if (signal === 'SIGHUP' && !hungUp && listeners.hangUp?.() === true) return;
    signalCount++;
    if (signalCount === 1) listeners.first(128 + number);
    else if (signalCount === 2) listeners.second(128 + number);
    else listeners.further(128 + number);
  };
  for (const signal of endingSignals) process.on(signal, take);
  const { user } = listeners;
  if (user !== undefined) process.on('SIGUSR1', user);
  return () => {
    for (const signal of endingSignals) process.off(signal, take);
    if (user !== undefined) process.off('SIGUSR1', user);
  };
}
