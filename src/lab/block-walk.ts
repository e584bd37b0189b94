/**
 * A plain walk through a little-endian pcapng file, from block to block by the length words
 * (draft-ietf-opsawg-pcapng, section 3.1), for `ground-truth.ts`. On purpose it has nothing to do
 * with `src/pcapng`, whose work it helps to judge. Memory is constant.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { FormatError } from '../core/errors.js';

const SECTION_HEADER_BLOCK = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const CHUNK_BYTES = 4 << 20;

/** Calls with each option's code, the offset of its value and that value's length. */
export function forEachOption(
  view: DataView,
  start: number,
  end: number,
  take: (code: number, value: number, length: number) => void,
): void {
  let at = start;
  while (at + 4 <= end) {
    const code = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    if (code === 0 || at + 4 + length > end) return;
    take(code, at + 4, length);
    at += 4 + ((length + 3) & ~3);
  }
}

/** Reads a u64 below 2^53. */
export function readU64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

/**
 * Calls with each block's type and where its body is in the view; both are good for that call only.
 *
 * @throws {FormatError} `BAD_BLOCK` where the file isn't little-endian pcapng, or ends inside a block
 */
export function forEachBlock(
  path: string,
  take: (type: number, view: DataView, bodyStart: number, bodyEnd: number) => void,
): void {
  const fd = openSync(path, 'r');
  try {
    let buffer = new Uint8Array(CHUNK_BYTES);
    let view = new DataView(buffer.buffer);
    let filled = 0;
    /** Where in the file the buffer begins. */
    let position = 0;
    for (;;) {
      const read = readSync(fd, buffer, filled, buffer.length - filled, null);
      filled += read;
      let at = 0;
      let length = 0;
      while (at + 12 <= filled) {
        length = blockLength(view, at, position);
        if (at + length > filled) break;
        if (view.getUint32(at + length - 4, true) !== length) {
          throw badBlock('its two lengths differ', position + at);
        }
        take(view.getUint32(at, true), view, at + 8, at + length - 4);
        at += length;
        length = 0;
      }
      buffer.copyWithin(0, at, filled);
      filled -= at;
      position += at;
      if (length > buffer.length) {
        const larger = new Uint8Array(length);
        larger.set(buffer.subarray(0, filled));
        buffer = larger;
        view = new DataView(buffer.buffer);
      } else if (read === 0) {
        if (filled > 0) throw badBlock('the file ends inside it', position);
        return;
      }
    }
  } finally {
    closeSync(fd);
  }
}

function blockLength(view: DataView, at: number, position: number): number {
  const type = view.getUint32(at, true);
  if (position + at === 0 && type !== SECTION_HEADER_BLOCK) {
    throw badBlock('a pcapng file begins with a section header', 0);
  }
  if (type === SECTION_HEADER_BLOCK && view.getUint32(at + 8, true) !== BYTE_ORDER_MAGIC) {
    throw badBlock('only little-endian sections are judged', position + at);
  }
  const length = view.getUint32(at + 4, true);
  if (length < 12 || length % 4 !== 0) throw badBlock(`length ${length}`, position + at);
  return length;
}

function badBlock(reason: string, offset: number): FormatError {
  return new FormatError('BAD_BLOCK', `Can't judge the block at byte ${offset}: ${reason}.`, {
    offset,
  });
}
