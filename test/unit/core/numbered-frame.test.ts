import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../../src/core/errors.js';
import {
  readStreamId,
  tryReadSequence,
  writeNumberedFrame,
  writeSequence,
} from '../../../src/core/numbered-frame.js';

function frame(length: number, streamId: number, sequence: number): DataView {
  const view = new DataView(new ArrayBuffer(length));
  writeNumberedFrame(view, 0, length, { streamId, sequence });
  return view;
}

describe('writeNumberedFrame', () => {
  it('lays the frame out as documented, in network byte order', () => {
    const view = frame(60, 0x1234, 0x0102_0304_0506);
    const hex = Buffer.from(view.buffer).toString('hex');
    assert.equal(
      hex,
      [
        '026761700002', // destination
        '026761700001', // source
        '88b5', // EtherType
        '676170636170', // 'gapcap'
        '1234', // stream
        '0000010203040506', // sequence
        '1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b', // filler
      ].join(''),
    );
  });

  it('writes nothing outside of its frame', () => {
    const view = new DataView(new ArrayBuffer(100));
    writeNumberedFrame(view, 20, 60, { streamId: 7, sequence: 9 });
    const bytes = new Uint8Array(view.buffer);
    assert.ok(bytes.subarray(0, 20).every((byte) => byte === 0));
    assert.ok(bytes.subarray(80).every((byte) => byte === 0));
  });

  it('takes lengths from 60 to 65535 and no others', () => {
    for (const length of [60, 61, 1514, 65535]) {
      assert.equal(tryReadSequence(frame(length, 1, 5), 0, length), 5);
    }
    for (const length of [0, 59, 65536, 60.5, Number.NaN]) {
      assert.throws(() => writeOfLength(length), ArgumentError);
    }
  });

  it('refuses a stream that does not fit 16 bits', () => {
    for (const streamId of [-1, 65536, 1.5]) {
      assert.throws(() => frame(60, streamId, 1), { code: 'BAD_STREAM_ID' });
    }
  });
});

function writeOfLength(length: number): void {
  const view = new DataView(new ArrayBuffer(70000));
  writeNumberedFrame(view, 0, length, { streamId: 1, sequence: 1 });
}

describe('tryReadSequence', () => {
  it('reads back what was written, across 32 bits and up to the largest exact number', () => {
    const view = frame(60, 0xfedc, 0);
    for (const sequence of [0, 1, 0xffff_ffff, 0x1_0000_0000, 0x12_3456_789a, 2 ** 53 - 1]) {
      writeSequence(view, 0, sequence);
      assert.equal(tryReadSequence(view, 0, 60), sequence);
      assert.equal(readStreamId(view, 0), 0xfedc);
    }
  });

  it('knows no number for other frames, cut ones and numbers beyond 2^53 − 1', () => {
    assert.equal(tryReadSequence(frame(60, 1, 1), 0, 29), undefined);
    assert.equal(tryReadSequence(frame(60, 1, 1), 0, 30), 1);
    for (const changed of [12, 13, 14, 17, 18, 19]) {
      const view = frame(60, 1, 1);
      view.setUint8(changed, view.getUint8(changed) ^ 0x40);
      assert.equal(tryReadSequence(view, 0, 60), undefined, `byte ${changed}`);
    }
    const beyond = frame(60, 1, 1);
    beyond.setUint32(22, 0x20_0000);
    assert.equal(tryReadSequence(beyond, 0, 60), undefined);
  });
});
