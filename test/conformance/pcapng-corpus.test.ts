/** Files of another writer, in both byte orders, against the list of blocks that came with them. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { copyFrame } from '../../src/core/frame.js';
import { exactLoss } from '../../src/core/loss.js';
import { BlockParser } from '../../src/pcapng/block-parser.js';
import { type FileSource, openFile } from '../../src/source/file-source.js';
import { MemoryInput } from '../support/memory-input.js';
import { corpusFiles, corpusMissing } from '../support/pcapng-corpus.js';

const ABBREVIATIONS: ReadonlyMap<number, string> = new Map([
  [0x0a0d0d0a, 'SHB'],
  [1, 'IDB'],
  [2, 'PB'],
  [3, 'SPB'],
  [4, 'NRB'],
  [5, 'ISB'],
  [6, 'EPB'],
  [0xbad, 'CB'],
  [0x40000bad, 'DCB'],
]);

function blockSequence(bytes: Uint8Array): string[] {
  const parser = new BlockParser(new MemoryInput(bytes), { chunkBytes: 64 });
  const sequence: string[] = [];
  do {
    while (parser.next()) sequence.push(ABBREVIATIONS.get(parser.blockType) ?? 'unknown');
  } while (parser.fill());
  assert.equal(parser.end, 'complete');
  return sequence;
}

/** All that a file says, in a form that can be compared with that of the other byte order. */
function contentOf(path: string): unknown {
  using source: FileSource = openFile(path);
  const frames: unknown[] = [];
  while (!source.ended) {
    const batch = source.read();
    while (batch.next()) {
      const { byteOffset, capturedLength } = batch;
      frames.push([
        Buffer.from(batch.bytes.buffer, byteOffset, capturedLength).toString('hex'),
        [batch.originalLength, batch.seconds, batch.nanoseconds, batch.hasTimestamp],
        [batch.interfaceId, batch.flags, batch.lostBefore, batch.queue, batch.comments()],
      ]);
    }
  }
  return {
    frames,
    interfaces: source.interfaces,
    statistics: source.interfaces.map(({ id }) => source.statistics(id)),
    sections: source.sections.map(({ byteOrder: _, ...rest }) => rest),
    end: source.end,
  };
}

describe('The corpus of pcapng-test-generator', { skip: corpusMissing() }, () => {
  const files = corpusFiles();

  it('has all its files, each in both byte orders', () => {
    assert.equal(files.length, 48);
  });

  for (const file of files) {
    it(`has the blocks it lists: ${file.name}, ${file.description}`, () => {
      const sequence = blockSequence(readFileSync(file.path));
      assert.deepEqual(sequence, file.blockSequence);
      const counts: Record<string, number> = {};
      for (const kind of sequence) counts[kind] = (counts[kind] ?? 0) + 1;
      assert.deepEqual(counts, file.blockCounts);
    });

    it(`gives a frame for each EPB and SPB: ${file.name}`, () => {
      using source = openFile(file.path);
      let count = 0;
      while (!source.ended) {
        const batch = source.read();
        while (batch.next()) count++;
      }
      const { EPB = 0, SPB = 0, IDB = 0, SHB = 0 } = file.blockCounts;
      assert.equal(count, EPB + SPB);
      assert.equal(source.interfaces.length, IDB);
      assert.equal(source.sections.length, SHB);
      assert.equal(source.end, 'complete');
    });
  }

  it('says the same in both byte orders', () => {
    for (const file of files) {
      const other = file.path.replace('output_be', 'output_le');
      // This one's sections differ in which of the two orders they have, not in content.
      assert.deepEqual(contentOf(file.path), contentOf(other), file.name);
    }
  });

  it('records the drop counts 0 and 12,345 of test009', () => {
    for (const file of files.filter(({ name }) => name.endsWith('test009'))) {
      using source = openFile(file.path);
      const batch = source.read();
      assert.equal(batch.next(), true);
      assert.equal(copyFrame(batch).lostBefore, undefined);
      assert.equal(batch.next(), true);
      assert.deepEqual(copyFrame(batch).lostBefore, exactLoss(12_345));
    }
  });
});
