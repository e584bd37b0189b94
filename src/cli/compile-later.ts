/** When V8 compiles what a capture does once a block. */

import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that a function runs before V8 considers to optimize it; 67,584 unless set. */
const BUDGET_BYTES = 4_000_000;
/**
 * Node 20's. From 12 on V8 doesn't know the flag, and waits by itself until a function has run 3,000 times
 * (docs/decisions/0028-compilers-of-later-nodes.md).
 */
const V8_TRIED = 11;

/**
 * Lets V8's optimizing compiler wait until a function has run some sixty times longer than it otherwise would.
 *
 * A capture whose frames are taken by a loop in WebAssembly runs little JavaScript, each function a few
 * times a block of some thousand frames. By default V8 optimizes them one after the other in the first
 * millions of frames, for some 30 ms of processor time, and gains less than that back
 * (docs/decisions/0023-compile-later.md). What runs for each frame, where frames can't take the loop, is
 * still optimized after some ten thousand of them.
 *
 * It holds for the whole process and can't be taken back: only for a program that does nothing else.
 * Does nothing on a version of V8 that it wasn't tried with.
 */
export function compileLater(): void {
  if (Number.parseInt(process.versions.v8, 10) !== V8_TRIED) return;
  setFlagsFromString(`--interrupt-budget=${BUDGET_BYTES}`);
}
