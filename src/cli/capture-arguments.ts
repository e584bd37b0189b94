/** The options of `gapcap capture`: what they are called, what they take, what they turn into. */

import { type Command, Option } from 'commander';
import type { CaptureOptions } from '../index.js';
import { addFilterOptions, type FilterArguments } from './capture-filter.js';
import { addLimitOptions, type LimitArguments, toLimits } from './capture-limits.js';
import { addOutputOptions, type OutputArguments, toOutputOptions } from './capture-output.js';
import { addUserOption, type UserArguments } from './capture-user.js';
import { DurationUnit, parseCount, parseDuration, parseSize, SizeUnit } from './quantity.js';
import { UsageError } from './usage-error.js';

/** Longest part of a frame that any tool of the trade keeps; what `-s 0` means. */
const largestSnapshotLength = 262_144;

/** Ring and queue sizes are signed 32-bit numbers in the kernel (packet_set_ring, SO_RCVBUF). */
const bufferSizeLimit = 2 ** 31;

const engineNames = ['ring', 'socket'] as const;

/** What commander makes of the options; `undefined` where an option wasn't given. */
export interface CaptureArguments
  extends FilterArguments,
    LimitArguments,
    OutputArguments,
    UserArguments {
  readonly interface?: string;
  readonly bufferSize?: number;
  readonly snapshotLength?: number;
  /** False with `-p`. */
  readonly promiscuousMode: boolean;
  readonly engine?: (typeof engineNames)[number];
  readonly blockSize?: number;
  readonly retire?: number;
  readonly statistics?: true;
  readonly printGaps?: true;
  readonly json?: true;
  readonly failOnLoss?: true;
  readonly quiet?: true;
}

/** Gives a command the options of `capture`. */
export function addCaptureOptions(command: Command): void {
  command
    .usage('-i IF [options] [expression]')
    .option('-i, --interface <name>', 'capture from this interface')
    .option(
      '-B, --buffer-size <size>',
      'size of the ring or queue: 512k, 64M, 1G; a bare number is MiB (default: 64M)',
      parseBufferSize,
    )
    .option(
      '-s, --snapshot-length <bytes>',
      'keep so many bytes of a frame; 0 is no limit',
      (text) => parseCount(text, '-s', { least: 0, most: largestSnapshotLength }),
    )
    .option('-p, --no-promiscuous-mode', 'take only what is meant for this host')
    .addOption(
      new Option(
        '--engine <engine>',
        'ring (fast; the default) or socket (every gap exact)',
      ).argParser(parseEngine),
    )
    .option('--block-size <size>', "size of one of the ring's blocks, such as 128k", (text) =>
      parseSize(text, '--block-size', SizeUnit.Byte),
    )
    .option('--retire <ms>', 'hand over a block that is not full after this time', (text) =>
      parseDuration(text, '--retire', DurationUnit.Millisecond),
    )
    .option('-S, --statistics', 'print frames received and dropped every second')
    .option('--print-gaps', 'print each gap as soon as it is known')
    .option('--json', 'print totals and gaps as JSON at the end')
    .option('--fail-on-loss', 'exit with status 5 if frames were lost')
    .option('-q, --quiet', 'no live status line, no line at the start');
  addOutputOptions(command);
  addLimitOptions(command);
  addFilterOptions(command);
  addUserOption(command);
}

/**
 * Turns the arguments into what a session takes; an option not given stays absent.
 *
 * @throws {UsageError} where no interface was given
 */
export function toCaptureOptions(given: CaptureArguments): CaptureOptions {
  if (given.interface === undefined) {
    throw new UsageError('capture needs an interface: -i IF', "'gapcap interfaces' lists them.");
  }
  return {
    interfaceName: given.interface,
    promiscuous: given.promiscuousMode,
    ...toOutputOptions(given, given.ringBuffer !== undefined),
    ...toLimits(given, given.write),
    ...(given.bufferSize === undefined ? {} : { bufferSizeBytes: given.bufferSize }),
    ...(given.snapshotLength === undefined
      ? {}
      : { snapshotLength: given.snapshotLength || largestSnapshotLength }),
    ...(given.engine === undefined ? {} : { engine: given.engine }),
    ...(given.blockSize === undefined ? {} : { blockSizeBytes: given.blockSize }),
    ...(given.retire === undefined ? {} : { retireMs: given.retire }),
  };
}

function parseBufferSize(text: string): number {
  const bytes = parseSize(text, '-B', SizeUnit.MiB);
  if (bytes >= bufferSizeLimit) {
    throw new UsageError(
      `-B: '${text}' is too large`,
      'The kernel gives less than 2 GiB to one ring or queue; a bare number counts in MiB.',
    );
  }
  return bytes;
}

/**
 * Reads the name of an engine.
 *
 * @throws {UsageError} where there is none of that name
 */
export function parseEngine(text: string): (typeof engineNames)[number] {
  const engine = engineNames.find((name) => name === text);
  if (engine === undefined) {
    throw new UsageError(`--engine: '${text}' is no engine`, `Give ${engineNames.join(' or ')}.`);
  }
  return engine;
}
