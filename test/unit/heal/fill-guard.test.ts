import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContentCounts } from '../../../src/heal/content-counts.js';
import { FillClaims, FillGuard } from '../../../src/heal/fill-guard.js';

const clock = { isReplayed: false, isSteadyAt: () => true };

/** Guards of two sources of one capture, which has the given contents. */
function guards(...contents: readonly number[]): readonly [FillGuard, FillGuard] {
  const counts = new ContentCounts(100);
  for (const key of contents) counts.add(0, key);
  const claims = new FillClaims();
  const shared = { interfaceId: 0, interfaceIds: [0], claims, clock };
  return [
    new FillGuard(counts, { ...shared, source: 1 }),
    new FillGuard(counts, { ...shared, source: 2 }),
  ];
}

const frames = (...keys: readonly number[]): { key: number; time: number }[] =>
  keys.map((key) => ({ key: key * 0x100_0000, time: key }));

describe('FillGuard', () => {
  it('lets one source fill in a content, and no other', () => {
    const [first, second] = guards();
    const [frame] = frames(1);
    assert.equal(first.admit(frame!, false), true);
    assert.equal(first.admit(frame!, false), true);
    assert.equal(second.admit(frame!, true), false);
  });

  it('refuses a content that the capture has, unless its place is sure', () => {
    const [frame] = frames(1);
    const [guard] = guards(frame!.key);
    assert.equal(guard.admit(frame!, false), false);
    assert.equal(guard.admit(frame!, true), true);
  });

  it('takes none of several frames where one is refused, so that other sources can fill them in', () => {
    const [there] = frames(3);
    const [first, second] = guards(there!.key);
    assert.equal(first.admitAll(frames(1, 2, 3)), false);
    assert.equal(second.admitAll(frames(1, 2)), true);
    assert.equal(first.admitAll(frames(4, 2)), false);
    assert.equal(second.admitAll(frames(4)), true);
  });
});
