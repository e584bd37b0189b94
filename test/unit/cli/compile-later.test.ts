import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const MODULE = new URL('../../../src/cli/compile-later.js', import.meta.url).href;

/** Runs a function a few thousand times and tells whether V8 optimized it. */
function isOptimized(first: string): boolean {
  const script = `
    import { compileLater } from '${MODULE}';
    ${first}
    function oftenCalled(n) { let sum = 0; for (let i = 0; i < n; i++) sum += i % 7; return sum; }
    for (let i = 0; i < 4000; i++) oftenCalled(20);`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--trace-opt', '--no-concurrent-recompilation', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return /completed compiling.*oftenCalled/.test(stdout);
}

describe('compileLater', () => {
  // Node 20 is what it was tried with.
  if (process.versions.node.startsWith('20.')) {
    it('keeps V8 from optimizing what runs a few thousand times, and says nothing', () => {
      assert.equal(isOptimized('compileLater();'), false);
    });
  } else {
    it('leaves a V8 alone that it was not tried with, and says nothing', () => {
      assert.equal(isOptimized('compileLater();'), true);
    });
  }

  it('is what does so: V8 optimizes the same function otherwise', () => {
    assert.equal(isOptimized(''), true);
  });
});
