/** The options of `gapcap simulate`: what they are called, what they take, what contradicts what. */

import { type Command, Option } from 'commander';
import type { FrameSizes, ReaderOptions } from '../index.js';
import {
  addExpansionOption,
  type ExpansionArguments,
  type ExpansionLimit,
  expansionLimit,
} from './expansion-limit.js';
import { parseFactor, parseList, parseRate, parseTimeNs } from './model-quantity.js';
import {
  type BufferWord,
  defaultBuffer,
  type KernelSettings,
  parseBuffer,
  parseFrameSizes,
  parseStalls,
  parseTraffic,
  type StallWord,
  type TrafficWord,
} from './model-words.js';
import { parseCount, SizeUnit } from './quantity.js';
import { UsageError } from './usage-error.js';

const kernelNames = ['6.12', '6.18'] as const;

/** Seconds of traffic where neither a duration nor a number of frames is given. */
const defaultSeconds = 10;
/** Frames that the reader of a socket takes at a time: as many as gapcap's own. */
const defaultBatch = 128;
/** Factors that a sweep tries where only one rate, speed or size is given. */
const sweptRates = [0.25, 0.5, 1, 2, 4];
const sweptSizes = [1 / 16, 1 / 4, 1, 4, 16];

/** What commander makes of the options; `undefined` where an option wasn't given. */
export interface SimulateArguments extends ExpansionArguments {
  readonly rate?: readonly number[];
  readonly traffic?: TrafficWord;
  readonly flows?: number;
  readonly size?: FrameSizes;
  readonly from?: string;
  readonly speed?: readonly number[];
  readonly seconds?: number;
  readonly frames?: number;
  readonly seed?: number;
  readonly readerFps?: number;
  readonly readerBps?: number;
  readonly stall?: StallWord;
  readonly wakeup?: number;
  readonly batch?: number;
  readonly buffer?: readonly BufferWord[];
  readonly snapshotLength?: number;
  readonly kernel?: (typeof kernelNames)[number];
  readonly truesize?: number;
  readonly write?: string;
  readonly findBuffer?: true;
  readonly sweep?: true;
  readonly json?: true;
  readonly all?: true;
  readonly failOnLoss?: true;
  readonly quiet?: true;
}

/** Where the frames come from. */
export type TrafficPlan =
  | {
      readonly kind: 'made';
      readonly word: TrafficWord;
      /** Frames a second, in all flows together; one unless swept. */
      readonly rates: readonly number[];
      readonly sizes: FrameSizes;
      readonly flows: number;
      readonly seed: number;
    }
  | {
      readonly kind: 'recorded';
      readonly file: string;
      readonly speeds: readonly number[];
      readonly limit: ExpansionLimit;
    };

/** A command line that makes sense. */
export interface SimulationPlan {
  readonly task: 'run' | 'find buffer' | 'sweep';
  readonly traffic: TrafficPlan;
  readonly limits: { readonly endNs?: number; readonly frames?: number };
  readonly reader: ReaderOptions;
  /** One unless swept. */
  readonly buffers: readonly BufferWord[];
  readonly settings: KernelSettings;
}

/** Gives a command the options of `simulate`. */
export function addSimulateOptions(command: Command): void {
  command.usage('--rate N | --from FILE [options]');
  addTrafficOptions(command);
  addReaderOptions(command);
  command
    .option('-w, --write <file>', 'write the frames delivered to this pcapng file')
    .option('--find-buffer', 'find the least buffer that loses nothing')
    .option('--sweep', 'loss over buffer and rate; --buffer and --rate may be lists')
    .option('--json', 'print the outcome as one line of JSON')
    .option('--all', 'list every gap, not only the first 50')
    .option('--fail-on-loss', 'exit with status 5 if frames were lost')
    .option('-q, --quiet', 'no progress');
  addExpansionOption(command);
}

