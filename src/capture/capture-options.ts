/** What to capture, into what, and until when. */

import type { CaptureInterface, FrameBatch, QueueCounters } from '../core/frame.js';
import type { CaptureAccount } from '../gaps/account.js';
import type { Gap } from '../gaps/gap.js';
import type { LiveSourceOptions } from '../source/live-source.js';
import type { CaptureFormat, Compression } from './capture-writer.js';
import type { RotationOptions } from './rotation.js';

/** A consumer of frames beside the file, such as one that prints a line for each. */
export interface FrameSink {
  /**
   * Takes one frame; called once for each, in order.
   *
   * @param batch stands on the frame; valid only during the call
   * @param number the frame's number, from 1
   */
  frame(batch: FrameBatch, number: number): void;
  /** Called when no further frame is at hand for now, and at the end. */
  flush(): void;
}

/**
 * Settings of a capture: what to capture from, and what becomes of it. One interface is named with
 * its settings right here, several are listed:
 *
 *     CaptureSession.open({ interfaceName: 'eth0', output: 'x.pcapng' });
 *     CaptureSession.open({
 *       interfaces: [{ interfaceName: 'eth0' }, { interfaceName: 'eth1', engine: 'socket' }],
 *       output: 'x.pcapng',
 *     });
 */
export type CaptureOptions = SessionOptions & (LiveSourceOptions | SeveralInterfaces);

/** Several interfaces to capture from at once, into one file, their frames in order of time. */
export interface SeveralInterfaces {
  /**
   * At least one. Their ids are their positions here. Each has a ring or queue of its own, so the
   * buffers add up; one that is named twice gives its frames twice.
   */
  readonly interfaces: readonly LiveSourceOptions[];
}

/** What becomes of the frames, and until when. */
export interface SessionOptions {
  /** The capture file to write; `-` for standard output; none unless given. */
  readonly output?: string | undefined;
  /** `pcapng` unless given; `pcap` holds no gaps and no totals. */
  readonly format?: CaptureFormat | undefined;
  /**
   * Writes a series of files instead of one, each whole in itself, named as `numberedFileName` says.
   * With no limit in it, only `rotate` begins a new file.
   */
  readonly rotation?: RotationOptions | undefined;
  /** How files are compressed, by a thread of its own; not at all unless given. */
  readonly compression?: Compression | undefined;
  /**
   * Gives an interface the name and description that accounts and files have for it; those of the
   * source unless given. Must keep `id`, `linkType` and `snapshotLength`.
   */
  readonly describe?: ((captured: CaptureInterface) => CaptureInterface) | undefined;
  /** A comment on the whole file, in each file of a series. */
  readonly comment?: string | undefined;
  /** Whether the owner's group may read new files; their owner alone unless given. */
  readonly groupReadable?: boolean | undefined;
  /**
   * The user, by name or number, that the process becomes once interface and file are open, for good
   * and in all its threads; it stays who it is unless given. Needs root. A new file belongs to that
   * user; one that was there keeps its owner; further files of a series are created as that user.
   */
  readonly runAs?: string | undefined;
  /** Who else gets each frame. */
  readonly sink?: FrameSink | undefined;
  /** Frames after which the capture ends. */
  readonly maxFrames?: number | undefined;
  /** Milliseconds after which it ends. */
  readonly durationMs?: number | undefined;
  /** Bytes of file (before compression) after which it ends; with `rotation` see there. */
  readonly maxFileSizeBytes?: number | undefined;
  /** Files after which it ends; with `rotation` only. */
  readonly maxFiles?: number | undefined;
  /** Called for each gap as soon as it is known; the file is the one the gap is in. */
  readonly onGap?: ((gap: Gap, file: string | undefined) => void) | undefined;
  /**
   * Called for each finished file, in order, once it is closed and whole on the disk. Not called for
   * standard output and pipes.
   */
  readonly onFileClosed?: ((path: string) => void) | undefined;
  /**
   * Called where something went wrong that doesn't end the capture, such as an old file that can't be
   * deleted, or one of several interfaces that was removed.
   */
  readonly onTrouble?: ((error: Error) => void) | undefined;
}

/** Settings of a session over a source that is open already. */
export interface SourceCaptureOptions extends SessionOptions {
  /**
   * Gives the present time, in nanoseconds since 1970-01-01 UTC, for the times at which the capture
   * began and ended: a simulation has a time of its own. The system's unless given.
   */
  readonly clock?: (() => bigint) | undefined;
}

/** A capture under way, in numbers; sums over its interfaces. */
export interface CaptureProgress {
  /** Frames delivered. */
  readonly frames: number;
  /** Frames the kernel tried to give to the socket, as of the last look at its counters. */
  readonly received: number;
  /** Frames the kernel dropped, as of the last look at its counters. */
  readonly lost: number;
  /** Gaps found so far. */
  readonly gaps: number;
  /** How full the ring or queue is, 0 to 1; undefined where that can't be told. */
  readonly fill: number | undefined;
  /** Bytes of capture file written, pending ones included; undefined without a file. */
  readonly bytesWritten: number | undefined;
  /** Milliseconds since the capture began. */
  readonly elapsedMs: number;
  /** The file being written now; `-` for standard output; undefined without a file. */
  readonly file: string | undefined;
  /** Its number in the series, from 1; undefined where there is no series. */
  readonly fileNumber: number | undefined;
}

/** A capture under way, as an account: what is known at one moment. */
export interface CaptureSnapshot {
  /**
   * The run so far. `received` and `dropped` are the kernel's, as of its last reading: frames that
   * wait in ring or queue are in `received`, and in nothing else yet. The final gap is unknown.
   */
  readonly account: CaptureAccount;
  /** The file being written; undefined without a file. Gaps listed in `account` are of this one. */
  readonly file: string | undefined;
  /** Files begun so far; 0 without a file. */
  readonly fileCount: number;
}

/** One interface of a running capture in numbers, since it began; an unknown number is undefined. */
export interface InterfaceCounts {
  /** As in `CaptureSession.interfaces`. */
  readonly id: number;
  /** Frames delivered. */
  readonly frames: number;
  /** Frames the kernel tried to give to the socket, dropped ones included. */
  readonly received: number | undefined;
  /** Received, then discarded because queue or ring was full; in a gap already or not. */
  readonly dropped: number | undefined;
  /** Frames lost in the gaps found so far. */
  readonly placed: number;
  /** Frames that the interface itself received, whatever became of them. */
  readonly interfaceReceived: number | undefined;
  /** Frames lost in network card and driver; in no gap. */
  readonly interfaceDropped: number | undefined;
  /** The parts by ring, where several feed the interface. */
  readonly queues: readonly QueueCounters[] | undefined;
}

/** A running capture in numbers, interface by interface. */
export interface CaptureCounts {
  /** In the order of their ids. */
  readonly interfaces: readonly InterfaceCounts[];
  /** Frames dropped in the host's backlog, as read once a second; of whichever interface. */
  readonly backlogDropped: number | undefined;
  /** As in `CaptureProgress`. */
  readonly bytesWritten: number | undefined;
  /** As in `CaptureProgress`. */
  readonly file: string | undefined;
  /** As in `CaptureProgress`. */
  readonly fileNumber: number | undefined;
}
