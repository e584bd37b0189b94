/**
 * The frame contract: what every source of frames yields, whether a live socket, a ring, a file or
 * the model. The hot path is per frame, so a source yields *batches*: a cursor over frames that lie
 * in memory the source owns. Nothing is allocated per frame; bytes are copied at most once, by
 * whoever keeps them.
 */

import type { FrameRun } from './frame-run.js';
import type { FrameSums } from './frame-sums.js';
import type { Loss } from './loss.js';
import { toEpochNs } from './timestamp.js';

/**
 * One batch of frames, read in place.
 *
 * Before the first `next()` the fields mean nothing; after each `next()` that returned true they
 * describe one frame, until the following `next()`. The bytes stay valid until the source's next
 * `read`, `stop` or `close`, then the memory is used again:
 *
 *     const batch = source.read(100);
 *     while (batch.next()) total += batch.originalLength; // fine
 *     const kept = batch.bytes.subarray(batch.byteOffset); // WRONG: overwritten by the next read
 *     const copy = copyFrame(batch); // right
 */
export interface FrameBatch {
  /**
   * Steps to the next frame. Cost: a few nanoseconds.
   *
   * @returns false when the batch is used up (an empty batch at the first call: the time ran out)
   */
  next(): boolean;
  /** The memory in which this frame lies; other frames and foreign bytes lie in it too. */
  readonly bytes: Uint8Array;
  /** The same memory as 32-bit words in host order; word i is bytes 4i … 4i+3. */
  readonly words: Int32Array;
  /** The same memory as 64-bit words, for a source that has it: long frames are copied faster. */
  readonly longs?: BigInt64Array | undefined;
  /**
   * The frames after this one, for whoever takes many at a time; undefined: there is no such way, or
   * the next frame has a loss before it. What is taken there, `next` doesn't give any more.
   */
  readonly run?: FrameRun | undefined;
  /** Where the frame's first byte is in `bytes`. */
  readonly byteOffset: number;
  /** Bytes present, at most the snapshot length. */
  readonly capturedLength: number;
  /**
   * Bytes the frame had before it was cut: on the wire, without the check sequence, unless the kernel or
   * the card joined frames or leaves the cutting to the card (`TcpSegmentationOffload`).
   */
  readonly originalLength: number;
  /** Time of the frame: seconds since 1970-01-01 UTC (u32). */
  readonly seconds: number;
  /** Time of the frame: nanoseconds within the second (0 … 999,999,999). */
  readonly nanoseconds: number;
  /** Index into the source's `interfaces`. */
  readonly interfaceId: number;
  /**
   * What is known of the frame beside its bytes, laid out as pcapng epb_flags (see `FrameFlags`);
   * 0 where nothing is.
   */
  readonly flags: number;
  /**
   * Frames lost between this one and the previous one of its interface, or where it says so of its
   * `queue`; undefined: none known.
   */
  readonly lostBefore: Loss | undefined;
  /**
   * The ring or receive queue that the frame came through, where several feed its interface;
   * undefined: there is one, or nobody says. Each has gaps of its own.
   */
  readonly queue?: number | undefined;
  /** The frame as a pcapng block, where the source has made one; undefined: it hasn't. */
  readonly blocks?: FrameBlocks | undefined;
  /**
   * Steps over the frames behind this one that are of its interface, its queue and its second and have no
   * loss before them, and adds them up. The batch's time is then that of the last of them; its fields but
   * for time, interface and queue mean nothing until `next`. Absent: the source has no such way.
   *
   * @returns what they come to, valid until the next call; undefined where the next frame isn't of those,
   *   or may not be: `next` gives it
   */
  addUp?(): FrameSums | undefined;
}

/** Frames that lie in memory as little-endian pcapng blocks; valid as long as the frame's bytes. */
export interface FrameBlocks {
  readonly bytes: Uint8Array;
  /** The same memory as words. */
  readonly words: Int32Array;
  /** Word at which the first frame's block begins. */
  readonly start: number;
  /** Word behind the last frame's block. */
  readonly end: number;
  /**
   * Steps the batch on over frames that lie behind this one, have the same interface and queue and no
   * loss before them, and come next in any case; `end` is then behind the last of them, and so are the
   * batch's fields that of the last one, but for `lostBefore`.
   *
   * @param most how many at most
   * @returns how many; 0 where the next frame is a case of its own
   */
  extend(most: number): number;
}

/** Bits of `FrameBatch.flags`, as draft-ietf-opsawg-pcapng section 4.3.1 lays out epb_flags. */
export const FrameFlags = {
  /** Mask of the direction; 0 means unknown. */
  Direction: 0x3,
  Inbound: 0x1,
  Outbound: 0x2,
  /** Mask of the reception type; 0 means unspecified. */
  Reception: 0x1c,
  Unicast: 0x04,
  Multicast: 0x08,
  Broadcast: 0x0c,
  Promiscuous: 0x10,
  /** The checksum isn't filled in yet: the sender left it to the network card. */
  ChecksumNotReady: 0x200,
  /** The kernel needn't check the checksum: card or driver has found it right, or vouches for it. */
  ChecksumValid: 0x400,
  /** One buffer for several TCP segments: the card will cut it, or card or kernel put it together. */
  TcpSegmentationOffload: 0x800,
} as const;

