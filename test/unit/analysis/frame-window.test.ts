import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameWindow } from '../../../src/analysis/frame-window.js';
import type { FrameBatch } from '../../../src/core/frame.js';
import { formatIpv4 } from '../../../src/headers/address.js';
import { Dissection } from '../../../src/headers/dissection.js';
import { counting, ethernet, ipv4, tcp } from '../../support/packet-bytes.js';

const packet = ethernet(
  0x0800,
  ipv4(6, tcp(counting(300), { ports: [51234, 443] }), { source: [192, 0, 2, 77] }),
);

/** A batch that stands on the packet, at some place in memory full of other bytes. */
function batchAt(byteOffset: number, seconds: number): FrameBatch & { hasTimestamp: boolean } {
  const bytes = new Uint8Array(1024).fill(0xee);
  bytes.set(packet, byteOffset);
  return {
    next: () => false,
    bytes,
    words: new Int32Array(bytes.buffer),
    byteOffset,
    capturedLength: packet.length,
    originalLength: packet.length + 5,
    seconds,
    nanoseconds: 7,
    interfaceId: 3,
    flags: 0,
    lostBefore: undefined,
    hasTimestamp: seconds > 0,
  };
}

describe('FrameWindow', () => {
  it('keeps the headers of frames wherever they lie in memory', () => {
    const window = new FrameWindow(4);
    const dissection = new Dissection();
    [0, 4, 64, 2, 3, 61].forEach((byteOffset, i) => {
      window.add(batchAt(byteOffset, 9), i + 1, 1);
      window.dissect(i + 1, dissection);
      const { bytes, sourceAddressOffset } = dissection;
      assert.equal(formatIpv4(bytes, sourceAddressOffset), '192.0.2.77', `at ${byteOffset}`);
      assert.equal(dissection.sourcePort, 51234);
      assert.equal(dissection.destinationPort, 443);
      assert.equal(dissection.truncated, true);
    });
  });

  it('knows time, length and interface of the last frames', () => {
    const window = new FrameWindow(4);
    for (let number = 1; number <= 9; number++) window.add(batchAt(0, number - 6), number, 1);
    assert.equal(window.timeNs(9), 3_000_000_007n);
    assert.equal(window.timeNs(7), 1_000_000_007n);
    assert.equal(window.timeNs(6), undefined);
    assert.equal(window.originalLength(8), packet.length + 5);
    assert.equal(window.interfaceId(8), 3);
  });
});
