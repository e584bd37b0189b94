import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PCAP_RECORDS, PCAPNG_RECORDS } from '../../../src/capture/record-format.js';
import { hex } from '../../support/hex.js';

/** Two frame blocks of 32 and 36 bytes, then a statistics block of 24. */
const blocks = hex`
  06000000 20000000 00000000 00000000 00000000 00000000 00000000 20000000
  06000000 24000000 00000000 00000000 00000000 04000000 04000000 aabbccdd 24000000
  05000000 18000000 00000000 00000000 00000000 18000000`;

/** Two records: 16 + 3 and 16 + 1 bytes. */
const records = hex`
  11111111 22222222 03000000 40000000 aabbcc
  11111111 22222222 01000000 40000000 dd`;

describe('PCAPNG_RECORDS', () => {
  it('knows where whole blocks end', () => {
    for (const [length, whole] of [
      [0, 0],
      [31, 0],
      [32, 32],
      [67, 32],
      [68, 68],
      [91, 68],
      [92, 92],
    ] as const) {
      assert.equal(PCAPNG_RECORDS.wholeLength(blocks, length, false), whole, `${length}`);
    }
  });

  it('counts frames and no other blocks', () => {
    assert.equal(PCAPNG_RECORDS.countFrames(blocks, false), 2);
    assert.equal(PCAPNG_RECORDS.countFrames(blocks.subarray(68), false), 0);
  });
});

describe('PCAP_RECORDS', () => {
  const file = new Uint8Array(24 + records.length);
  file.set(records, 24);

  it('knows where whole records end, after the header of the file', () => {
    for (const [length, whole] of [
      [10, 0],
      [24, 24],
      [42, 24],
      [43, 43],
      [59, 43],
      [60, 60],
    ] as const) {
      assert.equal(PCAP_RECORDS.wholeLength(file, length, true), whole, `${length}`);
    }
    assert.equal(PCAP_RECORDS.wholeLength(records, 35, false), 19);
  });

  it('counts frames', () => {
    assert.equal(PCAP_RECORDS.countFrames(file, true), 2);
    assert.equal(PCAP_RECORDS.countFrames(records, false), 2);
    assert.equal(PCAP_RECORDS.countFrames(records.subarray(19), false), 1);
  });
});
