/** What the process's exit status means; the table in docs/cli.md says the same. */

/** The exit statuses of every command. */
export const ExitStatus = {
  /** Everything asked for was done. */
  Done: 0,
  /** It failed: the system, the kernel or a file said no. */
  Failed: 1,
  /** The command line asks for something that doesn't exist or makes no sense. */
  Usage: 2,
  /** The kernel doesn't permit this user to capture. */
  NotPermitted: 3,
  /** The law of conservation failed: the counts of frames contradict each other. */
  AccountingMismatch: 4,
  /** Frames were lost, and `--fail-on-loss` asked to be told. */
  FramesLost: 5,
} as const;

/** One of the numbers in `ExitStatus`. */
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];
