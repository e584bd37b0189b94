/** Opens a live source by the interface's name, with either engine. */

import { ArgumentError, type SystemCallError } from '../core/errors.js';
import type { FrameSource } from '../core/frame.js';
import { type FanoutMode, LARGEST_FANOUT } from '../sys/fanout.js';
import type { Direction, FilterProgram } from '../sys/filter-program.js';
import { PollSet } from '../sys/poll.js';
import { processorNumbers } from '../sys/thread.js';
import type { TimeStampType } from '../sys/time-stamping.js';
import {
  DEFAULT_BUFFER_SIZE_BYTES,
  DEFAULT_SNAPSHOT_LENGTH,
  defaultBlockSize,
} from './live-defaults.js';
import { findTarget } from './live-target.js';
import { type MergeableSource, MergedSource } from './merged-source.js';
import { DEFAULT_RETIRE_MS, RingSource } from './ring-source.js';
import { RingsSource } from './rings-source.js';
import { SocketSource } from './socket-source.js';

/**
 * How frames come out of the kernel: `ring` reads them in place from a memory-mapped TPACKET_V3
 * ring; `socket` receives them in batches with an exact drop total on each.
 */
export type Engine = 'ring' | 'socket';

/** What to capture from, and how; what is left out has the default that is named. */
export interface LiveSourceOptions {
  /** The interface's name or number as text, or `any` for all at once. */
  readonly interfaceName: string;
  /** `ring` unless given. */
  readonly engine?: Engine | undefined;
  /** Size of the ring or the receive queue in bytes; 64 MiB unless given. */
  readonly bufferSizeBytes?: number | undefined;
  /** Size of one ring block in bytes, a multiple of 4096; unless given 128 KiB, more where the buffer is 32 MiB or more. */
  readonly blockSizeBytes?: number | undefined;
  /**
   * Rings that share the interface's frames, each of `bufferSizeBytes` and read by a thread of its own;
   * `auto` is one for each processor. 1 unless given.
   */
  readonly rings?: number | 'auto' | undefined;
  /**
   * Which ring gets a frame: `cpu` (unless given) that of the processor which handles it, so that with as
   * many rings as processors each ring's gaps are exact; `qm` that of the card's receive queue; `hash` that of its flow.
   */
  readonly fanout?: FanoutMode | undefined;
  /**
   * Milliseconds within which a ring block with a frame in it is handed over though it isn't full; 40
   * unless given.
   */
  readonly retireMs?: number | undefined;
  /** Longest part of a frame to keep, in bytes from 1; 262,144 unless given. */
  readonly snapshotLength?: number | undefined;
  /** Whether to ask for frames to any destination; true unless given. */
  readonly promiscuous?: boolean | undefined;
  /**
   * The program that says which frames to take, written for frames of the interface's link type, as
   * `compileLiveFilter` and `tcpdump -ddd` make them; all of them unless given.
   */
  readonly filter?: FilterProgram | undefined;
  /** The filter in its source form, for the file: an expression, or a program in decimal. */
  readonly filterText?: string | undefined;
  /**
   * Which way the frames must go; `inout` unless given. The kernel leaves out the others, so that they
   * are in no counter. On a loopback interface `out` gives a frame when it is sent, the others when it
   * is received.
   */
  readonly direction?: Direction | undefined;
  /**
   * Who stamps frames with their time; `host` unless given. Frames that the adapter didn't stamp, such
   * as those sent by this host, have the host's time.
   */
  readonly timeStampType?: TimeStampType | undefined;
}

/**
 * Opens the interface and starts capturing; from here on every frame is counted.
 *
 * @throws {SystemCallError} `ENODEV` for an unknown interface (its message names the ones there
 *   are), `EPERM`, `ENETDOWN`, `ENOMEM` for a ring the kernel won't give
 * @throws {ArgumentError} for sizes and times that can't be
 */
export function openLive(options: LiveSourceOptions, interfaceId = 0): MergeableSource {
  const snapshotLength = options.snapshotLength ?? DEFAULT_SNAPSHOT_LENGTH;
  if (!Number.isInteger(snapshotLength) || snapshotLength < 1 || snapshotLength > 0x7fff_ffff) {
    throw new ArgumentError(
      'BAD_SNAPSHOT_LENGTH',
      `A snapshot length of ${snapshotLength} bytes isn't possible: it must be at least 1.`,
      { argument: 'snapshotLength', value: snapshotLength, expected: '1 … 2^31 − 1' },
    );
  }
  const bufferSizeBytes = options.bufferSizeBytes ?? DEFAULT_BUFFER_SIZE_BYTES;
  const live = {
    target: findTarget(options.interfaceName),
    snapshotLength,
    promiscuous: options.promiscuous ?? true,
    bufferSizeBytes,
    filter: options.filter,
    filterText: options.filterText,
    direction: options.direction,
    timeStampType: options.timeStampType,
  };
  const rings = countRings(options);
  if (options.engine === 'socket') return SocketSource.open(live);
  const blockSizeBytes = options.blockSizeBytes ?? defaultBlockSize(bufferSizeBytes, rings);
  const ring = { ...live, blockSizeBytes, retireMs: options.retireMs ?? DEFAULT_RETIRE_MS };
  if (rings === 1) return RingSource.open({ ...ring, feeding: { processors: processorNumbers() } });
  return RingsSource.open(ring, { rings, mode: options.fanout ?? 'cpu' }, interfaceId);
}

/** How many rings to open; checks that it can be. */
function countRings({ rings = 1, engine }: LiveSourceOptions): number {
  const count = rings === 'auto' ? processorNumbers() : rings;
  const most = engine === 'socket' ? 1 : LARGEST_FANOUT;
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  if (rings === 'auto' && engine !== 'socket') return most;
  throw new ArgumentError(
    'BAD_RING_COUNT',
    engine === 'socket'
      ? "The socket engine has one queue; it can't have several rings."
      : `${rings} rings aren't possible: it must be 1 to ${LARGEST_FANOUT}.`,
    { argument: 'rings', value: rings, expected: `1 … ${most}` },
  );
}

/**
 * Opens several interfaces as one source, their frames in order of time (see `MergedSource`).
 *
 * @param list one entry per interface, at least one; each has a ring or queue of its own, also where
 *   an interface is named twice
 * @param onGone called with an `ENODEV` where one of several interfaces is removed; the others go on
 * @throws {SystemCallError} as `openLive`; none is left open then
 * @throws {ArgumentError} as `openLive`; `NO_INTERFACE` for an empty list
 */
export function openLiveAll(
  list: readonly LiveSourceOptions[],
  onGone: (error: SystemCallError) => void = () => {},
): FrameSource {
  if (list.length === 0) {
    throw new ArgumentError('NO_INTERFACE', 'There is no interface to capture from. Name one.', {
      argument: 'interfaces',
      value: list,
      expected: 'at least one',
    });
  }
  const sources: MergeableSource[] = [];
  try {
    for (const [id, options] of list.entries()) sources.push(openLive(options, id));
  } catch (error) {
    for (const source of sources) source.close();
    throw error;
  }
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only;
  return new MergedSource(sources, new PollSet(sources.map(({ fd }) => fd)), onGone);
}
