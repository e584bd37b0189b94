import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Reader } from '../../../src/model/reader.js';

describe('Reader', () => {
  it('costs nothing where nothing is said', () => {
    assert.equal(new Reader().cost(1000, 1_000_000), 0);
  });

  it('costs by frames and by bytes', () => {
    const reader = new Reader({ framesPerSecond: 1_000_000, bytesPerSecond: 1e9 });
    assert.equal(reader.cost(3, 500), 3000 + 500);
  });

  it('puts work off for the stalls that fall into it', () => {
    const stalls = { kind: 'periodic', everyNs: 100, lengthNs: 10 } as const;
    assert.equal(new Reader({ stalls }).run(0, 50), 50);
    assert.equal(new Reader({ stalls }).run(0, 150), 160);
    assert.equal(new Reader({ stalls }).run(0, 250), 270);
  });

  it('does not run before the end of a stall that it falls into', () => {
    const reader = new Reader({ stalls: { kind: 'periodic', everyNs: 100, lengthNs: 10 } });
    assert.equal(reader.run(100, 0), 110);
    assert.equal(reader.run(205, 3), 213);
    assert.equal(reader.run(300, 0), 310);
  });

  it('runs listed stalls together where they overlap, in whatever order they are given', () => {
    const stalls = {
      kind: 'list',
      stalls: [
        { atNs: 500, lengthNs: 1 },
        { atNs: 105, lengthNs: 20 },
        { atNs: 100, lengthNs: 10 },
      ],
    } as const;
    assert.equal(new Reader({ stalls }).run(0, 150), 150 + 25);
    assert.equal(new Reader({ stalls }).run(0, 1000), 1026);
  });

  it('draws random stalls: the share of time lost is theirs', () => {
    const stalls = { kind: 'random', everyNs: 9000, lengthNs: 1000, seed: 4 } as const;
    const doneNs = new Reader({ stalls }).run(0, 90_000_000);
    assert.ok(Math.abs(doneNs / 100_000_000 - 1) < 0.01, `${doneNs}`);
    assert.equal(doneNs, new Reader({ stalls }).run(0, 90_000_000));
  });

  it('refuses what no reader can be', () => {
    assert.throws(() => new Reader({ framesPerSecond: 0 }), { code: 'BAD_READER' });
    assert.throws(() => new Reader({ bytesPerSecond: -1 }), { code: 'BAD_READER' });
    assert.throws(() => new Reader({ wakeUpNs: -1 }), { code: 'BAD_READER' });
    assert.throws(() => new Reader({ batch: 0 }), { code: 'BAD_READER' });
    const always = { kind: 'periodic', everyNs: 10, lengthNs: 10 } as const;
    assert.throws(() => new Reader({ stalls: always }), { code: 'BAD_READER' });
    const negative = { kind: 'list', stalls: [{ atNs: 1, lengthNs: -1 }] } as const;
    assert.throws(() => new Reader({ stalls: negative }), { code: 'BAD_READER' });
  });
});
