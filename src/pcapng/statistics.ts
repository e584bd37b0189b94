/** Decodes interface statistics and says what they mean. */

import { tryParseBacklogComment } from './backlog-comment.js';
import type { BlockParser } from './block-parser.js';
import { CommonOption, StatisticsOption } from './constants.js';
import { saysLossesPlaced, tryParseLeftOut } from './copy-remarks.js';
import type { InterfaceClock } from './interface-clock.js';
import { type LossBounds, tryParseLossComment } from './loss-options.js';
import { OptionReader } from './options.js';
import { type QueueLoss, tryParseQueueLosses } from './queue-losses.js';

const FIXED_BYTES = 20;
const MIN_BLOCK_BYTES = 24;
const DUMPCAP_COMMENT = 'Counters provided by dumpcap';
const NS_PER_YEAR = 31_536_000n * 1_000_000_000n;

/** A statistics block as it stands in the file: raw times and counts. */
export interface StatisticsBlock {
  /** Number of the interface in its section. */
  readonly localInterfaceId: number;
  /** In the interface's units. */
  readonly timestampTicks: bigint;
  /** isb_starttime, in the interface's units. */
  readonly startTicks: bigint | undefined;
  /** isb_endtime, in the interface's units. */
  readonly endTicks: bigint | undefined;
  /** isb_ifrecv */
  readonly interfaceReceived: bigint | undefined;
  /** isb_ifdrop */
  readonly interfaceDropped: bigint | undefined;
  /** isb_filteraccept */
  readonly filterAccepted: bigint | undefined;
  /** isb_osdrop */
  readonly systemDropped: bigint | undefined;
  /** isb_usrdeliv */
  readonly userDelivered: bigint | undefined;
  readonly comments: readonly string[];
}

/**
 * How a writer departs from the specification; see the rules of `interpretStatistics`.
 *
 * `dumpcap counters`: isb_ifrecv counts what was delivered, isb_ifdrop what the kernel dropped.
 * `times in microseconds`: although the interface's unit is finer.
 */
export type StatisticsQuirk = 'dumpcap counters' | 'times in microseconds';

/**
 * Totals of one interface since its capture began, as `interpretStatistics` reads them.
 *
 * Whatever the file doesn't say is undefined.
 */
export interface InterfaceStatistics {
  /** When the numbers were read; nanoseconds since 1970-01-01 UTC. */
  readonly timestampNs: bigint;
  /** When capturing began. */
  readonly startNs: bigint | undefined;
  /** When capturing ended. */
  readonly endNs: bigint | undefined;
  /** Frames the interface received, whatever became of them. */
  readonly interfaceReceived: number | undefined;
  /** Frames lost in network card and driver. */
  readonly interfaceDropped: number | undefined;
  /** Frames that passed the filter, dropped ones included. */
  readonly received: number | undefined;
  /** Frames of these that the kernel discarded for want of room. */
  readonly dropped: number | undefined;
  /** Frames that reached the capturing program. */
  readonly delivered: number | undefined;
  readonly comment: string | undefined;
  /**
   * Frames that the host's softnet backlog dropped since the start, of all interfaces together, where
   * a comment of gapcap's says so.
   */
  readonly backlogDropped: number | undefined;
  /** Between what the loss after the last frame lies, where a comment of gapcap's bounds it. */
  readonly finalBounds: LossBounds | undefined;
  /** The loss after the last frame by rings, where a comment of gapcap's says so. */
  readonly finalQueues?: readonly QueueLoss[] | undefined;
  /**
   * Frames of those delivered that this file doesn't have, because whoever copied it left them out on
   * purpose; undefined: none.
   */
  readonly leftOut: number | undefined;
  /** Whether the block says that every loss which a frame follows is recorded at that frame. */
  readonly lossesPlaced: boolean;
  /** In which way the block had to be read otherwise than the specification says; mostly none. */
  readonly quirks: readonly StatisticsQuirk[];
  /** The block itself; holds the counts that exceed 2^53 − 1. */
  readonly raw: StatisticsBlock;
}

/**
 * Decodes the parser's present block as interface statistics.
 *
 * @throws {FormatError} `BAD_BLOCK_LENGTH`, `BAD_OPTION_LENGTH`
 */
