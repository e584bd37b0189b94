/** What the options of `gapcap simulate` say in words of their own: traffic, sizes, stalls, buffers. */

import type { BufferOptions, FrameSizes, StallOptions } from '../index.js';
import { parseList, parseTimeNs } from './model-quantity.js';
import { formatSize, parseCount, parseSize, SizeUnit } from './quantity.js';
import { UsageError } from './usage-error.js';

/** What a capture's ring has unless told otherwise: `gapcap capture` and the simulation agree. */
const ringBlockBytes = { least: 128 * SizeUnit.KiB, most: 512 * SizeUnit.KiB };
const fewestLargerBlocks = 128;
const ringRetireNs = 40_000_000;
const pageBytes = 4096;

/** `setsockopt` takes half of a signed 32-bit number, as the kernel doubles it. */
const largestSocketBytes = 2 ** 30 - 1;
const largestRingBytes = 2 ** 31 - 1;

/** Longest frame that a simulation knows: what a snapshot length of 0 means elsewhere. */
const longestFrame = 262_144;

/** How frames follow each other, without the rate. */
export type TrafficWord =
  | { readonly kind: 'constant' }
  | { readonly kind: 'poisson' }
  | {
      readonly kind: 'bursts';
      readonly onNs: number;
      readonly offNs: number;
      readonly random: boolean;
    };

/** Stalls as given; the random ones still want a seed. */
export type StallWord = StallOptions | { kind: 'random'; everyNs: number; lengthNs: number };

/** A buffer as given. */
export type BufferWord =
  | { readonly kind: 'socket'; readonly sizeBytes: number }
  | {
      readonly kind: 'ring';
      readonly sizeBytes: number;
      readonly blockBytes: number;
      readonly retireNs: number;
    };

/** Settings of the modelled kernel that aren't part of a buffer's word. */
export interface KernelSettings {
  readonly kernel?: '6.12' | '6.18' | undefined;
  readonly truesize?: number | undefined;
  readonly snapshotLength?: number | undefined;
}

/** The buffer of `gapcap capture` without options. */
export const defaultBuffer: BufferWord = {
  kind: 'ring',
  sizeBytes: 64 * SizeUnit.MiB,
  blockBytes: ringBlockBytes.most,
  retireNs: ringRetireNs,
};

/** Reads `constant`, `poisson`, `burst:ON/OFF` or `random-burst:ON/OFF`. */
export function parseTraffic(text: string): TrafficWord {
  if (text === 'constant' || text === 'poisson') return { kind: text };
  const match = /^(random-)?burst:([^/]+)\/([^/]+)$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `--traffic: '${text}' is no kind of traffic`,
      'Give constant, poisson, burst:ON/OFF such as burst:2ms/98ms, or random-burst:ON/OFF.',
    );
  }
  const onNs = parseTimeNs(match[2]!, '--traffic burst');
  if (onNs === 0) {
    throw new UsageError(`--traffic: '${text}' has bursts without length`, 'Give burst:2ms/98ms.');
  }
  return {
    kind: 'bursts',
    onNs,
    offNs: parseTimeNs(match[3]!, '--traffic burst'),
    random: match[1] !== undefined,
  };
}

/** Reads `60`, `imix`, or a mix of one's own: `60*7,590*4,1514*1`. */
export function parseFrameSizes(text: string): FrameSizes {
  if (text === 'imix') return { kind: 'imix' };
  const lengths = parseList(text, (part) => {
    const [length, weight = '1', ...more] = part.split('*');
    if (more.length > 0) {
      throw new UsageError(`--size: '${part}' won't do`, 'Give LENGTH or LENGTH*WEIGHT.');
    }
    return {
      length: parseCount(length!, '--size', { least: 14, most: longestFrame }),
      weight: parseCount(weight, '--size weight', { least: 1, most: 1_000_000 }),
    };
  });
  const [only] = lengths;
  return lengths.length === 1 ? { kind: 'fixed', length: only!.length } : { kind: 'mix', lengths };
}

