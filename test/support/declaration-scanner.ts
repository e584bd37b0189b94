/** Reads the compiler's declaration files (`.d.ts`): what is exported, and what is said about it. */

import { type Token, tokenize } from './typescript-tokens.js';

/** One exported declaration. */
export interface Declaration {
  readonly name: string;
  readonly form: 'function' | 'class' | 'interface' | 'type' | 'const';
  /** The text of its `/** … *\/`, without stars; undefined where there is none. */
  readonly doc: string | undefined;
  /** Names of the classes and interfaces it extends or implements. */
  readonly bases: readonly string[];
  /** The members of a class or interface that are not private, in their order. */
  readonly members: readonly Member[];
}

/** A property, method, accessor or signature of a class or interface. */
export interface Member {
  /** As written: `total`, `[Symbol.dispose]`, `()` for a call signature. */
  readonly name: string;
  readonly doc: string | undefined;
}

const MODIFIERS = new Set(
  'export declare abstract readonly static get set protected public async override'.split(' '),
);
const FORMS = ['function', 'class', 'interface', 'type', 'const'] as const;

/** Lists the declarations that a declaration file exports itself; re-exports are left out. */
export function findDeclarations(source: string): Declaration[] {
  return splitStatements(tokenize(source), 0).flatMap((statement) => {
    const words = statement.filter(({ kind }) => kind !== 'comment');
    if (words[0]?.text !== 'export') return [];
    const at = words.findIndex(({ text }) => !MODIFIERS.has(text));
    const form = FORMS.find((other) => other === words[at]?.text);
    if (form === undefined || words[at + 1]?.kind !== 'word') return [];
    const open = words.findIndex(({ kind, text }) => kind === 'punctuation' && text === '{');
    const hasMembers = form === 'class' || form === 'interface';
    return {
      name: words[at + 1]!.text,
      form,
      doc: docOf(statement),
      bases: hasMembers ? basesIn(words.slice(at + 2, open)) : [],
      members: hasMembers ? membersIn(statement) : [],
    };
  });
}

/** Cuts tokens into statements: at each `;`, and behind the `}` that ends a class or interface. */
function splitStatements(tokens: readonly Token[], from: number): Token[][] {
  const statements: Token[][] = [];
  let current: Token[] = [];
  let depth = 0;
  for (const token of tokens.slice(from)) {
    current.push(token);
    if (token.kind !== 'punctuation') continue;
    if ('({['.includes(token.text)) depth += 1;
    if (')}]'.includes(token.text)) depth -= 1;
    if (depth > 0) continue;
    if (token.text === ';' || (token.text === '}' && endsBlock(current))) {
      statements.push(current);
      current = [];
    }
  }
  if (current.length > 0) statements.push(current);
  return statements;
}

function endsBlock(statement: readonly Token[]): boolean {
  return statement
    .filter(({ kind }) => kind === 'word')
    .slice(0, 4)
    .some(({ text }) => text === 'class' || text === 'interface');
}

function basesIn(header: readonly Token[]): string[] {
  let depth = 0;
  let heritage = false;
  const bases: string[] = [];
  for (const { kind, text } of header) {
    if (text === '<') depth += 1;
    else if (text === '>') depth -= 1;
    else if (depth > 0 || kind !== 'word') continue;
    else if (text === 'extends' || text === 'implements') heritage = true;
    else if (heritage) bases.push(text);
  }
  return bases;
}

function membersIn(statement: readonly Token[]): Member[] {
  const open = statement.findIndex(({ kind, text }) => kind === 'punctuation' && text === '{');
  const body = statement.slice(open + 1, -1);
  return splitStatements(body, 0).flatMap((member) => {
    const words = member.filter(({ kind }) => kind !== 'comment');
    const name = memberName(words);
    return name === undefined ? [] : [{ name, doc: docOf(member) }];
  });
}

/** The member's name; undefined for what is private and for constructors, whose class explains them. */
function memberName(words: readonly Token[]): string | undefined {
  let at = 0;
  while (MODIFIERS.has(words[at]?.text ?? '') && isName(words[at + 1])) at += 1;
  const first = words[at];
  if (first === undefined || first.text.startsWith('#')) return undefined;
  if (first.text === 'private' || first.text === 'constructor') return undefined;
  if (first.text === '(') return '()';
  if (first.text !== '[') return first.text;
  const close = words.findIndex(({ text }, i) => i > at && text === ']');
  return words
    .slice(at, close + 1)
    .map(({ text }) => text)
    .join('');
}

function isName(token: Token | undefined): boolean {
  return token !== undefined && (token.kind !== 'punctuation' || token.text === '[');
}

/** What the last `/** … *\/` before the first word says. */
function docOf(statement: readonly Token[]): string | undefined {
  const first = statement.findIndex(({ kind }) => kind !== 'comment');
  const comment = statement[first - 1]?.text;
  if (comment === undefined || !comment.startsWith('/**')) return undefined;
  return comment
    .slice(3, -2)
    .replace(/^\s*\* ?/gm, '')
    .trim();
}
