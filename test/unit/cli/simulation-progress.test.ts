import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { progressBar, SimulationProgress } from '../../../src/cli/simulation-progress.js';

/** Traffic of so many frames during which the clock goes on by `msPerLook` each 65,536 frames. */
function run(frames: number, totalMs: number, quiet: boolean): string {
  let nowMs = 0;
  const clock = mock.method(performance, 'now', () => nowMs);
  let shown = '';
  const terminal = {
    isTTY: true,
    columns: 100,
    write: (text: string) => {
      shown += text;
    },
  };
  try {
    const progress = new SimulationProgress(terminal, quiet);
    progress.note('2 of 9 simulations');
    const traffic = {
      timeNs: 0,
      length: 60,
      flow: 0,
      next() {
        this.timeNs++;
        nowMs += totalMs / frames;
        return this.timeNs <= frames;
      },
    };
    const watched = progress.watch(traffic, (_traffic, count) => count / frames);
    let count = 0;
    while (watched.next()) count++;
    assert.equal(count, frames);
    assert.deepEqual([watched.timeNs, watched.length, watched.flow], [frames + 1, 60, 0]);
    progress.stop();
    return shown;
  } finally {
    clock.mock.restore();
  }
}

describe('SimulationProgress', () => {
  it('shows part, frames and rate where it takes more than a second', () => {
    const shown = run(1_000_000, 4000, false);
    assert.match(
      shown,
      /\[#{12}-{12}\] +5\d % {2}0\.5 million frames {2}0\.3 million\/s {2}2 of 9/,
    );
    assert.ok(shown.endsWith('\r\x1b[K'), 'and takes it away');
  });

  it('shows nothing in the first second', () => {
    assert.doesNotMatch(run(1_000_000, 900, false), /frames/);
  });

  it('shows nothing where that was asked for', () => {
    assert.equal(run(500_000, 4000, true), '');
  });
});

describe('progressBar', () => {
  it('fills from left to right', () => {
    assert.equal(progressBar(0), `[${'-'.repeat(24)}]   0 %`);
    assert.equal(progressBar(0.25), `[######${'-'.repeat(18)}]  25 %`);
    assert.equal(progressBar(1.2), `[${'#'.repeat(24)}] 100 %`);
  });

  it('is nothing where the part is unknown', () => {
    assert.equal(progressBar(undefined), '');
  });
});
