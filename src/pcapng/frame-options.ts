/** The options of a frame that only a copy of the file cares about. */

import { FrameOption, ObsoleteFrameOption } from './constants.js';
import { isKept, optionsInLittleEndian } from './little-endian.js';

/** What obsolete packet blocks have besides comments and flags: pack_hash. */
const OBSOLETE_HASH = 3;
/** From here on codes mean the same in all blocks: custom options, and those for local use. */
const COMMON_FROM = 2988;
/** Custom options, text and bytes, that a tool which changes the file must leave out. */
const UNCOPIABLE: ReadonlySet<number> = new Set([19372, 19373]);

/**
 * The options of a frame but comments, flags, queue and drop count, for a little-endian section.
 *
 * @param options from the first option on, opt_endofopt included or not
 * @param swapped whether their section is big-endian
 * @param obsolete whether they are an obsolete packet block's, in which other codes have no meaning
 * @returns undefined where there are none
 */
export function encodeOtherOptions(
  options: Uint8Array,
  swapped: boolean,
  obsolete: boolean,
): Uint8Array | undefined {
  const wanted = obsolete ? isOtherObsoleteOption : isOtherOption;
  const view = new DataView(options.buffer, options.byteOffset, options.byteLength);
  if (!isKept(view, !swapped, wanted)) return undefined;
  return optionsInLittleEndian(options, swapped, 'frame', wanted).bytes;
}

/**
 * The same options without those that must not be copied into a changed file (custom options of
 * that kind); the same object where there are none.
 *
 * @param options little-endian, padding included
 */
export function copiableOptions(options: Uint8Array): Uint8Array {
  const view = new DataView(options.buffer, options.byteOffset, options.byteLength);
  if (!isKept(view, true, (code) => UNCOPIABLE.has(code))) return options;
  return optionsInLittleEndian(options, false, 'frame', (code) => !UNCOPIABLE.has(code)).bytes;
}

function isOtherOption(code: number): boolean {
  const { Flags, DropCount, Queue } = FrameOption;
  return code !== 1 && code !== Flags && code !== DropCount && code !== Queue;
}

function isOtherObsoleteOption(code: number): boolean {
  if (code === ObsoleteFrameOption.Flags) return false;
  return code === OBSOLETE_HASH || code >= COMMON_FROM;
}