/** Reads `EVERY:LENGTH`, `random:EVERY:LENGTH` or `at:TIME:LENGTH,TIME:LENGTH,…`. */
export function parseStalls(text: string): StallWord {
  const pair = (part: string): [atNs: number, lengthNs: number] => {
    const [first, second, ...more] = part.split(':');
    if (first === undefined || second === undefined || more.length > 0) {
      throw new UsageError(
        `--stall: '${text}' won't do`,
        'Give EVERY:LENGTH such as 1s:50ms, random:1s:50ms, or at:500ms:20ms,2s:5ms.',
      );
    }
    return [parseTimeNs(first, '--stall'), parseTimeNs(second, '--stall')];
  };
  if (text.startsWith('at:')) {
    const stalls = parseList(text.slice(3), (part) => {
      const [atNs, lengthNs] = pair(part);
      return { atNs, lengthNs };
    });
    return { kind: 'list', stalls };
  }
  const random = text.startsWith('random:');
  const [everyNs, lengthNs] = pair(random ? text.slice('random:'.length) : text);
  if (everyNs === 0 || (!random && lengthNs >= everyNs)) {
    throw new UsageError(
      `--stall: '${text}' never lets the reader run`,
      'Give a period longer than the stall, such as 1s:50ms.',
    );
  }
  return random ? { kind: 'random', everyNs, lengthNs } : { kind: 'periodic', everyNs, lengthNs };
}

/** Reads `socket:SIZE` or `ring:SIZE[/BLOCK][/RETIRE]`. */
export function parseBuffer(text: string): BufferWord {
  const socket = /^socket:([^/]+)$/.exec(text);
  if (socket !== null) {
    const sizeBytes = parseSize(socket[1]!, '--buffer socket', SizeUnit.Byte);
    if (sizeBytes > largestSocketBytes) throw tooLarge(text, '1 GiB to one queue');
    return { kind: 'socket', sizeBytes };
  }
  const ring = /^ring:([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(text);
  if (ring === null) {
    throw new UsageError(
      `--buffer: '${text}' is no buffer`,
      'Give socket:SIZE such as socket:4M, or ring:SIZE[/BLOCK][/RETIRE] such as ring:64M/512k/40ms.',
    );
  }
  const sizeBytes = parseSize(ring[1]!, '--buffer ring', SizeUnit.Byte);
  if (sizeBytes > largestRingBytes) throw tooLarge(text, '2 GiB to one ring');
  const [blockText, retireText] = /[a-z]?s$/i.test(ring[2] ?? '')
    ? [undefined, ring[2]]
    : [ring[2], ring[3]];
  const blockBytes =
    blockText === undefined
      ? defaultBlockBytes(sizeBytes)
      : parseSize(blockText, '--buffer ring block', SizeUnit.Byte);
  if (sizeBytes < 2 * blockBytes) {
    throw new UsageError(
      `--buffer: '${text}' has no room for two blocks of ${formatSize(blockBytes)}`,
      `Give at least ${2 * blockBytes} bytes, or smaller blocks (a multiple of ${pageBytes} bytes).`,
    );
  }
  const retireNs =
    retireText === undefined ? ringRetireNs : parseTimeNs(retireText, '--buffer ring retire');
  return { kind: 'ring', sizeBytes, blockBytes, retireNs };
}

/** As a capture's ring has it; see `defaultBlockSize` of src/source/live-defaults.ts. */
function defaultBlockBytes(sizeBytes: number): number {
  const { least, most } = ringBlockBytes;
  let size = least;
  while (size < most && 2 * size * fewestLargerBlocks <= sizeBytes) size *= 2;
  return Math.max(pageBytes, Math.min(size, Math.floor(sizeBytes / 2 / pageBytes) * pageBytes));
}

function tooLarge(text: string, most: string): UsageError {
  return new UsageError(`--buffer: '${text}' is too large`, `The kernel gives less than ${most}.`);
}

/** The buffer as the model takes it. A socket's limit is twice its size, as in the kernel. */
export function toBufferOptions(word: BufferWord, settings: KernelSettings): BufferOptions {
  const { kernel, truesize, snapshotLength } = settings;
  const snap = snapshotLength === undefined ? {} : { snapshotLength };
  if (word.kind === 'socket') {
    return {
      kind: 'socket',
      receiveBufferBytes: 2 * word.sizeBytes,
      ...(truesize === undefined ? {} : { truesize: () => truesize }),
      ...snap,
    };
  }
  return {
    kind: 'ring',
    blockCount: Math.floor(word.sizeBytes / word.blockBytes),
    blockSize: word.blockBytes,
    retireNs: word.retireNs,
    // The source of `gapcap capture` asks for it, so that frames lie at whole words.
    reserveBytes: 2,
    ...(kernel === undefined ? {} : { kernel }),
    ...snap,
  };
}

/** A buffer in words: `ring of 64 MiB (128 blocks of 512 KiB, retire 40 ms)`. */
export function describeBuffer(word: BufferWord): string {
  if (word.kind === 'socket') return `socket queue of ${formatSize(word.sizeBytes)}`;
  const { sizeBytes, blockBytes, retireNs } = word;
  const count = Math.floor(sizeBytes / blockBytes);
  return `ring of ${formatSize(count * blockBytes)} (${count} blocks of ${formatSize(blockBytes)}, retire ${retireNs / 1e6} ms)`;
}
