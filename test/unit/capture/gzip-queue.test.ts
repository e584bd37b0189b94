import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GzipQueue, SlotKind } from '../../../src/capture/gzip-queue.js';

describe('GzipQueue', () => {
  it('gives what was put, in order, to the other side of the same memory', () => {
    const giver = new GzipQueue();
    const taker = new GzipQueue(giver.memory);
    giver.put(SlotKind.FirstData, 7, Uint8Array.of(1, 2, 3));
    giver.put(SlotKind.Mark, 7, new Uint8Array(0));
    const first = taker.take();
    assert.deepEqual([first.kind, first.fd, [...first.bytes], first.number], [1, 7, [1, 2, 3], 0]);
    taker.complete(7, 20);
    const second = taker.take();
    assert.deepEqual([second.kind, second.bytes.length, second.number], [SlotKind.Mark, 0, 1]);
    assert.equal(giver.completed, 1);
  });

  it('uses slots again once they are completed, and never before', () => {
    const giver = new GzipQueue();
    const taker = new GzipQueue(giver.memory);
    for (let i = 0; i < 100; i++) {
      assert.equal(giver.put(SlotKind.Data, 1, Uint8Array.of(i)), i);
      if (i >= 20) {
        assert.deepEqual([...taker.take().bytes], [i - 20]);
        taker.complete(1, i);
      }
    }
    assert.equal(giver.submitted - giver.completed, 20);
  });

  it('takes nothing more after a failure, and keeps what was not completed', () => {
    const giver = new GzipQueue();
    const taker = new GzipQueue(giver.memory);
    for (let i = 0; i < 3; i++) giver.put(SlotKind.Data, 1, Uint8Array.of(i));
    taker.take();
    taker.complete(1, 12_345);
    taker.take();
    taker.fail(28);
    assert.equal(giver.put(SlotKind.Data, 1, Uint8Array.of(9)), undefined);
    assert.deepEqual([giver.failed, giver.wholeBytes(1), giver.wholeBytes(2)], [28, 12_345, 0]);
    assert.deepEqual([giver.completed, giver.submitted], [1, 3]);
    assert.deepEqual([...giver.slot(1).bytes, ...giver.slot(2).bytes], [1, 2]);
  });

  it('waits no longer for a taker that is no more', () => {
    const giver = new GzipQueue();
    let asked = 0;
    const isTakerAlive = (): boolean => ++asked < 3;
    const put = (): number | undefined =>
      giver.put(SlotKind.Data, 1, Uint8Array.of(1), isTakerAlive);
    let count = 0;
    while (put() !== undefined) count++;
    assert.deepEqual([count, asked], [24, 3]);
  });
});
