/** Decodes section headers. */

import type { BlockParser } from './block-parser.js';
import { CommonOption, SectionOption } from './constants.js';
import { OptionReader } from './options.js';

const FIXED_BYTES = 24;
const UNSPECIFIED_LENGTH = -1n;

/** What a section header says; whatever it leaves out is undefined. */
export interface Section {
  /** Position among the file's sections, from 0. */
  readonly index: number;
  /** Where the section starts in the file, in bytes. */
  readonly offset: number;
  readonly byteOrder: 'little' | 'big';
  readonly versionMajor: number;
  readonly versionMinor: number;
  /** Bytes of the section after its header, as it claims; undefined where it leaves that open. */
  readonly lengthBytes: bigint | undefined;
  /** The `id` of the section's first interface, if it has one. */
  readonly firstInterfaceId: number;
  readonly hardware: string | undefined;
  /** The operating system that captured. */
  readonly os: string | undefined;
  /** The program that wrote the section. */
  readonly application: string | undefined;
  readonly comments: readonly string[];
}

/**
 * Decodes the parser's present block as a section header.
 *
 * @throws {FormatError} `BAD_OPTION_LENGTH`
 */
export function decodeSectionHeader(parser: BlockParser, firstInterfaceId: number): Section {
  const index = parser.blockStart >>> 2;
  const versions = parser.u32(index + 3);
  const upper = versions >>> 16;
  const lower = versions & 0xffff;
  const view = new DataView(parser.bytes.buffer, parser.bytes.byteOffset);
  const length = view.getBigInt64(parser.blockStart + 16, !parser.swapped);
  let hardware: string | undefined;
  let os: string | undefined;
  let application: string | undefined;
  const comments: string[] = [];
  const options = new OptionReader(parser, FIXED_BYTES);
  while (options.next()) {
    if (options.code === SectionOption.Hardware) hardware = options.text();
    else if (options.code === SectionOption.OperatingSystem) os = options.text();
    else if (options.code === SectionOption.Application) application = options.text();
    else if (options.code === CommonOption.Comment) comments.push(options.text());
  }
  return {
    index: parser.section,
    offset: parser.blockOffset,
    byteOrder: parser.swapped ? 'big' : 'little',
    versionMajor: parser.swapped ? upper : lower,
    versionMinor: parser.swapped ? lower : upper,
    lengthBytes: length === UNSPECIFIED_LENGTH ? undefined : length,
    firstInterfaceId,
    hardware,
    os,
    application,
    comments,
  };
}