function addTrafficOptions(command: Command): void {
  const count = (name: string, most: number) => (text: string) =>
    parseCount(text, name, { least: 1, most });
  command
    .option('--rate <n>', 'frames a second: 500, 250k, 1.5M', (text) =>
      parseList(text, (part) => parseRate(part, '--rate', 'frames')),
    )
    .option(
      '--traffic <kind>',
      'constant (the default), poisson, burst:ON/OFF such as burst:2ms/98ms, random-burst:ON/OFF',
      parseTraffic,
    )
    .option('--flows <n>', 'so many flows share the rate (default: 1)', count('--flows', 1000))
    .option(
      '--size <bytes>',
      'frame size: 60 (the default), imix, or a mix such as 60*7,1514*1',
      parseFrameSizes,
    )
    .option('--from <file>', 'times and lengths of the frames in this capture file')
    .option('--speed <x>', 'replay them x times as fast (default: 1)', (text) =>
      parseList(text, (part) => parseFactor(part, '--speed')),
    )
    .option('--seconds <n>', 'how long the traffic lasts (default: 10)', (text) =>
      parseFactor(text, '--seconds'),
    )
    .option('--frames <n>', 'how many frames come', count('--frames', Number.MAX_SAFE_INTEGER))
    .option('--seed <n>', 'another seed gives other random traffic (default: 1)', (text) =>
      parseCount(text, '--seed', { least: 0, most: Number.MAX_SAFE_INTEGER }),
    );
}

function addReaderOptions(command: Command): void {
  command
    .option(
      '--buffer <buffer>',
      'socket:SIZE or ring:SIZE[/BLOCK][/RETIRE] (default: ring:64M/512k/40ms)',
      (text) => parseList(text, parseBuffer),
    )
    .option('--reader-fps <n>', 'frames that the reader handles a second', (text) =>
      parseRate(text, '--reader-fps', 'frames'),
    )
    .option('--reader-bps <n>', 'bytes (not bits) that it handles a second', (text) =>
      parseRate(text, '--reader-bps', 'bytes'),
    )
    .option(
      '--stall <when>',
      'the reader stands still: EVERY:LENGTH such as 1s:50ms, random:1s:50ms, at:1s:20ms,2s:5ms',
      parseStalls,
    )
    .option('--wakeup <time>', 'from a frame to the reader that waits for it: 50us', (text) =>
      parseTimeNs(text, '--wakeup'),
    )
    .option('--batch <n>', 'frames read from a socket at once (default: 128)', (text) =>
      parseCount(text, '--batch', { least: 1, most: 1_000_000 }),
    )
    .option('-s, --snapshot-length <bytes>', 'keep so many bytes of a frame', (text) =>
      parseCount(text, '-s', { least: 1, most: 262_144 }),
    )
    .addOption(
      new Option('--kernel <version>', "whose retire timer a ring has (default: '6.12')").choices(
        kernelNames,
      ),
    )
    .option('--truesize <bytes>', "what a socket's queue is charged for each frame", (text) =>
      parseCount(text, '--truesize', { least: 1, most: SizeUnit.GiB }),
    );
}

/**
 * Turns the arguments into what is to be done.
 *
 * @throws {UsageError} where options are missing or contradict each other
 */
export function toSimulationPlan(given: SimulateArguments): SimulationPlan {
  const { write, findBuffer, sweep, frames, seconds } = given;
  forbid(findBuffer === true && sweep === true, '--find-buffer and --sweep are two questions');
  const task = findBuffer ? 'find buffer' : sweep ? 'sweep' : 'run';
  forbid(task !== 'run' && write !== undefined, `--${task.replace(' ', '-')} writes no file (-w)`);
  forbid(
    task !== 'run' && given.failOnLoss === true,
    `--fail-on-loss is for one simulation; --${task.replace(' ', '-')} makes several`,
  );
  forbid(
    task !== 'run' && given.from === '-',
    `--${task.replace(' ', '-')} reads its traffic several times, so not from standard input`,
  );
  const traffic = toTraffic(given, task);
  const made = traffic.kind === 'made' && seconds === undefined && frames === undefined;
  const lasts = made ? defaultSeconds : seconds;
  return {
    task,
    traffic,
    limits: {
      ...(lasts === undefined ? {} : { endNs: Math.round(lasts * 1e9) }),
      ...(frames === undefined ? {} : { frames }),
    },
    reader: toReader(given),
    buffers: toBuffers(given, task),
    settings: given,
  };
}

