/** The filter of `gapcap capture`, from wherever it was given: an expression, a file, a program. */

import type { Command } from 'commander';
import type { FilterForm, FilterProgram, LiveSourceOptions } from '../index.js';
import { type CollectedInterfaces, chosenInterfaces, hasFilter } from './capture-interfaces.js';
import { readInputFile } from './input-file.js';
import { UsageError } from './usage-error.js';

/** What commander makes of the options; `undefined` where an option wasn't given. */
export interface FilterArguments {
  /** How often `-d` was given: 1 to 3 are tcpdump's three forms. */
  readonly dumpFilter?: number;
  /** False with `--no-optimize`. */
  readonly optimize: boolean;
}

/** A filter ready for the kernel, and its source for the file. */
export interface CaptureFilter {
  readonly filter: FilterProgram;
  readonly filterText: string;
}

const forms: readonly FilterForm[] = ['assembly', 'c', 'decimal'];

/** Gives a command the options of a filter, and the expression at its end. */
export function addFilterOptions(command: Command): void {
  let dumps = 0;
  command
    .argument('[expression...]', 'capture only frames that this filter takes')
    .option('-f, --filter <expression>', 'the same as one argument')
    .option('--filter-file <file>', 'the same from a file; # starts a comment')
    .option('--bpf-file <file>', "a filter program, as 'tcpdump -ddd' prints it")
    .option('-d, --dump-filter', 'print the program (-dd for C, -ddd in decimal); no capture')
    .option('--no-optimize', 'compile the filter as it stands')
    .on('option:dump-filter', () => {
      dumps = Math.min(dumps + 1, forms.length);
      command.setOptionValue('dumpFilter', dumps);
    });
}

/**
 * The filter of each interface; undefined for one that has none.
 *
 * @param words the expression at the end of the command line, for every interface without a filter of
 *   its own
 * @throws {UsageError} where more than one filter was given for an interface, or the expression is for
 *   none
 * @throws {ArgumentError} for a bad expression
 */
export async function readFilters(
  given: FilterArguments & CollectedInterfaces,
  words: readonly string[],
  targets: readonly LiveSourceOptions[],
): Promise<readonly (CaptureFilter | undefined)[]> {
  const expression = words.length === 0 ? undefined : words.join(' ');
  const own = given.interfaces ?? [];
  if (expression !== undefined && own.every(hasFilter)) throw tooManyFilters();
  return await Promise.all(
    chosenInterfaces(given).map((one, i) => {
      const last = hasFilter(own[i]!) ? undefined : expression;
      return readFilter(given, [one.filter, one.filterFile, one.bpfFile, last], targets[i]!);
    }),
  );
}

async function readFilter(
  given: FilterArguments,
  sources: readonly [
    filter: string | undefined,
    filterFile: string | undefined,
    bpfFile: string | undefined,
    words: string | undefined,
  ],
  target: LiveSourceOptions,
): Promise<CaptureFilter | undefined> {
  if (sources.filter((source) => source !== undefined).length > 1) throw tooManyFilters();
  const { compileLiveFilter, formatFilter } = await import('../filters.js');
  const [option, filterFile, bpfFile, words] = sources;
  if (bpfFile !== undefined) {
    const filter = await readProgram(bpfFile);
    return { filter, filterText: formatFilter(filter, 'decimal').trim().replaceAll('\n', ',') };
  }
  const expression =
    filterFile === undefined ? (option ?? words) : await readExpression(filterFile);
  const filterText = (expression ?? '').trim();
  if (filterText === '' && given.dumpFilter === undefined) return undefined;
  const { interfaceName, snapshotLength } = target;
  const { optimize } = given;
  const filter = compileLiveFilter(filterText, { interfaceName, snapshotLength, optimize });
  return { filter, filterText };
}

function tooManyFilters(): UsageError {
  return new UsageError(
    'more than one filter was given',
    'Give one of -f, --filter-file, --bpf-file and an expression at the end.',
  );
}

/** Prints a program in the form that so many `-d` ask for. */
export async function printFilter(filter: FilterProgram, dumps: number): Promise<void> {
  const { formatFilter } = await import('../filters.js');
  process.stdout.write(formatFilter(filter, forms[dumps - 1]!));
}

/** No file means no filter, so that one without an expression has lost it. */
async function readExpression(file: string): Promise<string> {
  const text = (await readInputFile(file)).toString();
  const expression = text.replace(/#.*/g, ' ').replace(/\s+/g, ' ').trim();
  if (expression !== '') return expression;
  throw new UsageError(
    `--filter-file: there is no expression in ${file}`,
    'Put one into it, or leave out --filter-file to capture everything.',
  );
}

/** What is wrong with a program is told with the file's name, which its reader doesn't know. */
async function readProgram(file: string): Promise<FilterProgram> {
  const text = (await readInputFile(file)).toString();
  const { parseFilter } = await import('../filters.js');
  const { FormatError } = await import('../errors.js');
  try {
    return parseFilter(text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { code, message, offset, hint } = error;
    throw new FormatError(code, `${file}: ${message}`, {
      offset,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
