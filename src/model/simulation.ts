/**
 * Traffic against a buffer and a reader: what is delivered, what is lost, where, and how full the
 * buffer got. Virtual time only; the same answer for the same options and seeds, on every machine.
 *
 * At one and the same nanosecond the reader comes first, then the retire timer, then the frame.
 */

import type { BlockRingOptions } from './block-ring.js';
import type { SimulatedTotals, SimulationListener } from './gap-tally.js';
import { QueueSimulation } from './queue-simulation.js';
import type { ReaderOptions } from './reader.js';
import type { ReceiveQueueOptions } from './receive-queue.js';
import { RingSimulation } from './ring-simulation.js';
import type { Traffic } from './traffic.js';

/** The buffer between kernel and reader: a socket's receive queue, or a TPACKET_V3 ring. */
export type BufferOptions =
  | ({ readonly kind: 'socket' } & Omit<ReceiveQueueOptions, 'startCounters32'>)
  | ({ readonly kind: 'ring' } & Omit<BlockRingOptions, 'observer' | 'startCounters32'>);

/** What to simulate. */
export interface SimulationOptions {
  /** Used up by the simulation. */
  readonly traffic: Traffic;
  readonly buffer: BufferOptions;
  /** Where not given, one that takes every frame at once. */
  readonly reader?: ReaderOptions;
  /** Is told of gaps and frames while the simulation runs. */
  readonly listener?: SimulationListener;
  /** Whether the reader goes on until the buffer is empty, as a clean stop does; true. */
  readonly drain?: boolean;
}

/** How full a buffer was. */
export interface Backlog {
  /** Frames that had been taken in and not delivered. */
  readonly frames: number;
  /** Memory they took: charges of a socket's queue, whole blocks of a ring. */
  readonly bytes: number;
  /** When, in virtual nanoseconds. */
  readonly atNs: number;
}

/** The least buffer that would have held what came, and the moment that decides it. */
export interface Need {
  /** Bytes of a socket's queue (sk_rcvbuf), or blocks of a ring. */
  readonly size: number;
  /** When the frame arrived (or the timer closed the block) that needs it. */
  readonly atNs: number;
  /** How many frames had arrived by then. */
  readonly frame: number;
}

/** What came of it. The law holds: received = delivered + dropped + unread. */
export interface SimulationResult extends SimulatedTotals {
  /** Undefined where no frame was taken in. */
  readonly worstBacklog: Backlog | undefined;
  /**
   * What the buffer would have had to be, if nothing was dropped: then it is exact for a socket and
   * enough for a ring. A lower bound otherwise. Undefined where no frame arrived.
   */
  readonly need: Need | undefined;
  /** Arrival of the last frame, in virtual nanoseconds. */
  readonly lastArrivalNs: number;
  /** When the reader was done. */
  readonly endNs: number;
}

/** A simulation under way; runs in slices, so that a caller may show progress in between. */
export interface Simulation {
  /** Frames that have arrived so far. */
  readonly received: number;
  /** Frames that have been dropped so far. */
  readonly dropped: number;
  /** How full the buffer is, 0 to 1; a socket's queue may overshoot by one frame. */
  readonly fill: number;
  /** The virtual time reached. */
  readonly nowNs: number;
  /**
   * Takes up to so many further arrivals.
   *
   * @returns false when the traffic has ended; then call `finish`
   */
  step(frames: number): boolean;
  /** Drains the buffer where asked to, closes the books, and gives the result. Call it once. */
  finish(): SimulationResult;
}

/**
 * A simulation to be run in slices.
 *
 * Memory: the buffer's, whatever the number of frames.
 *
 * @throws {ArgumentError} for options that make no sense; `BUFFER_TOO_SMALL` for a socket buffer
 *   that no frame of 60 bytes would fit in
 */
export function startSimulation(options: SimulationOptions): Simulation {
  const { traffic, buffer, reader = {}, listener = {}, drain = true } = options;
  return buffer.kind === 'socket'
    ? new QueueSimulation({ traffic, buffer, reader, listener, drain })
    : new RingSimulation({ traffic, buffer, reader, listener, drain });
}

/** Runs a simulation from beginning to end; see `startSimulation`. */
export function simulate(options: SimulationOptions): SimulationResult {
  const simulation = startSimulation(options);
  while (simulation.step(1_000_000));
  return simulation.finish();
}
