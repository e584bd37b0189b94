/** Encodes the blocks that describe: section header, interface description, interface statistics. */

import { ArgumentError } from '../core/errors.js';
import type { CaptureInterface } from '../core/frame.js';
import { encodeBacklogComment } from './backlog-comment.js';
import { BlockBuilder } from './block-builder.js';
import {
  BlockType,
  BYTE_ORDER_MAGIC,
  CommonOption,
  InterfaceOption,
  SectionOption,
  StatisticsOption,
} from './constants.js';

const NANOSECOND_RESOLUTION = 9;
const textEncoder = new TextEncoder();

/** What a section header says of the capture; whatever is undefined is left out. */
export interface SectionDetails {
  /** The machine, such as its processor. */
  hardware?: string | undefined;
  /** The operating system that captured. */
  os?: string | undefined;
  /** The program that wrote the section. */
  application?: string | undefined;
  comment?: string | undefined;
}

/** An interface as it is to be described in a file. */
export interface InterfaceToDescribe extends CaptureInterface {
  /** The network card's make and model. */
  readonly hardware?: string | undefined;
  /** The operating system of the machine that has this interface. */
  readonly os?: string | undefined;
  readonly comment?: string | undefined;
}

/**
 * Totals of one interface since its capture began; an undefined one is unknown and left out.
 *
 * Each count may be a bigint where it could exceed 2^53 − 1.
 */
export interface StatisticsToWrite {
  /** When the numbers were read; nanoseconds since 1970-01-01 UTC. */
  timestampNs: bigint;
  /** When capturing began. */
  startNs?: bigint | undefined;
  /** When capturing ended. */
  endNs?: bigint | undefined;
  /** Frames the interface received, whatever became of them: isb_ifrecv. */
  interfaceReceived?: number | bigint | undefined;
  /** Frames lost in network card and driver: isb_ifdrop. */
  interfaceDropped?: number | bigint | undefined;
  /** Frames that passed the filter, dropped ones included: isb_filteraccept. */
  received?: number | bigint | undefined;
  /** Frames of these that the kernel discarded for want of room: isb_osdrop. */
  dropped?: number | bigint | undefined;
  /** Frames that reached the capturing program: isb_usrdeliv. */
  delivered?: number | bigint | undefined;
  /** Frames that the host's softnet backlog dropped, of whichever interface; kept as a comment. */
  backlogDropped?: number | undefined;
  comment?: string | undefined;
}

/** A section header of unspecified length, version 1.0, little-endian. */
export function encodeSectionHeader(details: SectionDetails): Uint8Array {
  const builder = new BlockBuilder();
  builder.u32(BYTE_ORDER_MAGIC);
  builder.u16(1);
  builder.u16(0);
  builder.u64(0xffff_ffff_ffff_ffffn);
  builder.textOption(CommonOption.Comment, details.comment);
  builder.textOption(SectionOption.Hardware, details.hardware);
  builder.textOption(SectionOption.OperatingSystem, details.os);
  builder.textOption(SectionOption.Application, details.application);
  return builder.finish(BlockType.SectionHeader);
}

/**
 * An interface description with nanosecond timestamps.
 *
 * @throws {ArgumentError} `BAD_MAC_ADDRESS`, `OPTION_TOO_LONG`
 */
export function encodeInterfaceDescription(details: InterfaceToDescribe): Uint8Array {
  const builder = new BlockBuilder();
  builder.u16(details.linkType);
  builder.u16(0);
  builder.u32(details.snapshotLength);
  builder.textOption(CommonOption.Comment, details.comment);
  builder.textOption(InterfaceOption.Name, details.name);
  builder.textOption(InterfaceOption.Description, details.description);
  if (details.macAddress !== undefined) {
    builder.option(InterfaceOption.MacAddress, parseMacAddress(details.macAddress));
  }
  builder.u64Option(InterfaceOption.Speed, details.speedBps);
  builder.option(InterfaceOption.TimestampResolution, Uint8Array.of(NANOSECOND_RESOLUTION));
  if (details.filter !== undefined) {
    // The octet before the text says what kind of filter it is: 0 is a libpcap expression.
    builder.option(InterfaceOption.Filter, textEncoder.encode(`\0${details.filter}`));
  }
  builder.textOption(InterfaceOption.OperatingSystem, details.os);
  builder.textOption(InterfaceOption.Hardware, details.hardware);
  return builder.finish(BlockType.InterfaceDescription);
}

/** The statistics of one interface whose timestamps are in nanoseconds. */
export function encodeInterfaceStatistics(
  interfaceId: number,
  statistics: StatisticsToWrite,
): Uint8Array {
  const builder = new BlockBuilder();
  builder.u32(interfaceId);
  builder.timestamp(statistics.timestampNs);
  builder.textOption(CommonOption.Comment, statistics.comment);
  if (statistics.backlogDropped !== undefined) {
    builder.textOption(CommonOption.Comment, encodeBacklogComment(statistics.backlogDropped));
  }
  builder.timestampOption(StatisticsOption.StartTime, statistics.startNs);
  builder.timestampOption(StatisticsOption.EndTime, statistics.endNs);
  builder.u64Option(StatisticsOption.InterfaceReceived, statistics.interfaceReceived);
  builder.u64Option(StatisticsOption.InterfaceDropped, statistics.interfaceDropped);
  builder.u64Option(StatisticsOption.FilterAccepted, statistics.received);
  builder.u64Option(StatisticsOption.SystemDropped, statistics.dropped);
  builder.u64Option(StatisticsOption.UserDelivered, statistics.delivered);
  return builder.finish(BlockType.InterfaceStatistics);
}

function parseMacAddress(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) {
    throw new ArgumentError('BAD_MAC_ADDRESS', `"${text}" is no MAC address.`, {
      argument: 'macAddress',
      value: text,
      expected: 'six octets in hexadecimal, such as 02:00:5e:10:00:01',
    });
  }
  return Uint8Array.from(text.split(':'), (octet) => Number.parseInt(octet, 16));
}
