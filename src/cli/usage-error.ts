/** The error for a command line that can't be obeyed. */

/** The command line asks for something that doesn't exist or makes no sense: exit status 2. */
export class UsageError extends Error {
  /** What would have been right, as one sentence; undefined where the message says it all. */
  readonly hint: string | undefined;

  /**
   * @param message what is wrong, with the value, as one sentence
   * @param hint what would have been right
   */
  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}
