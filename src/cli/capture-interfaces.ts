/**
 * `-i` of `gapcap capture`, and the options that belong to one interface: given behind an `-i` they are
 * for that interface, before the first they are the default for all, as with dumpcap.
 */

import { type Command, Option } from 'commander';
import type { CaptureInterface, LiveSourceOptions, SessionOptions } from '../index.js';
import {
  DurationUnit,
  formatSize,
  parseCount,
  parseDuration,
  parseSize,
  SizeUnit,
} from './quantity.js';
import { UsageError } from './usage-error.js';

/** Longest part of a frame that any tool of the trade keeps; what `-s 0` means. */
const largestSnapshotLength = 262_144;

/** Ring and queue sizes are signed 32-bit numbers in the kernel (packet_set_ring, SO_RCVBUF). */
const bufferSizeLimit = 2 ** 31;

const timeStampTypes = ['host', 'adapter', 'adapter_unsynced'] as const;
const engineNames = ['ring', 'socket'] as const;
const directions = ['in', 'out', 'inout'] as const;
const fanoutModes = ['cpu', 'qm', 'hash'] as const;
/** The kernel takes no more sockets into one fanout group. */
const mostRings = 256;

/** Where the filter of an interface comes from; absent: not given. */
export interface FilterSources {
  /** The expression given with `-f`. */
  readonly filter?: string;
  readonly filterFile?: string;
  readonly bpfFile?: string;
}

/** What was said of one interface; absent: not given. */
export interface InterfaceArguments extends FilterSources {
  readonly interface: string;
  readonly bufferSize?: number;
  readonly snapshotLength?: number;
  /** False with `-p`. */
  readonly promiscuousMode?: boolean;
  readonly engine?: (typeof engineNames)[number];
  readonly blockSize?: number;
  readonly retire?: number;
  readonly timeStampType?: (typeof timeStampTypes)[number];
  readonly direction?: (typeof directions)[number];
  /** The name of the link type that its frames have to have. */
  readonly linktype?: string;
  readonly rings?: number | 'auto';
  readonly fanout?: (typeof fanoutModes)[number];
  readonly ifname?: string;
  readonly ifdescr?: string;
}

/** What `collectInterfaces` puts among a command's option values. */
export interface CollectedInterfaces {
  /** In their order, each with its own options alone; absent without `-i`. */
  readonly interfaces?: readonly InterfaceArguments[];
  /** What was given before the first `-i`. */
  readonly interfaceDefaults?: Omit<InterfaceArguments, 'interface'>;
}

/** The names that commander has for the values of options that belong to an interface. */
const ofOneInterface: ReadonlySet<string> = new Set([
  'bufferSize',
  'snapshotLength',
  'promiscuousMode',
  'engine',
  'blockSize',
  'retire',
  'timeStampType',
  'direction',
  'linktype',
  'rings',
  'fanout',
  'filter',
  'filterFile',
  'bpfFile',
  'ifname',
  'ifdescr',
]);

/** Gives a command `-i` and the options about how frames come from an interface. */
export function addInterfaceOptions(command: Command): void {
  command
    .option(
      '-i, --interface <name>',
      'capture from this interface (name, number, any); again: more',
    )
    .option(
      '-B, --buffer-size <size>',
      'size of the ring or queue: 512k, 64M, 1G; a bare number is MiB (default: 64M)',
      parseBufferSize,
    )
    .option(
      '-s, --snapshot-length <bytes>',
      'keep so many bytes of a frame; 0 means 262144, the default',
      (text) => parseCount(text, '-s', { least: 0, most: largestSnapshotLength }),
    )
    .option('-n', 'addresses and ports as numbers: always so, taken for habit')
    .option('-p, --no-promiscuous-mode', 'take only what the interface takes anyway')
    .addOption(
      new Option('-Q, --direction <way>', 'take only what comes to this host, or what it sends')
        .choices(directions)
        .argParser(parseDirection),
    )
    .option('-y, --linktype <name>', 'go on only if frames have this link type, such as EN10MB')
    .addOption(
      new Option(
        '--engine <engine>',
        'ring (fast; the default) or socket (slower, counts drops frame by frame)',
      ).argParser(parseEngine),
    )
    .option(
      '--rings <n>',
      'so many rings, each with a thread; auto: one a processor (default: 1)',
      parseRings,
    )
    .addOption(
      new Option('--fanout <mode>', 'which ring takes a frame: by processor, queue or flow')
        .choices(fanoutModes)
        .argParser(parseFanout),
    )
    .option('--block-size <size>', "size of one of the ring's blocks, such as 128k", (text) =>
      parseSize(text, '--block-size', SizeUnit.Byte),
    )
    .option('--retire <ms>', 'hand over a block that is not full within this time', (text) =>
      parseDuration(text, '--retire', DurationUnit.Millisecond),
    )
    .addOption(
      new Option('--time-stamp-type <type>', 'who stamps frames with their time').choices(
        timeStampTypes,
      ),
    )
    .option('--ifname <name>', 'call the interface so in the file')
    .option('--ifdescr <text>', 'describe the interface so in the file');
}

