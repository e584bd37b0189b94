/** Finds the error codes that a source file throws. */

import { type Token, tokenize } from './typescript-tokens.js';

/** The classes whose codes are ours; a failed system call has the kernel's. */
export const OWN_ERROR_CLASSES: ReadonlySet<string> = new Set([
  'AccountingError',
  'ArgumentError',
  'FormatError',
  'StateError',
  'UnsupportedError',
]);

/** One `new SomethingError('CODE', …)`. */
export interface ThrownCode {
  readonly errorClass: string;
  /** Undefined where the code isn't written down right there. */
  readonly code: string | undefined;
}

/** Lists the codes given to our own error classes, in their order. */
export function findThrownCodes(source: string): ThrownCode[] {
  const tokens = tokenize(source).filter(({ kind }) => kind !== 'comment');
  return tokens.flatMap((token, i): ThrownCode[] => {
    const isMade = tokens[i - 1]?.text === 'new' && OWN_ERROR_CLASSES.has(token.text);
    if (!isMade || tokens[i + 1]?.text !== '(') return [];
    const argument = firstArgument(tokens, i + 2);
    const written = argument.filter(({ kind }) => kind === 'string');
    const codes = written.length > 0 ? written : codesOfCallers(tokens, i, argument);
    if (codes.length === 0) return [{ errorClass: token.text, code: undefined }];
    return codes.map(({ text }) => ({ errorClass: token.text, code: text }));
  });
}

/**
 * The codes given to the function that makes the error from its own first parameter `code`; none
 * where the code comes any other way.
 */
function codesOfCallers(
  tokens: readonly Token[],
  at: number,
  argument: readonly Token[],
): readonly Token[] {
  const start = tokens.findLastIndex(({ text }, i) => i < at && text === 'function');
  const isParameter = argument.length === 1 && argument[0]!.text === tokens[start + 3]?.text;
  if (start === -1 || !isParameter) return [];
  return tokens.flatMap(({ text }, i) => {
    const isCall = i !== start + 1 && text === tokens[start + 1]!.text;
    if (!isCall || tokens[i + 1]?.text !== '(') return [];
    return firstArgument(tokens, i + 2).filter(({ kind }) => kind === 'string');
  });
}

function firstArgument(tokens: readonly Token[], from: number): Token[] {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!;
    if (kind !== 'punctuation') continue;
    if (depth === 0 && (text === ',' || text === ')')) return tokens.slice(from, at);
    if ('({['.includes(text)) depth += 1;
    if (')}]'.includes(text)) depth -= 1;
  }
  return [];
}
