import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runSimulatedDemo } from '../../../src/lab/simulated-demo.js';

describe('runSimulatedDemo', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-unit-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const engine of ['ring', 'socket'] as const) {
    it(`records every gap of a modelled ${engine}, right to the frame`, async () => {
      const file = join(folder, `${engine}.pcapng`);
      const demo = await runSimulatedDemo({ file, frameCount: 400_000, engine });
      const { capture, flood, simulation, truth } = demo;
      assert.equal(truth.right, true);
      // It stands still for 30 ms at 120, 240 and 360 ms.
      assert.equal(truth.gaps, 3);
      assert.equal(truth.exactRight, 3);
      assert.equal(truth.missingTotal, simulation.dropped);
      assert.equal(truth.recordedTotal, simulation.dropped);
      assert.equal(truth.frames, simulation.delivered);
      assert.equal(capture.account.lost, simulation.dropped);
      assert.deepEqual([flood.sent, flood.lastSequence], [400_000, 400_000]);
    });
  }

  it('writes the same file each time', async () => {
    const files = [join(folder, 'a.pcapng'), join(folder, 'b.pcapng')];
    for (const file of files) await runSimulatedDemo({ file, frameCount: 150_000 });
    assert.ok(readFileSync(files[0]!).equals(readFileSync(files[1]!)));
  });
});
