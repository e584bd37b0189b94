/** Section headers and interface descriptions in a copy. */

import { BlockBuilder } from '../pcapng/block-builder.js';
import {
  BlockType,
  BYTE_ORDER_MAGIC,
  CommonOption,
  InterfaceOption,
  SectionOption,
} from '../pcapng/constants.js';

const SECTION_LENGTH_AT = 16;
const SECTION_OPTIONS_AT = 24;
const SNAPSHOT_LENGTH_AT = 12;
const INTERFACE_OPTIONS_AT = 16;
const NANOSECONDS = 9;
/** if_txspeed, if_rxspeed */
const SPEED_OPTIONS = [16, 17];

/** Options of an interface that say nothing of anybody: name, speeds, units, frame check sequence. */
const ANONYMOUS_INTERFACE_OPTIONS: ReadonlySet<number> = new Set([
  InterfaceOption.Name,
  InterfaceOption.Speed,
  InterfaceOption.TimestampResolution,
  InterfaceOption.TimestampOffset,
  InterfaceOption.FcsLength,
  ...SPEED_OPTIONS,
]);

/**
 * A section header of the output, of open length.
 *
 * @param block the input's, little-endian
 * @param anonymous whether only the program's name stays
 */
export function copySectionHeader(block: Uint8Array, anonymous: boolean): Uint8Array {
  const copy = anonymous
    ? withOptions(block, SECTION_OPTIONS_AT, (code) => code === SectionOption.Application)
    : block.slice();
  copy.fill(0xff, SECTION_LENGTH_AT, SECTION_LENGTH_AT + 8);
  return copy;
}

/**
 * An interface description of the output.
 *
 * @param block the input's, little-endian
 * @param snapshotLength longest part of a frame in the output; 0: no limit of its own
 * @param anonymous whether addresses, filter, descriptions and comments are left out
 */
export function copyInterfaceDescription(
  block: Uint8Array,
  snapshotLength: number,
  anonymous: boolean,
): Uint8Array {
  const copy = anonymous
    ? withOptions(block, INTERFACE_OPTIONS_AT, (code) => ANONYMOUS_INTERFACE_OPTIONS.has(code))
    : block.slice();
  const view = new DataView(copy.buffer);
  const own = view.getUint32(SNAPSHOT_LENGTH_AT, true);
  view.setUint32(SNAPSHOT_LENGTH_AT, shorter(own, snapshotLength), true);
  return copy;
}

/** The shorter of two snapshot lengths, of which 0 is no limit. */
export function shorter(first: number, second: number): number {
  if (first === 0 || second === 0) return Math.max(first, second);
  return Math.min(first, second);
}

/** What is said of an interface that comes from a pcap file; its times are in nanoseconds. */
export interface PcapInterface {
  readonly linkType: number;
  readonly snapshotLength: number;
  readonly fcsLength: number | undefined;
}

/** An interface description for the frames of a pcap file. */
export function describePcapInterface(file: PcapInterface, snapshotLength: number): Uint8Array {
  const builder = new BlockBuilder();
  builder.u16(file.linkType);
  builder.u16(0);
  builder.u32(shorter(file.snapshotLength, snapshotLength));
  builder.option(InterfaceOption.TimestampResolution, Uint8Array.of(NANOSECONDS));
  if (file.fcsLength !== undefined) {
    builder.option(InterfaceOption.FcsLength, Uint8Array.of(file.fcsLength));
  }
  return builder.finish(BlockType.InterfaceDescription);
}

/** What the header of a section says that no input has as it stands. */
export interface NewSection {
  readonly application: string;
  readonly hardware: string | undefined;
  readonly os: string | undefined;
  readonly comments: readonly string[];
}

/** A section header of the output's own. */
export function newSectionHeader(section: NewSection): Uint8Array {
  const builder = new BlockBuilder();
  builder.u32(BYTE_ORDER_MAGIC);
  builder.u16(1);
  builder.u16(0);
  builder.u64(0xffff_ffff_ffff_ffffn);
  for (const comment of section.comments) builder.textOption(CommonOption.Comment, comment);
  builder.textOption(SectionOption.Hardware, section.hardware);
  builder.textOption(SectionOption.OperatingSystem, section.os);
  builder.textOption(SectionOption.Application, section.application);
  return builder.finish(BlockType.SectionHeader);
}

/** A little-endian block with only the wanted options. */
function withOptions(
  block: Uint8Array,
  optionsAt: number,
  wanted: (code: number) => boolean,
): Uint8Array {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const builder = new BlockBuilder();
  for (let at = 8; at < optionsAt; at += 4) builder.u32(view.getUint32(at, true));
  for (let at = optionsAt; at + 4 <= block.length - 4; ) {
    const code = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    if (code === CommonOption.End) break;
    if (wanted(code)) builder.option(code, block.subarray(at + 4, at + 4 + length));
    at += 4 + ((length + 3) & ~3);
  }
  return builder.finish(view.getUint32(0, true));
}