export function decodeStatistics(parser: BlockParser): StatisticsBlock {
  if (parser.blockLength < MIN_BLOCK_BYTES) {
    throw parser.error('BAD_BLOCK_LENGTH', 'is too short for interface statistics');
  }
  const index = parser.blockStart >>> 2;
  const high = parser.u32(index + 3);
  const low = parser.u32(index + 4);
  const block = {
    localInterfaceId: parser.u32(index + 2),
    timestampTicks: (BigInt(high) << 32n) | BigInt(low),
    startTicks: undefined as bigint | undefined,
    endTicks: undefined as bigint | undefined,
    interfaceReceived: undefined as bigint | undefined,
    interfaceDropped: undefined as bigint | undefined,
    filterAccepted: undefined as bigint | undefined,
    systemDropped: undefined as bigint | undefined,
    userDelivered: undefined as bigint | undefined,
    comments: [] as string[],
  };
  const options = new OptionReader(parser, FIXED_BYTES);
  while (options.next()) {
    switch (options.code) {
      case CommonOption.Comment:
        block.comments.push(options.text());
        break;
      case StatisticsOption.StartTime:
        block.startTicks = options.ticks();
        break;
      case StatisticsOption.EndTime:
        block.endTicks = options.ticks();
        break;
      case StatisticsOption.InterfaceReceived:
        block.interfaceReceived = options.u64();
        break;
      case StatisticsOption.InterfaceDropped:
        block.interfaceDropped = options.u64();
        break;
      case StatisticsOption.FilterAccepted:
        block.filterAccepted = options.u64();
        break;
      case StatisticsOption.SystemDropped:
        block.systemDropped = options.u64();
        break;
      case StatisticsOption.UserDelivered:
        block.userDelivered = options.u64();
        break;
    }
  }
  return block;
}

/**
 * Says what a statistics block means, in the words of this library.
 *
 * By the specification: isb_filteraccept is `received`, isb_osdrop `dropped`, isb_usrdeliv
 * `delivered`, isb_ifrecv and isb_ifdrop the interface's own two. Rules beyond it:
 *
 * 1. dumpcap (Wireshark 4.0; known by its comment "Counters provided by dumpcap") counts otherwise.
 *    Its isb_ifrecv is what was delivered, its isb_ifdrop is what the kernel dropped (pcap's
 *    ps_drop, with what dumpcap itself discarded). So `delivered` = ifrecv, `dropped` = ifdrop,
 *    `received` = ifrecv + ifdrop, and nothing is known of the interface's own two.
 * 2. Where units are finer than microseconds and a time falls into the first year after 1970, but
 *    read in microseconds it falls later, it is in microseconds: dumpcap writes those whatever the
 *    interface's resolution (writecap/pcapio.c takes the times from gettimeofday).
 * 3. A count above 2^53 − 1 is undefined here, as no exact number can hold it. It stays in `raw`;
 *    in practice it is 2^64 − 1, which some writers put for "unknown".
 */
export function interpretStatistics(
  block: StatisticsBlock,
  clock: InterfaceClock,
): InterfaceStatistics {
  const { timestampTicks, startTicks, endTicks } = block;
  const inMicroseconds = [timestampTicks, startTicks, endTicks].some(
    (ticks) => ticks !== undefined && interpretTime(ticks, clock) !== clock.ticksToEpochNs(ticks),
  );
  const timeQuirks: StatisticsQuirk[] = inMicroseconds ? ['times in microseconds'] : [];
  const finalBounds = block.comments
    .map((text) => tryParseLossComment(text))
    .find((bounds) => bounds !== undefined);
  const finalQueues = block.comments
    .map((text) => tryParseQueueLosses(text))
    .find((losses) => losses !== undefined);
  const leftOut = block.comments
    .map((text) => tryParseLeftOut(text))
    .find((count) => count !== undefined);
  const backlogDropped = block.comments
    .map((text) => tryParseBacklogComment(text))
    .find((count) => count !== undefined);
  const copied = {
    backlogDropped,
    leftOut,
    ...(finalQueues === undefined ? {} : { finalQueues }),
    lossesPlaced: block.comments.some(saysLossesPlaced),
  };
  const times = {
    timestampNs: interpretTime(block.timestampTicks, clock),
    startNs: block.startTicks === undefined ? undefined : interpretTime(block.startTicks, clock),
    endNs: block.endTicks === undefined ? undefined : interpretTime(block.endTicks, clock),
  };
  const interfaceReceived = exactNumber(block.interfaceReceived);
  const interfaceDropped = exactNumber(block.interfaceDropped);
  const comment = block.comments[0];
  if (block.comments.includes(DUMPCAP_COMMENT)) {
    return {
      ...times,
      interfaceReceived: undefined,
      interfaceDropped: undefined,
      received:
        interfaceReceived === undefined || interfaceDropped === undefined
          ? undefined
          : interfaceReceived + interfaceDropped,
      dropped: interfaceDropped,
      delivered: interfaceReceived,
      comment,
      finalBounds,
      ...copied,
      quirks: ['dumpcap counters', ...timeQuirks],
      raw: block,
    };
  }
  return {
    ...times,
    interfaceReceived,
    interfaceDropped,
    received: exactNumber(block.filterAccepted),
    dropped: exactNumber(block.systemDropped),
    delivered: exactNumber(block.userDelivered),
    comment,
    finalBounds,
    ...copied,
    quirks: timeQuirks,
    raw: block,
  };
}

function interpretTime(ticks: bigint, clock: InterfaceClock): bigint {
  const stated = clock.ticksToEpochNs(ticks);
  if (clock.unitsPerSecond <= 1_000_000n || stated < 0n || stated >= NS_PER_YEAR) return stated;
  const asMicroseconds = ticks * 1000n;
  return asMicroseconds >= NS_PER_YEAR ? asMicroseconds : stated;
}

function exactNumber(count: bigint | undefined): number | undefined {
  return count !== undefined && count <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(count)
    : undefined;
}
