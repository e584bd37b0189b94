/** `-a` and `-b` of `gapcap capture`, spelt as dumpcap's: when to stop, and when to begin another file. */

import type { Command } from 'commander';
import type { RotationOptions, SessionOptions } from '../index.js';
import { DurationUnit, parseCount, parseDuration, parseSize, SizeUnit } from './quantity.js';
import { UsageError } from './usage-error.js';

/** What a `-a` says; an absent condition doesn't stop the capture. */
export interface AutostopConditions {
  readonly durationMs?: number;
  readonly fileSizeBytes?: number;
  readonly packets?: number;
  readonly files?: number;
}

/** What a `-b` says, and where the names of finished files go. */
export interface RingCriteria extends RotationOptions {
  /** A file's name, or `-`, `stdout`, `stderr`. */
  readonly printName?: string;
}

/** What commander makes of the options. */
export interface LimitArguments {
  readonly count?: number;
  readonly autostop?: AutostopConditions;
  readonly ringBuffer?: RingCriteria;
}

/** Files of one series at most, as dumpcap has it: numbers of five digits. */
const mostFiles = 99_999;

/** Gives a command the options. */
export function addLimitOptions(command: Command): void {
  command
    .option('-c, --count <n>', 'stop after n frames', (text) =>
      parseCount(text, '-c', { least: 1, most: Number.MAX_SAFE_INTEGER }),
    )
    .option(
      '-a, --autostop <condition>',
      'stop after duration:SECONDS, filesize:KB, packets:N or files:N; may be given again',
      parseAutostop,
    )
    .option(
      '-b, --ring-buffer <criterion>',
      'write several files: the next after duration:SECONDS, interval:SECONDS, filesize:KB or packets:N; files:N keeps the newest, printname:FILE tells each finished one; may be given again',
      parseRingCriterion,
    );
}

/**
 * Reads one autostop condition.
 *
 * @param before the conditions given before it
 * @throws {UsageError} where the condition isn't known or its value won't do
 */
export function parseAutostop(text: string, before: AutostopConditions = {}): AutostopConditions {
  const [condition, value] = splitCriterion(text);
  switch (value === undefined ? undefined : condition) {
    case 'duration':
      return { ...before, durationMs: parseDuration(value!, '-a duration', DurationUnit.Second) };
    case 'filesize':
      return { ...before, fileSizeBytes: parseSize(value!, '-a filesize', SizeUnit.Kilobyte) };
    case 'packets':
      return { ...before, packets: parsePackets(value!, '-a packets') };
    case 'files':
      return { ...before, files: parseFiles(value!, '-a files') };
    default:
      throw new UsageError(
        `-a: '${text}' is no autostop condition`,
        'Give duration:SECONDS, filesize:KB, packets:N or files:N, such as -a duration:10.',
      );
  }
}

/**
 * Reads one criterion of a ring buffer.
 *
 * @param before the criteria given before it
 * @throws {UsageError} where the criterion isn't known or its value won't do
 */
export function parseRingCriterion(text: string, before: RingCriteria = {}): RingCriteria {
  const [criterion, value] = splitCriterion(text);
  switch (value === undefined || value === '' ? undefined : criterion) {
    case 'duration':
      return { ...before, durationMs: parseDuration(value!, '-b duration', DurationUnit.Second) };
    case 'interval': {
      const milliseconds = parseDuration(value!, '-b interval', DurationUnit.Second);
      if (milliseconds % DurationUnit.Second !== 0) {
        throw new UsageError(`-b interval: '${value}' won't do`, 'Give whole seconds.');
      }
      return { ...before, intervalSeconds: milliseconds / DurationUnit.Second };
    }
    case 'filesize':
      return { ...before, fileSizeBytes: parseSize(value!, '-b filesize', SizeUnit.Kilobyte) };
    case 'packets':
      return { ...before, packets: parsePackets(value!, '-b packets') };
    case 'files':
      return { ...before, files: parseFiles(value!, '-b files') };
    case 'printname':
      return { ...before, printName: value! };
    default:
      throw new UsageError(
        `-b: '${text}' is no criterion for another file`,
        'Give duration:SECONDS, interval:SECONDS, filesize:KB, packets:N, files:N or printname:FILE.',
      );
  }
}

/**
 * Turns the options into what a session takes.
 *
 * @param file the name given with `-w`
 * @throws {UsageError} where they don't go together
 */
export function toLimits(
  given: LimitArguments,
  file: string | undefined,
): Pick<SessionOptions, 'maxFrames' | 'durationMs' | 'maxFileSizeBytes' | 'maxFiles' | 'rotation'> {
  const { count, autostop = {}, ringBuffer } = given;
  checkFile(given, file);
  const maxFrames = Math.min(
    count ?? Number.POSITIVE_INFINITY,
    autostop.packets ?? Number.POSITIVE_INFINITY,
  );
  return {
    ...(maxFrames === Number.POSITIVE_INFINITY ? {} : { maxFrames }),
    ...(autostop.durationMs === undefined ? {} : { durationMs: autostop.durationMs }),
    ...(autostop.files === undefined ? {} : { maxFiles: autostop.files }),
    ...(autostop.fileSizeBytes === undefined || ringBuffer !== undefined
      ? {}
      : { maxFileSizeBytes: autostop.fileSizeBytes }),
    ...(ringBuffer === undefined ? {} : { rotation: toRotation(ringBuffer, autostop) }),
  };
}

function toRotation(ring: RingCriteria, autostop: AutostopConditions): RotationOptions {
  const { printName: _, ...rotation } = ring;
  // As dumpcap has it: in a series, -a filesize ends a file and not the capture.
  const { fileSizeBytes } = autostop;
  return { ...(fileSizeBytes === undefined ? {} : { fileSizeBytes }), ...rotation };
}

function checkFile(given: LimitArguments, file: string | undefined): void {
  const { autostop, ringBuffer } = given;
  if (file === undefined && autostop?.fileSizeBytes !== undefined) {
    throw new UsageError('-a filesize: no file is written', 'Name one with -w FILE.');
  }
  if (ringBuffer === undefined) {
    if (autostop?.files === undefined) return;
    throw new UsageError(
      '-a files: only one file is written',
      'Say when the next one begins, such as -b filesize:100000 or -b duration:60.',
    );
  }
  if (file === undefined || file === '-') {
    throw new UsageError(
      `-b: several files need a name to be made from${file === '-' ? ', and standard output has none' : ''}`,
      'Give -w FILE: x.pcapng becomes x_00001_20260131235900.pcapng and so on.',
    );
  }
  const { durationMs, intervalSeconds, fileSizeBytes, packets } = toRotation(
    ringBuffer,
    autostop ?? {},
  );
  if ([durationMs, intervalSeconds, fileSizeBytes, packets].every((one) => one === undefined)) {
    throw new UsageError(
      '-b: nothing says when the next file begins',
      'Give -b duration:SECONDS, interval:SECONDS, filesize:KB or packets:N too.',
    );
  }
}

/** @returns the name before the colon and the value after it; no value where there is no colon */
function splitCriterion(text: string): [name: string, value: string | undefined] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

function parsePackets(text: string, option: string): number {
  return parseCount(text, option, { least: 1, most: Number.MAX_SAFE_INTEGER });
}

function parseFiles(text: string, option: string): number {
  return parseCount(text, option, { least: 1, most: mostFiles });
}
