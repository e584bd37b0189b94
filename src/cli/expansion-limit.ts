/** `--max-expansion` of commands that read files: how much a compressed one may become. */

import type { Command } from 'commander';
import { parseCount } from './quantity.js';

/** What commander makes of the option. */
export interface ExpansionArguments {
  readonly maxExpansion?: number;
}

/** What a reader of files takes. */
export interface ExpansionLimit {
  readonly maxCompressionRatio?: number;
}

/** Gives a command the option. */
export function addExpansionOption(command: Command): void {
  command.option(
    '--max-expansion <n>',
    'read compressed files that grow up to n times (default: 200; 0: any)',
    (text) => parseCount(text, '--max-expansion', { least: 0, most: 1_000_000 }),
  );
}

/** The limit as a reader takes it; nothing where none was given. */
export function expansionLimit({ maxExpansion }: ExpansionArguments): ExpansionLimit {
  if (maxExpansion === undefined) return {};
  return { maxCompressionRatio: maxExpansion === 0 ? Number.POSITIVE_INFINITY : maxExpansion };
}
