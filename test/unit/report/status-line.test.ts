import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusLine } from '../../../src/report/status-line.js';

const status = {
  frames: 12_345_678,
  framesPerSecond: 812_345,
  lost: 40,
  gapCount: 1,
  fill: 0.034,
};

describe('statusLine', () => {
  it('tells frames, rate, loss and fill', () => {
    assert.equal(statusLine(status, 80), '12,345,678 frames  812,000/s  lost 40 in 1 gap  ring 3%');
  });

  it('leaves out what is unknown', () => {
    const unknown = {
      ...status,
      framesPerSecond: undefined,
      fill: undefined,
      lost: 0,
      gapCount: 0,
    };
    assert.equal(statusLine(unknown, 80), '12,345,678 frames  lost 0');
  });

  it('gives up the least important parts first where room is short', () => {
    assert.equal(statusLine(status, 50), '12,345,678 frames  812,000/s  lost 40 in 1 gap');
    assert.equal(statusLine(status, 40), '12,345,678 frames  lost 40 in 1 gap');
    assert.equal(statusLine(status, 30), '12,345,678 frames  lost 40');
    assert.equal(statusLine(status, 10), 'lost 40');
  });

  it('never gets wider than asked', () => {
    for (let width = 1; width < 90; width++) {
      assert.ok(statusLine(status, width).length <= width, `width ${width}`);
    }
  });

  it('keeps fill between 0 and 100 percent', () => {
    assert.match(statusLine({ ...status, fill: 1.02 }, 80), /ring 100%$/);
    assert.match(statusLine({ ...status, fill: -0.1 }, 80), /ring 0%$/);
  });
});
