import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { LoopCode } from '../../../src/source/loop-code.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-loop-code-'));
after(() => rmSync(folder, { recursive: true }));
const built = join(import.meta.dirname, '../../../src/loops/sum-frames.wasm');

describe('LoopCode', () => {
  it('gives the function over memory of its own', () => {
    const code = new LoopCode(pathToFileURL(built), 'sumFrames');
    const ready = code.load(65_537);
    assert.equal(ready?.buffer.byteLength, 131_072);
    // No block is there, so no frame is taken.
    assert.equal(ready.run(0, 0, 1024), 0);
  });

  it('tries once whether the processor can run the code', () => {
    const path = join(folder, 'unknown.wasm');
    const code = new LoopCode(pathToFileURL(path), 'sumFrames');
    // An instruction that no processor has: the last byte of the only function ends it.
    const bytes = readFileSync(built);
    bytes[bytes.length - 1] = 0xff;
    writeFileSync(path, bytes);
    assert.equal(code.load(65_536), undefined);
    copyFileSync(built, path);
    assert.equal(code.load(65_536), undefined);
    assert.ok(new LoopCode(pathToFileURL(path), 'sumFrames').load(65_536) !== undefined);
  });
});