/** Sorts options by interface as they are read; call it when the command has all its options. */
export function collectInterfaces(command: Command): void {
  let defaults: Record<string, unknown> = {};
  const interfaces: Record<string, unknown>[] = [];
  for (const option of command.options) {
    const attribute = option.attributeName();
    const begins = attribute === 'interface';
    if (!begins && !ofOneInterface.has(attribute)) continue;
    command.on(`option:${option.name()}`, () => {
      // Commander's own listener came first: the value has been parsed.
      const given = { [attribute]: command.getOptionValue(attribute) };
      if (begins) interfaces.push(given);
      else if (interfaces.length === 0) defaults = { ...defaults, ...given };
      else Object.assign(interfaces.at(-1)!, given);
      command.setOptionValue('interfaces', interfaces);
      command.setOptionValue('interfaceDefaults', defaults);
    });
  }
}

/**
 * The interfaces to capture from, each with all that holds for it.
 *
 * @throws {UsageError} where no interface was given, or a name before all of them
 */
export function chosenInterfaces(given: CollectedInterfaces): readonly InterfaceArguments[] {
  const { interfaces = [], interfaceDefaults = {} } = given;
  if (interfaces.length === 0) {
    throw new UsageError('capture needs an interface: -i IF', "'gapcap interfaces' lists them.");
  }
  if (interfaceDefaults.ifname !== undefined || interfaceDefaults.ifdescr !== undefined) {
    const option = interfaceDefaults.ifname === undefined ? '--ifdescr' : '--ifname';
    throw new UsageError(`${option}: no interface stands before it`, 'Give it behind its -i IF.');
  }
  const { filter: _, filterFile: _file, bpfFile: _program, ...withoutFilter } = interfaceDefaults;
  return interfaces.map((own) => ({
    ...(hasFilter(own) ? withoutFilter : interfaceDefaults),
    ...own,
  }));
}

/** Whether a filter was given. */
export function hasFilter({ filter, filterFile, bpfFile }: FilterSources): boolean {
  return filter !== undefined || filterFile !== undefined || bpfFile !== undefined;
}

/**
 * Turns what was said of one interface into what a source takes; an option not given stays absent.
 *
 * @throws {UsageError} where the ring can't have blocks of that size
 */
export function toLiveOptions(given: InterfaceArguments): LiveSourceOptions {
  checkBlockSize(given);
  checkRings(given);
  return {
    interfaceName: given.interface,
    promiscuous: given.promiscuousMode ?? true,
    ...(given.bufferSize === undefined ? {} : { bufferSizeBytes: given.bufferSize }),
    ...(given.snapshotLength === undefined
      ? {}
      : { snapshotLength: given.snapshotLength || largestSnapshotLength }),
    ...(given.engine === undefined ? {} : { engine: given.engine }),
    ...(given.timeStampType === undefined ? {} : { timeStampType: given.timeStampType }),
    ...(given.direction === undefined ? {} : { direction: given.direction }),
    ...(given.rings === undefined ? {} : { rings: given.rings }),
    ...(given.fanout === undefined ? {} : { fanout: given.fanout }),
    ...(given.blockSize === undefined ? {} : { blockSizeBytes: given.blockSize }),
    ...(given.retire === undefined ? {} : { retireMs: given.retire }),
  };
}

/** How the interfaces are called and described, where somebody said so. */
export function describing(
  interfaces: readonly InterfaceArguments[],
): Pick<SessionOptions, 'describe'> {
  if (interfaces.every(({ ifname, ifdescr }) => ifname === undefined && ifdescr === undefined)) {
    return {};
  }
  return {
    describe: (captured: CaptureInterface): CaptureInterface => {
      const { ifname, ifdescr } = interfaces[captured.id]!;
      return {
        ...captured,
        name: ifname ?? captured.name,
        description: ifdescr ?? captured.description,
      };
    },
  };
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

function parseDirection(text: string): (typeof directions)[number] {
  const direction = directions.find((name) => name === text);
  if (direction === undefined) {
    throw new UsageError(
      `-Q: '${text}' is no direction`,
      "Give in, out or inout, as to tcpdump. dumpcap's -Q is -q here.",
    );
  }
  return direction;
}

function parseRings(text: string): number | 'auto' {
  return text === 'auto' ? text : parseCount(text, '--rings', { least: 1, most: mostRings });
}

function parseFanout(text: string): (typeof fanoutModes)[number] {
  const mode = fanoutModes.find((name) => name === text);
  if (mode === undefined) {
    throw new UsageError(
      `--fanout: '${text}' is no way to share frames`,
      `Give ${fanoutModes.join(', ')}.`,
    );
  }
  return mode;
}

/** @throws {UsageError} where several rings make no sense */
function checkRings({ rings = 1, fanout, engine }: InterfaceArguments): void {
  if (rings !== 1 && engine === 'socket') {
    throw new UsageError(
      '--rings: the socket engine has one queue, not rings',
      'Leave out --engine socket, or --rings.',
    );
  }
  if (rings === 1 && fanout !== undefined) {
    throw new UsageError(
      '--fanout: there is one ring, which takes every frame',
      'Give --rings N or --rings auto as well.',
    );
  }
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

/** A ring of one block would stand still whenever that block is read: the kernel needs two. */
function checkBlockSize({ blockSize, bufferSize = 64 * SizeUnit.MiB }: InterfaceArguments): void {
  if (blockSize === undefined || blockSize * 2 <= bufferSize) return;
  throw new UsageError(
    `--block-size: a ring of ${formatSize(bufferSize)} has no room for two blocks of ${formatSize(blockSize)}`,
    'Give smaller blocks, or a larger ring with -B.',
  );
}
