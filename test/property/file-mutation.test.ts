/** Damaged files through the front door: frames and an end, or a FormatError with its place. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readFileFacts } from '../../src/analysis/file-facts.js';
import { FormatError, UnsupportedError } from '../../src/core/errors.js';
import { PcapEncoder } from '../../src/pcap/pcap-encoder.js';
import { infoText } from '../../src/report/info-text.js';
import {
  concat,
  enhancedPacket,
  interfaceDescription,
  sectionHeader,
} from '../support/block-bytes.js';
import { ByteCollector } from '../support/byte-collector.js';
import fc from '../support/fixed-check.js';
import { singleFrame } from '../support/single-frame.js';

const DATA = Uint8Array.from({ length: 60 }, (_, i) => (i * 37) & 0xff);

function pcapFile(): Uint8Array {
  const output = new ByteCollector();
  const encoder = new PcapEncoder(output, { linkType: 1 });
  for (let i = 0; i < 40; i++) encoder.frame(singleFrame({ data: DATA, seconds: i }));
  encoder.flush();
  return output.bytes;
}

const PCAPNG = concat(
  sectionHeader('little'),
  interfaceDescription('little'),
  ...Array.from({ length: 40 }, (_, i) => enhancedPacket('little', 0, BigInt(i), DATA)),
);

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-mutation-'));
});
after(() => rmSync(folder, { recursive: true }));

/** How often reading ended in an error, of all the ways in which the bytes are damaged. */
function damage(original: Uint8Array, runs: number): number {
  const path = join(folder, 'damaged');
  const flips = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 5,
  });
  const cut = fc.option(fc.integer({ min: 1, max: original.length }), { nil: original.length });
  let failures = 0;
  fc.assert(
    fc.property(flips, cut, (positions, length) => {
      const bytes = original.slice();
      for (const [at, value] of positions) bytes[at] = value;
      writeFileSync(path, bytes.subarray(0, length));
      try {
        const facts = readFileFacts(path);
        assert.ok(facts.tally.frames <= 1000);
        assert.ok(infoText(facts).includes('frames'));
      } catch (error) {
        if (error instanceof UnsupportedError) return;
        if (!(error instanceof FormatError)) throw error;
        assert.ok(error.offset >= 0 && error.offset <= 20_000, `${error.offset}`);
        failures++;
      }
    }),
    { numRuns: runs },
  );
  return failures;
}

describe('A damaged file', () => {
  it('of pcapng ends in a FormatError or in facts', () => {
    assert.ok(damage(PCAPNG, 500) > 0);
  });

  it('of pcap ends in a FormatError or in facts', () => {
    assert.ok(damage(pcapFile(), 500) > 0);
  });

  it('that is compressed ends in a FormatError or in facts, and never hangs', () => {
    assert.ok(damage(new Uint8Array(gzipSync(PCAPNG, { level: 0 })), 40) > 0);
    assert.ok(damage(new Uint8Array(gzipSync(pcapFile())), 40) > 0);
  });
});
