/**
 * The one gate through which text leaves for a terminal: whatever a command writes, nothing but plain
 * text, line ends and gapcap's own few sequences passes it.
 *
 * Reports make texts from files harmless where they put them into lines (`safeText`). The gate is what
 * makes that certain: a place that forgets it can't reach a terminal either, nor can messages of Node
 * or of libraries. Bytes (`Uint8Array`) pass as they are: they are data, such as a capture file.
 */

/** What the gate needs of a stream; `process.stdout` is one. */
export interface GuardedStream {
  /** Whether it is a terminal. */
  readonly isTTY?: boolean;
  /** As of Node's streams. */
  write(...args: never[]): boolean;
}

type Write = (chunk: unknown, ...rest: readonly unknown[]) => boolean;

/** What `safeText` makes visible, but for a tab and a line feed. */
const HARMFUL = '(?![\\t\\n])[\\p{Cc}\\p{Bidi_Control}\\p{Zl}\\p{Zp}\\p{Cs}\\u{feff}]';
/** The end of a line in a table of comma-separated values. */
const LINE_END = '\\r(?=\\n)';
/** Colours (terminal-style.ts), and how the live line is rewritten (live-line.ts). */
const OWN_SEQUENCES = '\\x1b\\[(?:0|1;31|33|2)m|\\x1b\\[K|^\\r(?=[^\\r\\n]*\\x1b\\[K)';

// What may pass is the first group.
const IN_TEXT = new RegExp(`(${LINE_END})|${HARMFUL}`, 'gu');
const ON_TERMINAL = new RegExp(`(${LINE_END}|${OWN_SEQUENCES})|${HARMFUL}`, 'gu');
const UNUSUAL = /[^\t\n -~]/;

/** Makes every write of text to the stream pass the gate, from now on. */
export function guardStream(stream: GuardedStream): void {
  const write = stream.write.bind(stream) as Write;
  const guarded: Write = (chunk, ...rest) =>
    write(typeof chunk === 'string' ? printable(chunk, stream.isTTY === true) : chunk, ...rest);
  stream.write = guarded as GuardedStream['write'];
}

/**
 * The text with every character made visible that isn't to reach a terminal: it becomes `\x1b` or
 * `\u202e`.
 *
 * @param terminal whether gapcap's own sequences, colours and the live line's, pass
 */
export function printable(text: string, terminal: boolean): string {
  if (!UNUSUAL.test(text)) return text;
  const pattern = terminal ? ON_TERMINAL : IN_TEXT;
  return text.replace(pattern, (match, own?: string) => own ?? escaped(match.charCodeAt(0)));
}

function escaped(code: number): string {
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * A value as one line of JSON that is plain text as well: what `printable` would have to change is
 * written as `\uXXXX`, which means the same to whoever parses it.
 */
export function printableJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!UNUSUAL.test(text)) return text;
  // Such a character can only stand inside of a string.
  return text.replace(
    IN_TEXT,
    (match) => `\\u${match.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
