import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { wasmInstructions } from '../../support/wasm-code.js';

/** call, call_indirect, memory.copy, memory.fill: the last two call the engine. */
const CALLS: readonly number[] = [0x10, 0x11, 0xfc + 10 * 256, 0xfc + 11 * 256];
/** v128.store: 0xfd 11 */
const VECTOR_STORE = 0xfd + 11 * 256;

const module = readFileSync(new URL('../../../src/loops/ring-to-pcapng.wasm', import.meta.url));
const instructions = wasmInstructions(module, 'encodeFrames');

function depthsOf(opcodes: readonly number[]): number[] {
  return instructions
    .filter(({ opcode }) => opcodes.includes(opcode))
    .map(({ loopDepth }) => loopDepth);
}

describe('the code of encodeFrames', () => {
  it('copies usual frames in a loop within the loop over them', () => {
    assert.deepEqual(depthsOf([VECTOR_STORE]), [3, 3, 3, 3]);
  });

  it('calls nothing in the loop over usual frames, and one function for any other', () => {
    assert.deepEqual(depthsOf(CALLS), [1]);
  });
});
