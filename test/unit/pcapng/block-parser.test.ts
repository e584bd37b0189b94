import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError } from '../../../src/core/errors.js';
import { BlockParser, type BlockParserOptions } from '../../../src/pcapng/block-parser.js';
import {
  block,
  concat,
  fields,
  interfaceDescription,
  sectionHeader,
} from '../../support/block-bytes.js';
import { MemoryInput } from '../../support/memory-input.js';

/** Type, offset and length of every block, `!` before those in the host's other byte order. */
function walk(bytes: Uint8Array, pieceBytes?: number, options?: BlockParserOptions): string {
  const parser = new BlockParser(new MemoryInput(bytes, pieceBytes), options);
  const seen: string[] = [];
  do {
    while (parser.next()) {
      const order = parser.swapped ? '!' : '';
      const type = parser.blockType.toString(16);
      seen.push(`${parser.section}:${order}${type}@${parser.blockOffset}+${parser.blockLength}`);
    }
  } while (parser.fill());
  return `${seen.join(' ')} ${parser.end}`;
}

function failureOf(bytes: Uint8Array, options?: BlockParserOptions): FormatError {
  try {
    walk(bytes, undefined, options);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error('no error');
}

const SHB = sectionHeader('little');

describe('BlockParser', () => {
  it('walks sections of both byte orders in one file', () => {
    const bytes = concat(
      sectionHeader('big'),
      interfaceDescription('big'),
      sectionHeader('little'),
      block('little', 0x40000bad, [77, 4]),
      sectionHeader('big'),
      block('big', 0xfedcba98),
    );
    const expected =
      '0:!a0d0d0a@0+28 0:!1@28+20 1:a0d0d0a@48+28 1:40000bad@76+16 ' +
      '2:!a0d0d0a@92+28 2:!fedcba98@120+12 complete';
    assert.equal(walk(bytes), expected);
  });

  it('sees the same blocks however the bytes arrive and however small its buffer is', () => {
    const bytes = concat(
      SHB,
      block('little', 9, new Uint8Array(1000).fill(1)),
      sectionHeader('big'),
      block('big', 9, new Uint8Array(3)),
    );
    const expected = walk(bytes);
    assert.match(expected, /^0:a0d0d0a@0\+28 0:9@28\+1012 1:!a0d0d0a@1040\+28 1:!9@1068\+16 comp/);
    for (const pieceBytes of [1, 2, 3, 5, 64, 1000]) {
      assert.equal(walk(bytes, pieceBytes, { chunkBytes: 64 }), expected);
    }
  });

  it('gives all whole blocks of a file that is cut at any byte, and says that it is truncated', () => {
    const parts = [
      SHB,
      interfaceDescription('little'),
      block('little', 6, [5, 4]),
      block('little', 9),
    ];
    const bytes = concat(...parts);
    const ends = parts.map((_, i) => concat(...parts.slice(0, i + 1)).length);
    for (let length = 1; length <= bytes.length; length++) {
      const whole = ends.filter((end) => end <= length).length;
      const result = walk(bytes.slice(0, length), 7, { chunkBytes: 64 }).trim().split(' ');
      assert.equal(result.length - 1, whole);
      assert.equal(result.at(-1), ends.includes(length) ? 'complete' : 'truncated');
    }
  });

  it('finds an empty input complete', () => {
    assert.equal(walk(new Uint8Array(0)), ' complete');
  });

  it('keeps its memory as it is while blocks fit, and grows it only for bytes that are there', () => {
    const parser = new BlockParser(
      new MemoryInput(concat(SHB, block('little', 9, new Uint8Array(500)))),
      {
        chunkBytes: 128,
      },
    );
    assert.equal(parser.bytes.length, 128);
    assert.equal(parser.fill(), true);
    assert.equal(parser.next(), true);
    while (!parser.next()) assert.equal(parser.fill(), true);
    assert.equal(parser.blockLength, 512);
    assert.equal(parser.bytes.length, 512);
    const claimed = fields('little', [9, 4], [1_000_000, 4], new Uint8Array(200));
    const poor = new BlockParser(new MemoryInput(concat(SHB, claimed)), { chunkBytes: 128 });
    do while (poor.next());
    while (poor.fill());
    assert.equal(poor.end, 'truncated');
    assert.equal(poor.bytes.length, 256);
  });

  it('rejects a length that is no multiple of 4, too small, or not repeated', () => {
    for (const [length, trailing] of [
      [13, 13],
      [8, 8],
      [0, 0],
      [12, 16],
    ] as const) {
      const error = failureOf(concat(SHB, fields('little', [9, 4], [length, 4], [trailing, 4])));
      assert.equal(error.code, 'BAD_BLOCK_LENGTH');
      assert.equal(error.offset, 28);
      assert.equal(error.blockType, 9);
      assert.equal(error.section, 0);
    }
  });

  it('rejects a block above the cap at once, without waiting for its bytes', () => {
    const claim = concat(SHB, fields('little', [9, 4], [16 * 1024 * 1024 + 4, 4], [0, 4]));
    assert.equal(failureOf(claim).code, 'BLOCK_TOO_LONG');
    assert.equal(
      failureOf(concat(SHB, block('little', 9, [1, 4])), { maxBlockBytes: 12 }).code,
      'BLOCK_TOO_LONG',
    );
  });

  it('rejects what doesn’t start with a section header', () => {
    const error = failureOf(block('little', 1, [1, 4], [2, 4]));
    assert.equal(error.code, 'NOT_PCAPNG');
    assert.equal(error.section, undefined);
  });

  it('rejects a section header with a wrong magic, another version, or too short', () => {
    const magic = SHB.slice();
    magic[8] = 0;
    assert.equal(failureOf(magic).code, 'BAD_BYTE_ORDER_MAGIC');
    for (const order of ['little', 'big'] as const) {
      const version = sectionHeader(order);
      version[order === 'little' ? 12 : 13] = 2;
      assert.equal(failureOf(version).code, 'BAD_VERSION');
    }
    const short = fields('little', [0x0a0d0d0a, 4], [16, 4], [0x1a2b3c4d, 4], [16, 4]);
    assert.equal(failureOf(short).code, 'BAD_BLOCK_LENGTH');
  });
});