/** An interface that a source captures from, or that a file describes. */
export interface CaptureInterface {
  /** Position in the source's list, from 0; what `FrameBatch.interfaceId` refers to. */
  readonly id: number;
  /** The system's name for it; undefined where a file gives none. */
  readonly name: string | undefined;
  /** LINKTYPE_ number of its frames. */
  readonly linkType: number;
  /** Longest part of a frame that is kept, in bytes; 0 means no limit. */
  readonly snapshotLength: number;
  /** A person's words for it. */
  readonly description: string | undefined;
  /** The capture filter in its source form. */
  readonly filter: string | undefined;
  /** Bits per second, where known. */
  readonly speedBps: bigint | undefined;
  /** MAC address as `02:00:5e:10:00:01`, where it has one. */
  readonly macAddress: string | undefined;
}

/**
 * What the kernel counted for one interface since capturing began; totals, never deltas.
 *
 * Counts frames that passed the filter. `received` and `dropped` don't count losses in the driver, the
 * NIC or the softnet backlog. An unknown number is undefined.
 */
export interface ReceiveCounters {
  /** Frames the kernel tried to give to the socket, dropped ones included (tp_packets). */
  readonly received: number;
  /**
   * Frames it discarded because the socket's queue or ring was full, or, of a queue, because there was no
   * memory for a copy (tp_drops).
   */
  readonly dropped: number;
  /**
   * What the source knows of the loss after the last frame; its number follows from the totals.
   * Undefined: exact, or not asked yet.
   */
  readonly finalLoss?: Loss | undefined;
  /**
   * Frames the interface itself received, whatever became of them. Counts what no filter has seen
   * yet. Undefined where it has no such counter.
   */
  readonly interfaceReceived?: number | undefined;
  /**
   * Frames lost in network card and driver, before any socket saw them; not part of `dropped`.
   * Undefined where it has no such counter.
   */
  readonly interfaceDropped?: number | undefined;
  /** The parts of `received`, `dropped` and the final loss by ring, where there are several. */
  readonly queues?: readonly QueueCounters[] | undefined;
}

/** What the kernel counted for one of several rings of an interface; see `ReceiveCounters`. */
export interface QueueCounters {
  /** As in `FrameBatch.queue`. */
  readonly queue: number;
  readonly received: number;
  readonly dropped: number;
  readonly finalLoss?: Loss | undefined;
  /** How full the ring is, 0 to 1. */
  readonly fill?: number | undefined;
}

/** Where frames come from: a socket, a ring, a file, the model. */
export interface FrameSource extends Disposable {
  /** The interfaces, in the order of their ids; a file source may append to it while it is read. */
  readonly interfaces: readonly CaptureInterface[];
  /**
   * Reads the next batch, waiting at most `timeoutMs` for it. Blocks the thread while it waits.
   *
   * The frames view memory owned by the source and are valid until the next call of `read`, `stop`
   * or `close`. A batch with no frame means the time ran out, or that the source has `ended`.
   *
   * @param timeoutMs whole milliseconds, 0 … 2^31 − 1
   * @throws {SystemCallError} `ENETDOWN` when the interface went down; reading may be tried again.
   *   `ENODEV` when it is gone for good: what was received can still be read after `stop`
   * @throws {FormatError} where a file contradicts its format
   */
  read(timeoutMs: number): FrameBatch;
  /** True once no further frame will come. */
  readonly ended: boolean;
  /**
   * Asks for the clean end: from now on no new frame is taken in, and `read` goes on to give what
   * has been received until `ended`. May be called again; does nothing then.
   */
  stop(): void;
  /**
   * The totals of one interface as of now; undefined where the source has none (a file without
   * statistics).
   */
  counters(interfaceId: number): ReceiveCounters | undefined;
  /**
   * How full the queue or ring is, from 0 to 1; undefined where there is no such thing or where it
   * can't be told.
   */
  readonly fill: number | undefined;

  /** Whether its batches offer most frames as a `run`, too; not unless given. */
  readonly givesRuns?: boolean;
  /** The same of one interface, where a source has several rings or queues. */
  fillOf?(interfaceId: number): number | undefined;
  /** Gives back all resources. Frames not yet read are lost to the caller; see `counters`. */
  close(): void;
}

/** A frame with bytes of its own, for whoever wants an object instead of a cursor. */
export interface Frame {
  readonly data: Uint8Array;
  readonly originalLength: number;
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly timestampNs: bigint;
  readonly interfaceId: number;
  readonly flags: number;
  readonly lostBefore: Loss | undefined;
}

/** Copies the frame that the batch stands on into an object of its own. */
export function copyFrame(batch: FrameBatch): Frame {
  return {
    data: batch.bytes.slice(batch.byteOffset, batch.byteOffset + batch.capturedLength),
    originalLength: batch.originalLength,
    timestampNs: toEpochNs(batch.seconds, batch.nanoseconds),
    interfaceId: batch.interfaceId,
    flags: batch.flags,
    lostBefore: batch.lostBefore,
  };
}
