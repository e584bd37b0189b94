/** Finds the error codes that the sources throw. */

import type { ProjectFile } from './project-files.js';
import { type Token, tokenize } from './typescript-tokens.js';

/** The classes whose codes are ours; a failed system call has the kernel's. */
export const OWN_ERROR_CLASSES: ReadonlySet<string> = new Set([
  'AccountingError',
  'ArgumentError',
  'FormatError',
  'StateError',
  'UnsupportedError',
]);

/** One code given to one of our error classes. */
export interface ThrownCode {
  /** The file that makes the error or has it made. */
  readonly path: string;
  readonly errorClass: string;
  /** Undefined where the code isn't written down, so that nobody can list it. */
  readonly code: string | undefined;
}

/** A function that makes an error with the code it is given as its first parameter. */
interface ErrorMaker {
  readonly name: string;
  readonly errorClass: string;
  /** The only file that can call it; undefined where any can. */
  readonly onlyIn: string | undefined;
}

interface ScannedFile {
  readonly path: string;
  readonly tokens: readonly Token[];
}

const CODE = /^[A-Z][A-Z0-9_]*$/;

/** Lists the codes that the files give to our error classes, directly or through a function. */
export function findThrownCodes(files: readonly ProjectFile[]): ThrownCode[] {
  const scanned = files.map(({ path, text }) => ({
    path,
    tokens: tokenize(text).filter(({ kind }) => kind !== 'comment'),
  }));
  const made = scanned.flatMap(errorsMade);
  const makers = scanned.flatMap((file) => {
    const passing = made.filter(({ path, argument }) => path === file.path && isCodeName(argument));
    return [...new Set(passing.map(({ errorClass }) => errorClass))].flatMap((errorClass) =>
      makersIn(file, errorClass),
    );
  });
  const direct = made
    .filter(({ path, argument }) => !isCodeName(argument) || !hasMaker(makers, scanned, path))
    .flatMap(({ path, errorClass, argument }): ThrownCode[] => {
      const codes = codesIn(argument);
      if (codes.length === 0) return [{ path, errorClass, code: undefined }];
      return codes.map((code) => ({ path, errorClass, code }));
    });
  return [...direct, ...makers.flatMap((maker) => scanned.flatMap((file) => calls(file, maker)))];
}

interface MadeError {
  readonly path: string;
  readonly errorClass: string;
  readonly argument: readonly Token[];
}

function errorsMade({ path, tokens }: ScannedFile): MadeError[] {
  return tokens.flatMap((token, i) => {
    const isMade = tokens[i - 1]?.text === 'new' && OWN_ERROR_CLASSES.has(token.text);
    if (!isMade || tokens[i + 1]?.text !== '(') return [];
    return [{ path, errorClass: token.text, argument: firstArgument(tokens, i + 2) }];
  });
}

/** Functions and methods of the file whose first parameter is `code: string`. */
function makersIn({ path, tokens }: ScannedFile, errorClass: string): ErrorMaker[] {
  return tokens.flatMap((token, i) => {
    const parameter = tokens.slice(i + 1, i + 5).map(({ text }) => text);
    if (token.kind !== 'word' || parameter.join(' ') !== '( code : string') return [];
    if (token.text === 'constructor') return [];
    const isLocal =
      token.text.startsWith('#') ||
      (tokens[i - 1]?.text === 'function' && tokens[i - 2]?.text !== 'export');
    return [{ name: token.text, errorClass, onlyIn: isLocal ? path : undefined }];
  });
}

function hasMaker(
  makers: readonly ErrorMaker[],
  files: readonly ScannedFile[],
  path: string,
): boolean {
  const file = files.find((other) => other.path === path)!;
  return makers.some(({ name }) => file.tokens.some(({ text }) => text === name));
}

function calls({ path, tokens }: ScannedFile, maker: ErrorMaker): ThrownCode[] {
  if (maker.onlyIn !== undefined && maker.onlyIn !== path) return [];
  return tokens.flatMap(({ text }, i) => {
    if (text !== maker.name || tokens[i + 1]?.text !== '(') return [];
    return codesIn(firstArgument(tokens, i + 2)).map((code) => ({
      path,
      errorClass: maker.errorClass,
      code,
    }));
  });
}

function isCodeName(argument: readonly Token[]): boolean {
  return argument.length === 1 && argument[0]!.kind === 'word' && argument[0]!.text === 'code';
}

function codesIn(argument: readonly Token[]): string[] {
  return argument
    .filter(({ kind, text }) => kind === 'string' && CODE.test(text))
    .map(({ text }) => text);
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
