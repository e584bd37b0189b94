/** The filter of `gapcap capture`, from wherever it was given: an expression, a file, a program. */

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { FilterForm, FilterProgram } from '../index.js';
import { UsageError } from './usage-error.js';

/** What commander makes of the options; `undefined` where an option wasn't given. */
export interface FilterArguments {
  /** The expression given with `-f`. */
  readonly filter?: string;
  readonly filterFile?: string;
  readonly bpfFile?: string;
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
 * The filter that the arguments ask for; undefined where they ask for none.
 *
 * @param words the expression at the end of the command line
 * @throws {UsageError} where more than one filter was given
 * @throws {ArgumentError} for a bad expression
 */
export async function readFilter(
  given: FilterArguments,
  words: readonly string[],
  target: { readonly interfaceName: string; readonly snapshotLength?: number | undefined },
): Promise<CaptureFilter | undefined> {
  const sources = [given.filter, given.filterFile, given.bpfFile, words[0]];
  if (sources.filter((source) => source !== undefined).length > 1) {
    throw new UsageError(
      'more than one filter was given',
      'Give one of -f, --filter-file, --bpf-file and an expression at the end.',
    );
  }
  const { compileLiveFilter, formatFilter, parseFilter } = await import('../index.js');
  if (given.bpfFile !== undefined) {
    const filter = parseFilter(readFileSync(given.bpfFile, 'utf8'));
    return { filter, filterText: formatFilter(filter, 'decimal').trim().replaceAll('\n', ',') };
  }
  const expression = given.filterFile
    ? readExpression(given.filterFile)
    : (given.filter ?? words.join(' '));
  const filterText = expression.trim();
  if (filterText === '' && given.dumpFilter === undefined) return undefined;
  const { optimize } = given;
  return { filter: compileLiveFilter(filterText, { ...target, optimize }), filterText };
}

/** Prints a program in the form that so many `-d` ask for. */
export async function printFilter(filter: FilterProgram, dumps: number): Promise<void> {
  const { formatFilter } = await import('../index.js');
  process.stdout.write(formatFilter(filter, forms[dumps - 1]!));
}

function readExpression(file: string): string {
  return readFileSync(file, 'utf8').replace(/#.*/g, ' ').replace(/\s+/g, ' ');
}
