/**
 * Splits TypeScript into tokens: enough of a scanner to tell code from comments, strings, templates
 * and regular expressions. It serves the tests that look at the shape of the code; TypeScript 7 has
 * no compiler interface for that.
 */

/** One token of the source. Comments are tokens too. */
export interface Token {
  readonly kind: 'word' | 'punctuation' | 'string' | 'template' | 'pattern' | 'number' | 'comment';
  /** The source as it stands; of a string only what is between the quotes. */
  readonly text: string;
  /** Where it starts in the source. */
  readonly start: number;
}

const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /(?:0[xXoObB])?[\d_]*\.?[\d_a-fA-F]+(?:[eE][+-]?\d+)?n?/y;
const SPACE = /\s+/y;
const LINE_COMMENT = /\/\/[^\n]*/y;
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y;
const STRING = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const PATTERN = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/** Words after which a slash starts a regular expression; after any other word it divides. */
const BEFORE_PATTERN = new Set(
  'return typeof case in of do else void delete throw new instanceof await yield'.split(' '),
);

/**
 * Splits a source file into its tokens, in order. What a template holds between `${` and `}` is
 * tokens of its own, after the template's.
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  scan(source, 0, source.length, tokens);
  return tokens;
}

function scan(source: string, from: number, to: number, tokens: Token[]): void {
  let at = from;
  while (at < to) {
    const space = match(SPACE, source, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    if (source[at] === '`') {
      at = scanTemplate(source, at, tokens);
      continue;
    }
    const token = readToken(source, at, tokens);
    tokens.push(token.kind === 'string' ? { ...token, text: token.text.slice(1, -1) } : token);
    at += token.text.length;
  }
}

function readToken(source: string, at: number, before: readonly Token[]): Token {
  const comment = match(LINE_COMMENT, source, at) ?? match(BLOCK_COMMENT, source, at);
  if (comment !== undefined) return { kind: 'comment', text: comment, start: at };
  const string = match(STRING, source, at);
  if (string !== undefined) return { kind: 'string', text: string, start: at };
  const word = match(WORD, source, at);
  if (word !== undefined) return { kind: 'word', text: word, start: at };
  if (/\d/.test(source[at]!)) {
    return { kind: 'number', text: match(NUMBER, source, at) ?? source[at]!, start: at };
  }
  const pattern = mayStartPattern(before) ? match(PATTERN, source, at) : undefined;
  if (pattern !== undefined) return { kind: 'pattern', text: pattern, start: at };
  return { kind: 'punctuation', text: source[at]!, start: at };
}

/** Reads a template from its first backtick; returns the place after its last one. */
function scanTemplate(source: string, start: number, tokens: Token[]): number {
  const inner: Token[] = [];
  let at = start + 1;
  while (at < source.length && source[at] !== '`') {
    if (source[at] === '\\') at += 2;
    else if (source.startsWith('${', at)) {
      const end = endOfSubstitution(source, at + 2);
      scan(source, at + 2, end, inner);
      at = end + 1;
    } else at += 1;
  }
  tokens.push({ kind: 'template', text: source.slice(start, at + 1), start }, ...inner);
  return at + 1;
}

/** The place of the brace that closes a substitution whose inside starts at `from`. */
function endOfSubstitution(source: string, from: number): number {
  const seen: Token[] = [];
  let depth = 0;
  let at = from;
  while (at < source.length) {
    const space = match(SPACE, source, at);
    if (space !== undefined) at += space.length;
    else if (source[at] === '`') at = scanTemplate(source, at, seen);
    else {
      const token = readToken(source, at, seen);
      if (token.text === '}' && depth === 0) return at;
      if (token.kind === 'punctuation')
        depth += token.text === '{' ? 1 : token.text === '}' ? -1 : 0;
      seen.push(token);
      at += token.text.length;
    }
  }
  return at;
}

/** Whether a slash here starts a regular expression: it does where no operand precedes it. */
function mayStartPattern(before: readonly Token[]): boolean {
  const last = before.findLast(({ kind }) => kind !== 'comment');
  if (last === undefined) return true;
  if (last.kind === 'word') return BEFORE_PATTERN.has(last.text);
  return last.kind === 'punctuation' && !')]}'.includes(last.text);
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}
