/** What `npm run bench` was asked to do. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../../test/support/project-files.js';
import { type CaptureTool, floorTool, gapcapTool, peerTools } from './capture-tools.js';
import { freeBytesOf } from './machine-facts.js';
import { BYTES_AROUND, bytesOf } from './measured-run.js';

const OPTIONS = {
  frames: { type: 'string' },
  rounds: { type: 'string', default: '3' },
  sizes: { type: 'string', default: '60' },
  tools: { type: 'string' },
  buffer: { type: 'string', default: '64' },
  directory: { type: 'string' },
  with: { type: 'string', multiple: true },
  pace: { type: 'string' },
  rates: { type: 'boolean', default: false },
  seconds: { type: 'string', default: '5' },
  within: { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const HELP = `Usage: npm run bench -- [options]
  --frames N         frames of each flood (default: 4,000,000, fewer of long ones)
  --rounds N         runs of each tool (default: 3)
  --sizes LIST       lengths of frames, or imix: 60,512,1500,imix (default: 60)
  --tools LIST       parts of the names of the tools to compare (default: all)
  --buffer MIB       ring or queue of each tool (default: 64)
  --directory DIR    where captures go (default: /dev/shm, or the system's own)
  --with NAME=FILE   also gapcap from another checkout: its dist/cli/main.js
  --pace N           frames of a flood a second (default: as many as the system takes)
  --rates            also search the highest rate without loss
  --seconds N        length of the floods of that search (default: 5)
  --within SECONDS   begin no further round that wouldn't end by then
  --json FILE        where the raw numbers go (default: bench/results/DATE-….json)`;

/** Frames of a flood unless asked otherwise, and the most bytes that its file may have then. */
const DEFAULT_FRAMES = 4_000_000;
const MOST_BYTES = 768 * 2 ** 20;
/** The simple IMIX: 7 short, 4 middle and 1 long frame. */
const IMIX: readonly number[] = [60, 60, 60, 590, 60, 590, 60, 590, 60, 590, 60, 1514];

/** Frames of one kind. */
export interface SizePlan {
  /** The length as it was given, or `imix`. */
  readonly name: string;
  /** Lengths of the frames, used in turn. */
  readonly lengths: readonly number[];
  readonly frameCount: number;
  /** Bytes that a file of these frames has at most. */
  readonly fileBytes: number;
}

/** What to measure, and where. */
export interface BenchSettings {
  readonly sizes: readonly SizePlan[];
  readonly rounds: number;
  readonly tools: readonly CaptureTool[];
  /** Frames of a flood a second; undefined: as many as the system takes. */
  readonly ratePps: number | undefined;
  /** Whether to search the highest rates, and with floods of what length. */
  readonly rates: boolean;
  readonly seconds: number;
  readonly folder: string;
  readonly bufferMiB: number;
  /** When rounds should have ended, in milliseconds after the start; `Infinity`: whenever. */
  readonly withinMs: number;
  /** File for the raw numbers. */
  readonly json: string;
}

/** Reads the command line; ends the process for `--help`. @throws {Error} for what makes no sense */
export function readSettings(): BenchSettings {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    process.exit(0);
  }
  const frameCount =
    values.frames === undefined ? undefined : wholeNumber(values.frames, '--frames');
  const sizes = values.sizes.split(',').map((name) => planSize(name, frameCount));
  const name = values.rates ? 'live' : 'cost-per-frame';
  return {
    sizes,
    rounds: wholeNumber(values.rounds, '--rounds'),
    tools: chosenTools(values.tools, values.with ?? []),
    seconds: wholeNumber(values.seconds, '--seconds'),
    ratePps: values.pace === undefined ? undefined : wholeNumber(values.pace, '--pace'),
    rates: values.rates,
    folder: values.directory ?? roomyFolder(Math.max(...sizes.map(({ fileBytes }) => fileBytes))),
    bufferMiB: wholeNumber(values.buffer, '--buffer'),
    withinMs:
      values.within === undefined
        ? Number.POSITIVE_INFINITY
        : wholeNumber(values.within, '--within') * 1000,
    json:
      values.json ??
      join(PROJECT_ROOT, `bench/results/${new Date().toISOString().slice(0, 10)}-${name}.json`),
  };
}

function planSize(name: string, asked: number | undefined): SizePlan {
  const lengths = name === 'imix' ? IMIX : [wholeNumber(name, '--sizes')];
  const mean = bytesOf(lengths.length, lengths) / lengths.length + BYTES_AROUND;
  const fitting = Math.floor(MOST_BYTES / mean / 10_000) * 10_000;
  const frameCount = asked ?? Math.min(DEFAULT_FRAMES, fitting);
  return { name, lengths, frameCount, fileBytes: Math.ceil(frameCount * mean) };
}

function wholeNumber(text: string, option: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${option} ${text}: a whole number is wanted`);
  return Number(text);
}

function chosenTools(list: string | undefined, others: readonly string[]): CaptureTool[] {
  const floor = floorTool();
  const all = [
    gapcapTool('gapcap ring'),
    ...others.map((text) => {
      const [name = text, program = ''] = text.split('=');
      return gapcapTool(name, { program });
    }),
    gapcapTool('gapcap socket', { engine: 'socket' }),
    ...peerTools(),
    ...(floor === undefined ? [] : [floor]),
  ];
  if (list === undefined) return all;
  return all.filter(({ name }) => list.split(',').some((part) => name.includes(part)));
}

/** Memory rather than a disk, so that the tools are measured and not the disk. */
function roomyFolder(neededBytes: number): string {
  try {
    if (freeBytesOf('/dev/shm') > 2 * neededBytes) return '/dev/shm';
  } catch {
    // Not every system has it.
  }
  return tmpdir();
}
