/**
 * Turns blocks of big-endian sections into little-endian ones, for a file that is little-endian.
 *
 * Only what is known can be turned: the fixed fields and options of the specification's blocks. Of a
 * custom block or option the number of its maker is turned and its data stay; a block or option that
 * nobody knows stays as it is. Either is said, since its reader may misunderstand it.
 *
 * Source: draft-ietf-opsawg-pcapng, sections 3.5 and 4.
 */

import { BlockType, CommonOption } from './constants.js';

/** How the value of an option is laid out: words of so many bytes; 0: bytes. */
type Layout = 0 | 2 | 4 | 8;

/** The kinds of block whose options differ. */
export type OptionOwner = 'frame' | 'interface' | 'statistics' | 'other';

/** A block or options in little-endian order. */
export interface Converted {
  readonly bytes: Uint8Array;
  /** Whether all of it could be turned; false where something in it is not known. */
  readonly complete: boolean;
}

/** Options whose value has words, by block; all other known ones are bytes or text. */
const LAYOUTS: Readonly<Record<OptionOwner, ReadonlyMap<number, Layout>>> = {
  // epb_flags, epb_dropcount, epb_packetid, epb_queue, epb_processid_threadid
  frame: new Map([
    [2, 4],
    [4, 8],
    [5, 8],
    [6, 4],
    [8, 4],
  ]),
  // if_speed, if_tzone, if_tsoffset, if_txspeed, if_rxspeed
  interface: new Map([
    [8, 8],
    [10, 4],
    [14, 8],
    [16, 8],
    [17, 8],
  ]),
  // isb_starttime, isb_endtime: two words; then counts
  statistics: new Map([
    [2, 4],
    [3, 4],
    [4, 8],
    [5, 8],
    [6, 8],
    [7, 8],
    [8, 8],
  ]),
  other: new Map(),
};

/** Highest option code that the specification has for the block. */
const LAST_KNOWN: Readonly<Record<OptionOwner, number>> = {
  frame: 8,
  interface: 18,
  statistics: 8,
  other: 5,
};

/** Custom options: their values start with the number of their maker. */
const CUSTOM_OPTIONS: ReadonlySet<number> = new Set([2988, 2989, 19372, 19373]);
/** epb_verdict: a kind, then bytes, or a 64-bit number where the kind is 1 or 2. */
const VERDICT = 7;

/** Whether one of the options is wanted. */
export function isKept(
  view: DataView,
  littleEndian: boolean,
  wanted: (code: number) => boolean,
): boolean {
  for (let at = 0; at + 4 <= view.byteLength; ) {
    const code = view.getUint16(at, littleEndian);
    if (code === CommonOption.End) return false;
    if (wanted(code)) return true;
    at += 4 + ((view.getUint16(at + 2, littleEndian) + 3) & ~3);
  }
  return false;
}

/**
 * The wanted options in little-endian order, without opt_endofopt. What reaches beyond the end, as in
 * a damaged file, is left out.
 */
export function optionsInLittleEndian(
  options: Uint8Array,
  swapped: boolean,
  owner: OptionOwner,
  wanted: (code: number) => boolean,
): Converted {
  const source = new DataView(options.buffer, options.byteOffset, options.byteLength);
  const bytes = new Uint8Array(options.length);
  const target = new DataView(bytes.buffer);
  let complete = true;
  let to = 0;
  for (let at = 0; at + 4 <= options.length; ) {
    const code = source.getUint16(at, !swapped);
    const length = source.getUint16(at + 2, !swapped);
    if (code === CommonOption.End || at + 4 + length > options.length) break;
    const next = at + 4 + ((length + 3) & ~3);
    if (wanted(code)) {
      target.setUint16(to, code, true);
      target.setUint16(to + 2, length, true);
      bytes.set(options.subarray(at + 4, at + 4 + length), to + 4);
      if (swapped && !turnOption(bytes.subarray(to + 4, to + 4 + length), code, owner)) {
        complete = false;
      }
      to += 4 + ((length + 3) & ~3);
    }
    at = next;
  }
  return { bytes: bytes.subarray(0, to), complete };
}

/**
 * A block in little-endian order: the same bytes where it is, else a copy.
 *
 * @param bytes the whole block
 */
export function blockInLittleEndian(
  type: number,
  byteOrder: 'little' | 'big',
  bytes: Uint8Array,
): Converted {
  if (byteOrder === 'little') return { bytes, complete: true };
  const body = bytes.subarray(8, -4);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  switch (type) {
    case BlockType.SectionHeader:
      return around(type, body, [4, 2, 2, 8], 'other');
    case BlockType.InterfaceDescription:
      return around(type, body, [2, 2, 4], 'interface');
    case BlockType.InterfaceStatistics:
      return around(type, body, [4, 4, 4], 'statistics');
    case BlockType.NameResolution:
      return around(type, body, nameRecords(view), 'other');
    case BlockType.DecryptionSecrets: {
      const data = body.length < 8 ? 0 : view.getUint32(4);
      return around(type, body, [4, 4, ...bytesOf(data)], 'other');
    }
    case BlockType.CustomCopied:
    case BlockType.CustomNotCopied:
      return { ...around(type, body, [4, ...bytesOf(body.length - 4)], 'other'), complete: false };
    case BlockType.JournalExport:
      return around(type, body, bytesOf(body.length), 'other');
    default:
      return { ...around(type, body, bytesOf(body.length), 'other'), complete: false };
  }
}

/** Fields by their size; one of a negative size is so many bytes as they are. */
function around(
  type: number,
  body: Uint8Array,
  fields: readonly number[],
  owner: OptionOwner,
): Converted {
  const parts = new Uint8Array(body.length);
  parts.set(body);
  let at = 0;
  for (const field of fields) {
    const size = Math.abs(field);
    if (at + size > body.length) break;
    if (field > 0) parts.subarray(at, at + size).reverse();
    at += size;
  }
  at = Math.min((at + 3) & ~3, body.length);
  const options = optionsInLittleEndian(body.subarray(at), true, owner, () => true);
  const end = options.bytes.length === 0 ? 0 : 4;
  const block = new Uint8Array(12 + at + options.bytes.length + end);
  const view = new DataView(block.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, block.length, true);
  block.set(parts.subarray(0, at), 8);
  block.set(options.bytes, 8 + at);
  view.setUint32(block.length - 4, block.length, true);
  return { bytes: block, complete: options.complete };
}

function bytesOf(length: number): number[] {
  return length > 0 ? [-((length + 3) & ~3)] : [];
}

/** The records of name resolution: kind, length, bytes; the last one is of kind 0. */
function nameRecords(view: DataView): number[] {
  const fields: number[] = [];
  for (let at = 0; at + 4 <= view.byteLength; ) {
    const kind = view.getUint16(at);
    const length = view.getUint16(at + 2);
    fields.push(2, 2, ...bytesOf(length));
    if (kind === 0) break;
    at += 4 + ((length + 3) & ~3);
  }
  return fields;
}

/** Turns a value in place; false where it isn't known how. */
function turnOption(value: Uint8Array, code: number, owner: OptionOwner): boolean {
  if (CUSTOM_OPTIONS.has(code)) {
    value.subarray(0, 4).reverse();
    return false;
  }
  if (owner === 'frame' && code === VERDICT) {
    if (value[0] === 1 || value[0] === 2) value.subarray(1, 9).reverse();
    return true;
  }
  const size = LAYOUTS[owner].get(code) ?? 0;
  for (let at = 0; size > 0 && at + size <= value.length; at += size) {
    value.subarray(at, at + size).reverse();
  }
  return code <= LAST_KNOWN[owner];
}
