import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deque } from '../../../src/heal/deque.js';

describe('a queue that is looked into', () => {
  it('gives what an array would, whatever is put in and taken out', () => {
    const deque = new Deque<number>();
    const model: number[] = [];
    let next = 0;
    for (let turn = 0; turn < 3000; turn++) {
      const count = (turn * 7919) % 13;
      for (let i = 0; i < count; i++) {
        deque.push(next);
        model.push(next++);
      }
      if (turn % 3 === 0)
        assert.deepEqual(deque.take(Math.min(5, model.length)), model.splice(0, 5));
      for (let i = 0; i < (turn * 104_729) % 11; i++) assert.equal(deque.shift(), model.shift());
      assert.equal(deque.length, model.length);
      for (const i of [0, 1, model.length - 1, model.length]) assert.equal(deque.at(i), model[i]);
    }
    assert.ok(next > 10_000);
  });
});