function toTraffic(given: SimulateArguments, task: SimulationPlan['task']): TrafficPlan {
  const { rate, from, speed } = given;
  if (from === undefined) {
    forbid(speed !== undefined, '--speed goes with --from; made traffic has a --rate');
    forbid(given.maxExpansion !== undefined, '--max-expansion goes with --from');
    if (rate === undefined) {
      throw new UsageError(
        'simulate needs traffic: --rate N or --from FILE',
        'Such as: gapcap simulate --rate 1M --stall 1s:50ms.',
      );
    }
    return {
      kind: 'made',
      word: given.traffic ?? { kind: 'constant' },
      rates: several(rate, '--rate', task, sweptRates),
      sizes: given.size ?? { kind: 'fixed', length: 60 },
      flows: given.flows ?? 1,
      seed: given.seed ?? 1,
    };
  }
  const makes = (['rate', 'traffic', 'flows', 'size'] as const).find(
    (name) => given[name] !== undefined,
  );
  forbid(makes !== undefined, `--${makes} contradicts --from, whose frames have times and lengths`);
  return {
    kind: 'recorded',
    file: from,
    speeds: several(speed ?? [1], '--speed', task, sweptRates),
    limit: expansionLimit(given),
  };
}

/** One number, or the columns of a sweep. */
function several(
  numbers: readonly number[],
  option: string,
  task: SimulationPlan['task'],
  factors: readonly number[],
): readonly number[] {
  const [only] = numbers;
  if (numbers.length > 1) {
    forbid(task !== 'sweep', `more than one ${option} is for --sweep`);
    return numbers;
  }
  return task === 'sweep' ? factors.map((factor) => only! * factor) : numbers;
}

function toReader(given: SimulateArguments): ReaderOptions {
  const { readerFps, readerBps, wakeup, batch = defaultBatch, stall, seed = 1 } = given;
  return {
    ...(readerFps === undefined ? {} : { framesPerSecond: readerFps }),
    ...(readerBps === undefined ? {} : { bytesPerSecond: readerBps }),
    ...(wakeup === undefined ? {} : { wakeUpNs: wakeup }),
    batch,
    // Not the traffic's own seed, with which the same numbers would be drawn for both.
    ...(stall === undefined
      ? {}
      : { stalls: stall.kind === 'random' ? { ...stall, seed: seed + 1 } : stall }),
  };
}

function toBuffers(given: SimulateArguments, task: SimulationPlan['task']): readonly BufferWord[] {
  const { buffer = [defaultBuffer], batch, kernel, truesize } = given;
  forbid(buffer.length > 1 && task !== 'sweep', 'more than one --buffer is for --sweep');
  const kinds = new Set(buffer.map(({ kind }) => kind));
  forbid(batch !== undefined && !kinds.has('socket'), '--batch is for sockets; a ring has blocks');
  forbid(truesize !== undefined && !kinds.has('socket'), '--truesize is for sockets, not rings');
  forbid(
    kernel !== undefined && !kinds.has('ring'),
    '--kernel is for rings: it has no effect here',
  );
  const [only] = buffer;
  if (task === 'find buffer' && given.buffer === undefined) {
    return [{ ...defaultBuffer, sizeBytes: SizeUnit.GiB }];
  }
  if (task !== 'sweep' || buffer.length > 1) return buffer;
  return sweptSizes.map((factor) => resize(only!, factor)).filter((one) => one !== undefined);
}

/** The same buffer of another size; undefined where the kernel doesn't give such a one. */
function resize(word: BufferWord, factor: number): BufferWord | undefined {
  const sizeBytes = Math.floor(word.sizeBytes * factor);
  if (word.kind === 'socket') {
    return sizeBytes < 1 || sizeBytes >= SizeUnit.GiB ? undefined : { ...word, sizeBytes };
  }
  if (sizeBytes < 2 * word.blockBytes || sizeBytes >= 2 * SizeUnit.GiB) return undefined;
  return { ...word, sizeBytes };
}

function forbid(contradiction: boolean, sentence: string): void {
  if (contradiction) throw new UsageError(sentence, "See 'gapcap simulate --help'.");
}
