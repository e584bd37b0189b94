/** One line at the bottom of a terminal that is rewritten in place and leaves no trace. */

const rewriteEveryMs = 250;

/** What a live line needs of a stream; `process.stderr` is one. */
export interface LineTerminal {
  readonly isTTY?: boolean;
  /** Width in characters; asked at every rewrite, so that a resized window is followed. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows a line four times a second from `start` to `stop`; does nothing where there is no terminal. */
export class LiveLine {
  readonly #terminal: LineTerminal;
  readonly #render: (columns: number) => string;
  #timer: NodeJS.Timeout | undefined;
  #shown: boolean = false;

  /** @param render makes the text for at most so many columns; longer text is cut */
  constructor(terminal: LineTerminal, render: (columns: number) => string) {
    this.#terminal = terminal;
    this.#render = render;
  }

  /** Begins; the timer alone keeps no process alive. */
  start(): void {
    if (this.#terminal.isTTY !== true || this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.rewrite(), rewriteEveryMs);
    this.#timer.unref();
  }

  /** Shows the line as it is now, if it was started. */
  rewrite(): void {
    if (this.#timer === undefined) return;
    // The last column stays free: a character there makes some terminals wrap.
    const columns = Math.max(1, (this.#terminal.columns ?? 80) - 1);
    this.#terminal.write(`\r${this.#render(columns).slice(0, columns)}\x1b[K`);
    this.#shown = true;
  }

  /** Writes whole lines where the live line is, which comes back below them. */
  writeAbove(text: string): void {
    this.#terminal.write(this.#shown ? `\r\x1b[K${text}` : text);
    this.#shown = false;
  }

  /** Takes the line off the terminal; may be called again. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#shown) this.#terminal.write('\r\x1b[K');
    this.#shown = false;
  }
}
