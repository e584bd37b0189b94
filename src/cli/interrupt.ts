/** Ending on a signal: cleanly at the first, sooner at the second, without more ado at the third. */

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
  /** Every further signal: end now. */
  readonly further: (status: number) => void;
}

/**
 * Takes SIGINT, SIGTERM and SIGHUP (the terminal was closed) until the returned function is called.
 *
 * @returns gives the signals back to their default
 */
export function onInterrupt(listeners: InterruptListeners): () => void {
  let signalCount = 0;
  const take = (_signal: NodeJS.Signals, number: number): void => {
    signalCount++;
    if (signalCount === 1) listeners.first(128 + number);
    else if (signalCount === 2) listeners.second(128 + number);
    else listeners.further(128 + number);
  };
  for (const signal of endingSignals) process.on(signal, take);
  return () => {
    for (const signal of endingSignals) process.off(signal, take);
  };
}
