import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EarlyLoss } from '../../../src/gaps/early-loss.js';
import { earlyLossLines } from '../../../src/report/early-loss-text.js';

const noon = 1_795_435_262_000_000_000n;
const loss: EarlyLoss = {
  where: 'interface',
  interfaceId: 0,
  lost: 12,
  startNs: noon,
  endNs: noon + 1_000_000_000n,
  after: 1000,
  before: 2000,
};

describe('earlyLossLines', () => {
  it('says how many, where, when, and between which frames', () => {
    assert.deepEqual(
      earlyLossLines([loss], () => 'eth0'),
      [
        'at least 12 frames lost in the network card or driver of eth0, in no gap, between 2026-11-23 12:01:02.000 and 12:01:03.000 UTC (frames 1,000 to 2,000)',
      ],
    );
  });

  it("never says whose the host's losses are", () => {
    const [line] = earlyLossLines([{ ...loss, where: 'backlog', before: undefined }], () => 'eth0');
    assert.match(
      line!,
      /^12 frames dropped in the host's softnet backlog, of whichever interface, in no gap, .*\(after frame 1,000\)$/,
    );
    assert.doesNotMatch(line!, /eth0/);
  });

  it('adds up what is more than people read, and makes names harmless', () => {
    const lines = earlyLossLines(Array(8).fill(loss) as EarlyLoss[], () => 'a\x1b[31m');
    assert.equal(lines.length, 6);
    assert.equal(
      lines[5],
      '… and at 3 further times at least 36 frames lost in the network card or driver',
    );
    assert.ok(!lines.join('').includes('\x1b'));
  });
});
