/**
 * Where a ring under overload loses frames, and what its counters say meanwhile. One probe a
 * sentence. All look at one flood of numbered frames, sent by one processor and read too slowly.
 */

import { before, describe, it } from 'node:test';
import { Overload } from '../../src/lab/overload.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { lastCpu } from './processors.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

describe('a ring under overload', { skip }, () => {
  let overload: Overload;

  before(async () => {
    overload = await Overload.run(lastCpu());
  });

  it('a ring loses frames only at the boundary between two blocks', () => {
    overload.assertLossAtBoundaries();
  });

  it('tp_packets less tp_drops is the number of frames in the ring, at every reading', () => {
    overload.assertAcceptedInRing();
  });

  it('a drop is counted before the same processor puts the next frame into the ring', () => {
    overload.assertDropsCountedInTime();
  });

  it('no reading counts a drop that has not happened', () => {
    overload.assertNoDropTooEarly();
  });

  it('the last reading accounts for every frame sent', () => {
    overload.assertAllAccounted();
  });

  it('TP_STATUS_LOSING is on the blocks before whose last frame a drop was not collected, on no other', () => {
    overload.assertLosingBlocks();
  });

  it('tp_freeze_q_cnt goes up where a block closes and the next slot is still taken', () => {
    overload.assertFreezesCounted();
  });
});
