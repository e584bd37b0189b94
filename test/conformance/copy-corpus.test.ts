/** Copies of another writer's files: both byte orders give the same copy, and it says what they say. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { copyCaptures } from '../../src/edit/copy-captures.js';
import { corpusFiles, corpusMissing } from '../support/pcapng-corpus.js';
import { toolMissing, tsharkFields } from '../support/wireshark.js';

const files = corpusFiles();
/** Files with custom options that don't begin with their maker's number, as they should. */
const WITHOUT_MAKER = /test00[78]$/;
/** Where a frame's bytes start in an enhanced packet block, and its captured length. */
const DATA_AT = 28;
const CAPTURED_LENGTH_AT = 20;
const FIELDS = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.interface_id'] as const;

/**
 * The blocks of a copy, but for custom ones, whose data are of unknown order, and for what follows the
 * bytes of a frame: the generator leaves all of a frame there where it says that it was cut.
 */
function comparable(bytes: Buffer): string[] {
  const blocks: string[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
    const kind = bytes.readUInt32LE(at);
    if ((kind & 0xffff) === 0xbad) continue;
    const isFrame = kind === 6;
    const from = isFrame ? at + 8 : at;
    const end = isFrame
      ? at + DATA_AT + bytes.readUInt32LE(at + CAPTURED_LENGTH_AT)
      : at + bytes.readUInt32LE(at + 4);
    blocks.push(bytes.subarray(from, end).toString('hex'));
  }
  return blocks;
}

describe('a copy of a file of pcapng-test-generator', { skip: corpusMissing() }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-copy-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const copyOf = async (path: string, name: string): Promise<Buffer> => {
    const output = join(folder, name);
    await copyCaptures([path], { output });
    return readFileSync(output);
  };

  for (const big of files.filter(({ name }) => name.startsWith('output_be'))) {
    if (WITHOUT_MAKER.test(big.name)) continue;
    const little = files.find(({ name }) => name === big.name.replace('output_be', 'output_le'))!;
    it(`is the same from either byte order: ${big.name}`, async () => {
      const fromBig = comparable(await copyOf(big.path, 'big'));
      const fromLittle = comparable(await copyOf(little.path, 'little'));
      assert.equal(fromBig.length, fromLittle.length);
      for (const [i, block] of fromBig.entries()) assert.equal(block, fromLittle[i], `block ${i}`);
    });
  }

  for (const { name, path, blockCounts } of files) {
    it(`has as many blocks of each kind, and frames as tshark sees them: ${name}`, async (t) => {
      const bytes = await copyOf(path, 'x.pcapng');
      const kinds = new Map<number, number>();
      for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
        const kind = bytes.readUInt32LE(at);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
      const count = (kind: number): number => kinds.get(kind) ?? 0;
      const said = (kind: string): number => blockCounts[kind] ?? 0;
      assert.equal(count(0x0a0d0d0a), said('SHB'));
      assert.equal(count(1), said('IDB'));
      // Obsolete packet blocks become enhanced ones.
      assert.equal(count(6), said('EPB') + said('PB'));
      assert.equal(count(3), said('SPB'));
      assert.equal(count(4), said('NRB'));
      assert.equal(count(5), said('ISB'));
      assert.equal(count(0xbad) + count(0x40000bad), said('CB') + said('DCB'));
      // Half of them are enough: both halves give the same copies.
      if (name.startsWith('output_le')) return;
      if (toolMissing('tshark') !== false) t.diagnostic('tshark is not there');
      else
        assert.deepEqual(
          tsharkFields(join(folder, 'x.pcapng'), FIELDS),
          tsharkFields(path, FIELDS),
        );
    });
  }
});
