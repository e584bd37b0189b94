import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ViewRange } from '../../../src/page/view-range.js';

describe('ViewRange', () => {
  it('zooms around a place that stays where it is', () => {
    const range = new ViewRange({ from: 0, to: 100 });
    range.zoom(0.5, 20);
    assert.deepEqual(range.shown, { from: 10, to: 60 });
    range.zoom(0.5);
    assert.deepEqual(range.shown, { from: 22.5, to: 47.5 });
    assert.equal(range.isWhole, false);
    range.zoom(100);
    assert.equal(range.isWhole, true);
  });

  it('stays inside the capture, however it is moved', () => {
    const range = new ViewRange({ from: -1, to: 9 });
    range.show(0, 2);
    range.pan(-5);
    assert.deepEqual(range.shown, { from: -1, to: 1 });
    range.pan(100);
    assert.deepEqual(range.shown, { from: 7, to: 9 });
  });

  it('shows no less than a microsecond', () => {
    const range = new ViewRange({ from: 0, to: 1 });
    range.show(0.5, 0.5);
    assert.ok(Math.abs(range.shown.to - range.shown.from - 1e-6) < 1e-12);
  });

  it('tells listeners', () => {
    const range = new ViewRange({ from: 0, to: 10 });
    const heard: number[] = [];
    range.onChange(({ from }) => heard.push(from));
    range.show(2, 4);
    range.showWhole();
    assert.deepEqual(heard, [2, 0]);
  });
});
