/** Decodes interface descriptions. */

import type { CaptureInterface } from '../core/frame.js';
import type { BlockParser } from './block-parser.js';
import { CommonOption, DEFAULT_TIMESTAMP_RESOLUTION, InterfaceOption } from './constants.js';
import { InterfaceClock } from './interface-clock.js';
import { OptionReader } from './options.js';

const FIXED_BYTES = 16;
const MIN_BLOCK_BYTES = 20;
const FILTER_IS_TEXT = 0;

/** An interface as a file describes it. */
export interface FileInterface extends CaptureInterface {
  /** Number of the section that describes it. */
  readonly section: number;
  /** The network card's make and model. */
  readonly hardware: string | undefined;
  /** The operating system of the machine that has this interface. */
  readonly os: string | undefined;
  readonly comments: readonly string[];
  /** if_tsresol: n for units of 10^−n s, or 0x80 + n for 2^−n s; 6 where the file gives none. */
  readonly timestampResolution: number;
  /** Seconds to be added to every timestamp of the interface; 0 where the file gives none. */
  readonly timestampOffsetSeconds: bigint;
  /** Bytes of frame check sequence at the end of each frame; undefined where not stated. */
  readonly fcsLength: number | undefined;
}

/** An interface with the clock that reads its timestamps. */
export interface DescribedInterface {
  readonly description: FileInterface;
  readonly clock: InterfaceClock;
}

/**
 * Decodes the parser's present block as an interface description.
 *
 * @param id the interface's number over all sections of the file
 * @throws {FormatError} `BAD_BLOCK_LENGTH`, `BAD_OPTION_LENGTH`
 */
export function decodeInterfaceDescription(parser: BlockParser, id: number): DescribedInterface {
  if (parser.blockLength < MIN_BLOCK_BYTES) {
    throw parser.error('BAD_BLOCK_LENGTH', 'is too short for an interface description');
  }
  const index = parser.blockStart >>> 2;
  const linkWord = parser.u32(index + 2);
  const described = {
    id,
    section: parser.section,
    linkType: parser.swapped ? linkWord >>> 16 : linkWord & 0xffff,
    snapshotLength: parser.u32(index + 3),
    name: undefined as string | undefined,
    description: undefined as string | undefined,
    filter: undefined as string | undefined,
    speedBps: undefined as bigint | undefined,
    macAddress: undefined as string | undefined,
    hardware: undefined as string | undefined,
    os: undefined as string | undefined,
    comments: [] as string[],
    timestampResolution: DEFAULT_TIMESTAMP_RESOLUTION,
    timestampOffsetSeconds: 0n,
    fcsLength: undefined as number | undefined,
  };
  const options = new OptionReader(parser, FIXED_BYTES);
  while (options.next()) {
    switch (options.code) {
      case CommonOption.Comment:
        described.comments.push(options.text());
        break;
      case InterfaceOption.Name:
        described.name = options.text();
        break;
      case InterfaceOption.Description:
        described.description = options.text();
        break;
      case InterfaceOption.MacAddress:
        described.macAddress = formatMacAddress(options.bytes());
        break;
      case InterfaceOption.Speed:
        described.speedBps = options.u64();
        break;
      case InterfaceOption.TimestampResolution:
        described.timestampResolution = options.u8();
        break;
      case InterfaceOption.Filter:
        if (options.bytes()[0] === FILTER_IS_TEXT) described.filter = options.text().slice(1);
        break;
      case InterfaceOption.OperatingSystem:
        described.os = options.text();
        break;
      case InterfaceOption.FcsLength:
        described.fcsLength = options.u8();
        break;
      case InterfaceOption.TimestampOffset:
        described.timestampOffsetSeconds = options.i64();
        break;
      case InterfaceOption.Hardware:
        described.hardware = options.text();
        break;
    }
  }
  const clock = new InterfaceClock(described.timestampResolution, described.timestampOffsetSeconds);
  return { description: described, clock };
}

function formatMacAddress(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join(':');
}
