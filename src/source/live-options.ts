/** What both live sources, ring and socket, have in common: the target, the options, the clean start. */

import { UnsupportedError } from '../core/errors.js';
import { type CaptureInterface, FrameFlags } from '../core/frame.js';
import { LinkType } from '../core/link-type.js';
import {
  acceptAll,
  type Direction,
  type FilterProgram,
  REJECT_ALL,
  withDirection,
  withoutLoopbackEcho,
} from '../sys/filter-program.js';
import { limitKeptBytes, toCookedView } from '../sys/filter-rewrite.js';
import { formatFilter } from '../sys/filter-text.js';
import { PacketSocket } from '../sys/packet-socket.js';
import { startAdapterTime, type TimeStampType } from '../sys/time-stamping.js';

/** The interface to capture from, as the system knows it. */
export interface LiveTarget {
  /** The system's number; 0 for all interfaces at once. */
  readonly ifindex: number;
  /** Its name; `any` for all interfaces at once. */
  readonly name: string;
  /** LINKTYPE_ number of the frames; LinuxSll2 makes the source put a cooked header before each. */
  readonly linkType: number;
  /**
   * Whether it is, or holds, a loopback interface, on which each frame is both sent and received;
   * no unless given.
   */
  readonly loopback?: boolean | undefined;
  /** A person's words for it. */
  readonly description?: string | undefined;
  /** MAC address as text. */
  readonly macAddress?: string | undefined;
  /** Bits per second. */
  readonly speedBps?: bigint | undefined;
}

/** How to capture from it. */
export interface LiveOptions {
  readonly target: LiveTarget;
  /** Longest part of a frame to keep, in bytes, from 1. */
  readonly snapshotLength: number;
  /** Whether to ask the interface for frames to any destination. */
  readonly promiscuous: boolean;
  /** Size of the ring, or of the socket's receive queue, in bytes. */
  readonly bufferSizeBytes: number;
  /**
   * The program that says which frames to take, written for frames of the target's link type; all
   * of them where undefined.
   */
  readonly filter?: FilterProgram | undefined;
  /** The filter in its source form, for the file: an expression, or a program in decimal. */
  readonly filterText?: string | undefined;
  /** Which way the frames must go; `inout` unless given. */
  readonly direction?: Direction | undefined;
  /** Who stamps the frames; `host` unless given. */
  readonly timeStampType?: TimeStampType | undefined;
}

/** Bytes of a cooked header, LINKTYPE_LINUX_SLL2 (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html). */
export const SLL2_HEADER_LENGTH = 20;

/** `FrameFlags` by sll_pkttype (include/uapi/linux/if_packet.h: PACKET_HOST … PACKET_KERNEL). */
export const FLAGS_BY_PACKET_TYPE: Int32Array = Int32Array.of(
  FrameFlags.Inbound | FrameFlags.Unicast,
  FrameFlags.Inbound | FrameFlags.Broadcast,
  FrameFlags.Inbound | FrameFlags.Multicast,
  FrameFlags.Inbound | FrameFlags.Promiscuous,
  FrameFlags.Outbound,
  0,
  0,
  0,
);

/**
 * Opens a socket that takes no frame yet: the first half of a start without a hole.
 *
 * Whatever the caller sets up next (ring, options) can't lose a frame that anybody counts, because
 * the filter rejects all of them until `letFramesIn`.
 */
export function openClosedSocket(options: LiveOptions, cooked: boolean): PacketSocket {
  const socket = PacketSocket.open(cooked);
  try {
    socket.attachFilter(REJECT_ALL);
    if (options.direction === 'in') socket.tryIgnoreOutgoing();
    if (options.promiscuous && options.target.ifindex !== 0) {
      socket.joinPromiscuous(options.target.ifindex);
    }
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

/**
 * Turns on the adapter's timestamps where they are asked for.
 *
 * @returns whether they were
 * @throws {UnsupportedError} `NO_ADAPTER_TIME`
 * @throws {SystemCallError} `EPERM`
 */
export function startTimeStamps({ target, timeStampType = 'host' }: LiveOptions): boolean {
  if (timeStampType === 'host') return false;
  if (target.ifindex === 0) {
    throw new UnsupportedError(
      'NO_ADAPTER_TIME',
      `All interfaces at once have no timestamps of the kind ${timeStampType}.`,
      { feature: timeStampType, hint: 'Name the interfaces, each with its own -i.' },
    );
  }
  startAdapterTime(target.name, timeStampType);
  return true;
}

/**
 * The second half: binds, throws away what the counters hold, and opens the filter.
 *
 * @param whenBound called in between, while all frames are still rejected
 */
export function letFramesIn(
  socket: PacketSocket,
  options: LiveOptions,
  whenBound?: (socket: PacketSocket) => void,
): void {
  socket.bind(options.target.ifindex);
  whenBound?.(socket);
  socket.throwPendingError();
  socket.readStatistics();
  socket.received = 0;
  socket.dropped = 0;
  socket.freezes = 0;
  socket.attachFilter(kernelFilter(options));
}

/** The filter as the kernel runs it: on its own view of a frame, keeping no more than was asked for. */
function kernelFilter(options: LiveOptions): FilterProgram {
  const program = wantedFrames(options);
  const { direction = 'inout' } = options;
  if (direction !== 'inout') return withDirection(program, direction);
  return options.target.loopback === true ? withoutLoopbackEcho(program) : program;
}

function wantedFrames(options: LiveOptions): FilterProgram {
  const kept = kernelSnapshotLength(options);
  if (options.filter === undefined) return acceptAll(kept);
  const cooked = options.target.linkType === LinkType.LinuxSll2;
  return limitKeptBytes(cooked ? toCookedView(options.filter) : options.filter, kept);
}

/** The part of a frame that the kernel keeps, so that none is longer than asked with its header. */
function kernelSnapshotLength(options: LiveOptions): number {
  const added = options.target.linkType === LinkType.LinuxSll2 ? SLL2_HEADER_LENGTH : 0;
  return Math.max(1, options.snapshotLength - added);
}

/** The interface that a live source describes. */
export function liveInterface(options: LiveOptions): CaptureInterface {
  const { target } = options;
  return {
    id: 0,
    name: target.name,
    linkType: target.linkType,
    snapshotLength: options.snapshotLength,
    description: target.description,
    filter: recordedFilter(options),
    speedBps: target.speedBps,
    macAddress: target.macAddress,
  };
}

/** What `formatFilter` makes of a program, on one line. */
const PROGRAM_TEXT = /^\d+(,\d+ \d+ \d+ \d+)+$/;

/** The filter as the file has it: with the direction, in the words of pcap-filter(7). */
function recordedFilter({
  filter,
  filterText,
  direction = 'inout',
}: LiveOptions): string | undefined {
  if (direction === 'inout') return filterText;
  const words = direction === 'in' ? 'inbound' : 'outbound';
  if (filterText === undefined) return words;
  if (filter === undefined || !PROGRAM_TEXT.test(filterText)) return `${words} and (${filterText})`;
  const lines = formatFilter(withDirection(filter, direction), 'decimal');
  return lines.trim().replaceAll('\n', ',');
}
