/** Finds what a TypeScript file refers to: other modules, packages and files beside it. */

import { type Token, tokenize } from './typescript-tokens.js';

/** One reference from a file to something outside it. */
export interface ModuleReference {
  /**
   * How: `import`, `re-export` (export … from), `dynamic` (import(…), also in types), `require`, or
   * `url` (new URL('…', import.meta.url), the way to a worker).
   */
  readonly form: 'import' | 're-export' | 'dynamic' | 'require' | 'url';
  /** What is referred to; undefined where it is computed, so that nobody can tell. */
  readonly specifier: string | undefined;
  /** The line, from 1. */
  readonly line: number;
}

/** Lists the references of one source file in their order. */
export function findReferences(source: string): ModuleReference[] {
  const tokens = tokenize(source).filter(({ kind }) => kind !== 'comment');
  const found: ModuleReference[] = [];
  tokens.forEach((token, i) => {
    if (token.kind !== 'word' || tokens[i - 1]?.text === '.') return;
    const reference = referenceAt(tokens, i);
    if (reference === undefined) return;
    const line = source.slice(0, token.start).split('\n').length;
    found.push({ ...reference, line });
  });
  return found;
}

type Reference = Pick<ModuleReference, 'form' | 'specifier'>;

function referenceAt(tokens: readonly Token[], i: number): Reference | undefined {
  const next = tokens[i + 1];
  switch (tokens[i]!.text) {
    case 'import':
      if (next?.kind === 'punctuation' && next.text === '(')
        return inParentheses('dynamic', tokens, i);
      if (next?.text === '.' || next?.text === ':') return undefined;
      if (next?.kind === 'string') return { form: 'import', specifier: next.text };
      return fromClause('import', tokens, i);
    case 'export':
      return fromClause('re-export', tokens, i);
    case 'require':
      if (next?.text !== '(') return undefined;
      return inParentheses('require', tokens, i);
    case 'createRequire': {
      const close = closing(tokens, i + 1);
      if (close === undefined || tokens[close + 1]?.text !== '(') return undefined;
      return inParentheses('require', tokens, close);
    }
    case 'URL': {
      const base = tokens.slice(i + 3, i + 9).map(({ text }) => text);
      if (tokens[i - 1]?.text !== 'new' || base.join('') !== ',import.meta.url') return undefined;
      return inParentheses('url', tokens, i);
    }
    default:
      return undefined;
  }
}

/** The string right after the parenthesis that follows token `i`; undefined where it is none. */
function inParentheses(form: Reference['form'], tokens: readonly Token[], i: number): Reference {
  const argument = tokens[i + 2];
  return { form, specifier: argument?.kind === 'string' ? argument.text : undefined };
}

/** Reads `import … from 'x'` or `export … from 'x'`; an export of something local has no such end. */
function fromClause(
  form: 'import' | 're-export',
  tokens: readonly Token[],
  i: number,
): Reference | undefined {
  let at = i + 1;
  if (tokens[at]?.text === 'type' && tokens[at + 1]?.text !== 'from') at += 1;
  for (; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!;
    if (kind === 'word' && text === 'from' && tokens[at + 1]?.kind === 'string') {
      return { form, specifier: tokens[at + 1]!.text };
    }
    const inClause = kind === 'word' || kind === 'string' || '{},*'.includes(text);
    const declares = form === 're-export' && kind === 'word' && tokens[at - 1]?.text === 'export';
    if (!inClause || (declares && text !== 'type')) return undefined;
  }
  return undefined;
}

/** The index of the parenthesis that closes the one at `open`. */
function closing(tokens: readonly Token[], open: number): number | undefined {
  if (tokens[open]?.text !== '(') return undefined;
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]!.kind !== 'punctuation') continue;
    if (tokens[at]!.text === '(') depth += 1;
    if (tokens[at]!.text === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}
