import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactLoss } from '../../../src/core/loss.js';
import { PcapEncoder } from '../../../src/pcap/pcap-encoder.js';
import { ByteCollector } from '../../support/byte-collector.js';
import { hex, toHex } from '../../support/hex.js';
import { singleFrame } from '../../support/single-frame.js';

const FRAME = {
  data: hex`a1 a2 a3`,
  originalLength: 66,
  seconds: 1_795_414_452,
  nanoseconds: 123_456_789,
};

describe('PcapEncoder', () => {
  it('writes nanoseconds unless told otherwise', () => {
    const output = new ByteCollector();
    const encoder = new PcapEncoder(output, { linkType: 1 });
    encoder.frame(singleFrame(FRAME));
    encoder.flush();
    const expected = hex`
      4d 3c b2 a1 02 00 04 00 00 00 00 00 00 00 00 00 00 00 04 00 01 00 00 00
      b4 d9 03 6b 15 cd 5b 07 03 00 00 00 42 00 00 00 a1 a2 a3
    `;
    assert.equal(toHex(output.bytes), toHex(expected));
    assert.equal(encoder.bytesWritten, expected.length);
    assert.equal(encoder.notHeld.shortenedTimeCount, 0);
  });

  it('cuts times off to microseconds by choice, and counts that', () => {
    const output = new ByteCollector();
    const encoder = new PcapEncoder(output, {
      linkType: 276,
      precision: 'us',
      snapshotLength: 96,
      fcsLength: 4,
    });
    encoder.frame(singleFrame(FRAME));
    encoder.flush();
    const expected = hex`
      d4 c3 b2 a1 02 00 04 00 00 00 00 00 00 00 00 00 60 00 00 00 14 01 00 24
      b4 d9 03 6b 40 e2 01 00 03 00 00 00 42 00 00 00 a1 a2 a3
    `;
    assert.equal(toHex(output.bytes), toHex(expected));
    assert.equal(encoder.notHeld.shortenedTimeCount, 1);
  });

  it('counts what the format has no place for', () => {
    const encoder = new PcapEncoder(new ByteCollector(), { linkType: 1 });
    encoder.frame(singleFrame({ ...FRAME, interfaceId: 2, lostBefore: exactLoss(40) }));
    encoder.frame(singleFrame({ ...FRAME, interfaceId: 2, flags: 1 }));
    encoder.frame(singleFrame({ ...FRAME, interfaceId: 0, lostBefore: exactLoss(2) }));
    assert.deepEqual(encoder.notHeld, {
      lost: 42,
      gapCount: 2,
      flagsCount: 1,
      otherInterfaceCount: 1,
      shortenedTimeCount: 0,
    });
  });

  it('refuses a frame without a time, and headers that say the impossible', () => {
    const encoder = new PcapEncoder(new ByteCollector(), { linkType: 1 });
    const timeless = Object.assign(singleFrame(FRAME), { hasTimestamp: false });
    assert.throws(() => encoder.frame(timeless), { code: 'NO_TIMESTAMP' });
    assert.throws(() => new PcapEncoder(new ByteCollector(), { linkType: 65_536 }), {
      code: 'BAD_LINK_TYPE',
    });
    assert.throws(() => new PcapEncoder(new ByteCollector(), { linkType: 1, fcsLength: 3 }), {
      code: 'BAD_FCS_LENGTH',
    });
  });

  it('takes a frame that is longer than its buffer', () => {
    const output = new ByteCollector();
    const encoder = new PcapEncoder(output, { linkType: 1 });
    encoder.frame(singleFrame({ ...FRAME, data: new Uint8Array(3_000_000).fill(5) }));
    encoder.frame(singleFrame(FRAME));
    encoder.flush();
    assert.equal(output.bytes.length, 24 + 16 + 3_000_000 + 19);
  });
});
