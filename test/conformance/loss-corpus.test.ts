/** The reference corpus for loss: made as the script makes it, read as its JSON says, also by tshark. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readFileLoss } from '../../src/analysis/file-loss.js';
import { toLossJson } from '../../src/report/loss-json.js';
import { openFile } from '../../src/source/file-source.js';
import { type ExpectedLoss, lossCorpus } from '../fixtures/loss-corpus.js';
import { PROJECT_ROOT } from '../support/project-files.js';
import { filesUnder } from '../support/test-files.js';
import { toolMissing, tsharkFields } from '../support/wireshark.js';

const FOLDER = join(PROJECT_ROOT, 'test/fixtures/loss');
const entries = lossCorpus();

function pathOf(name: string, ending: string): string {
  return join(FOLDER, `${name}.${ending}`);
}

function byName(first: string, second: string): number {
  return first < second ? -1 : 1;
}

/** The JSON beside a file, without the words for people. */
function expectedOf(name: string): ExpectedLoss {
  const { purpose, ...expected } = JSON.parse(readFileSync(pathOf(name, 'json'), 'utf8')) as {
    purpose: string;
  } & ExpectedLoss;
  assert.match(purpose, /\.$/);
  return expected;
}

describe('the reference corpus for loss', () => {
  it('is what its script makes, byte by byte', () => {
    for (const { name, bytes, expected } of entries) {
      const stored = readFileSync(pathOf(name, expected.format));
      assert.ok(stored.equals(bytes), `${name} differs; run npm run corpus`);
      assert.deepEqual(expectedOf(name), JSON.parse(JSON.stringify(expected)), name);
    }
  });

  it('holds nothing that its script doesn’t make, and is explained file by file', () => {
    const made = entries.flatMap(({ name, expected }) => [
      pathOf(name, expected.format),
      pathOf(name, 'json'),
    ]);
    assert.deepEqual(filesUnder(FOLDER), [...made, join(FOLDER, 'README.md')].sort(byName));
    const page = readFileSync(join(FOLDER, 'README.md'), 'utf8');
    for (const { name } of entries) assert.ok(page.includes(`\`${name}\``), `${name} isn't in it`);
  });

  it('adds up in itself: lost = gaps + unplaced, received = frames + lost', () => {
    for (const { name, expected } of entries) {
      const inGaps = expected.gaps.reduce((sum, { lost }) => sum + lost, 0);
      const unplaced = expected.interfaces.reduce((sum, one) => sum + (one.unplaced ?? 0), 0);
      assert.equal(expected.lost ?? 0, inGaps + unplaced, name);
      for (const { received, frames, lost } of expected.interfaces) {
        if (received !== null) assert.equal(received, frames + lost!, name);
      }
    }
  });

  for (const { name, expected, purpose } of entries) {
    it(`is read as it says: ${name}`, () => {
      using source = openFile(pathOf(name, expected.format));
      const said: Record<string, unknown> = { ...toLossJson(readFileLoss(source)) };
      // The corpus is about frames that the socket lost, not about those that never reached it.
      delete said['file'];
      delete said['beforeSocket'];
      assert.deepEqual(said, expectedOf(name), purpose);
    });
  }
});

describe('tshark', { skip: toolMissing('tshark') }, () => {
  // It knows drop counts of enhanced packets alone, not those of obsolete packet blocks.
  const shown = entries.filter(
    ({ name, expected }) =>
      expected.format === 'pcapng' && !expected.truncated && !name.startsWith('packet-block'),
  );
  for (const { name, expected } of shown) {
    it(`sees the same drop counts: ${name}`, () => {
      const fields = tsharkFields(pathOf(name, 'pcapng'), ['frame.drop_count']);
      assert.equal(fields.length, expected.frames);
      const seen = fields.map((frame) => Number(frame['frame.drop_count']));
      for (const { before, lost } of expected.gaps) {
        if (before === null) continue;
        assert.equal(seen[before - 1], lost);
        seen[before - 1] = 0;
      }
      assert.ok(seen.every((count) => count === 0));
    });
  }
});
