import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeQueueLosses, tryParseQueueLosses } from '../../../src/pcapng/queue-losses.js';
import fc from '../../support/fixed-check.js';

describe('the loss after the last frame, by rings', () => {
  it('is one sentence', () => {
    const text = encodeQueueLosses([
      { queue: 0, lost: 5, bounds: undefined },
      { queue: 3, lost: 2, bounds: { atLeast: 1, atMost: 4, group: 7 } },
    ]);
    assert.equal(
      text,
      'gapcap: lost after the last frame of ring 0: 5, ring 3: 2 (1 to 4 in group 7)',
    );
  });

  it('is nothing where no ring lost any', () => {
    assert.equal(encodeQueueLosses([]), undefined);
  });

  it('is read back as it was written', () => {
    const bounds = fc
      .record({ less: fc.nat(9), more: fc.nat(9), group: fc.integer({ min: 1, max: 99 }) })
      .map((each) => each);
    const loss = fc.record({
      queue: fc.nat(300),
      lost: fc.integer({ min: 9, max: 1e9 }),
      bounds: fc.option(bounds, { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(loss, { minLength: 1, maxLength: 20 }), (list) => {
        const losses = list.map(({ queue, lost, bounds: b }) => ({
          queue,
          lost,
          bounds:
            b === undefined
              ? undefined
              : { atLeast: lost - b.less, atMost: lost + b.more, group: b.group },
        }));
        assert.deepEqual(tryParseQueueLosses(encodeQueueLosses(losses)!), losses);
      }),
    );
  });

  it('is not read out of any other text', () => {
    for (const text of [
      'gapcap: lost after the last frame of ring 0',
      'gapcap: lost after the last frame of ring 0: 5, and more',
      'gapcap: lost after the last frame of ring 0: 5 (6 to 7 in group 1)',
      'gapcap: lost after the last frame of ring 0: 5 (4 to 7 in group 0)',
      'lost after the last frame of ring 0: 5',
    ]) {
      assert.equal(tryParseQueueLosses(text), undefined, text);
    }
  });
});
