/** The options of `gapcap capture` about what is written, and how. */

import { type Command, Option } from 'commander';
import type { CaptureFormat, Compression, SessionOptions } from '../index.js';
import { UsageError } from './usage-error.js';

const formats: readonly CaptureFormat[] = ['pcapng', 'pcap'];
const compressions: readonly Compression[] = ['gzip', 'none'];

/** What commander makes of the options; `undefined` where an option wasn't given. */
export interface OutputArguments {
  readonly write?: string;
  readonly fileFormat?: CaptureFormat;
  readonly compress?: Compression;
  readonly captureComment?: string;
  readonly groupAccess?: true;
  readonly postrotate?: string;
}

/** Gives a command the options. */
export function addOutputOptions(command: Command): void {
  command
    .option('-w, --write <file>', 'write frames to this capture file; - is standard output')
    .addOption(
      new Option(
        '-F, --file-format <format>',
        'pcapng (the default) or pcap, which holds no gaps',
      ).argParser((text) => oneOf(formats, text, '-F')),
    )
    .addOption(
      new Option(
        '--compress <method>',
        'gzip or none (default: gzip if FILE ends in .gz)',
      ).argParser((text) => oneOf(compressions, text, '--compress')),
    )
    .option('--capture-comment <text>', 'put a comment on the capture into the file')
    .option('-g, --group-access', "let the file's group read it too")
    .option('--postrotate <command>', 'run COMMAND FILE for each finished file of -b');
}

/**
 * Turns the options into what a session takes.
 *
 * @throws {UsageError} where they ask something of a file that isn't written
 */
export function toOutputOptions(given: OutputArguments, rotates: boolean): Partial<SessionOptions> {
  const { write, fileFormat, captureComment, groupAccess } = given;
  if (write === undefined) {
    refuseWithoutFile(given);
    return {};
  }
  if (write === '') throw new UsageError('-w: the name is empty', 'Give -w FILE.');
  if (fileFormat === 'pcap' && captureComment !== undefined) {
    throw new UsageError("--capture-comment: a pcap file can't hold comments", 'Write pcapng.');
  }
  if (given.postrotate !== undefined && !rotates) {
    throw new UsageError('--postrotate: only one file is written', 'Give -b too.');
  }
  const compression = given.compress ?? (/\.gz$/i.test(write) ? 'gzip' : 'none');
  return {
    output: write,
    ...(compression === 'none' ? {} : { compression }),
    ...(fileFormat === undefined ? {} : { format: fileFormat }),
    ...(captureComment === undefined ? {} : { comment: captureComment }),
    ...(groupAccess === undefined ? {} : { groupReadable: true }),
  };
}

function refuseWithoutFile(given: OutputArguments): void {
  const { fileFormat, compress, captureComment, groupAccess, postrotate } = given;
  const asked = Object.entries({
    '-F': fileFormat,
    '--compress': compress,
    '--capture-comment': captureComment,
    '-g': groupAccess,
    '--postrotate': postrotate,
  }).find(([, value]) => value !== undefined);
  if (asked !== undefined) {
    throw new UsageError(`${asked[0]}: no file is written`, 'Name one with -w FILE.');
  }
}

function oneOf<Choice extends string>(
  choices: readonly Choice[],
  text: string,
  option: string,
): Choice {
  const choice = choices.find((one) => one === text);
  if (choice === undefined) {
    throw new UsageError(`${option}: '${text}' won't do`, `Give ${choices.join(' or ')}.`);
  }
  return choice;
}
