/**
 * The loop that adds up the frames of a pcapng file.
 *
 * AssemblyScript, compiled to WebAssembly: it reads a piece of the file in the module's own memory, where
 * a load is one instruction, without the check and the conversion that an element of a typed array takes.
 * `source/sum-loop.ts` calls it and says what it may be given. Addresses are bytes in the module's memory.
 *
 * It takes enhanced packet blocks of the section's usual byte order that belong together: of one
 * interface, one queue and one second, without a recorded loss. It looks at everything in them that
 * `FrameCursor` looks at; whatever is different stops it, at the block's first byte, and is the cursor's.
 */

import { addUp, NothingElse } from './frames/add-up';

/** See `addUp`. */
export function sumFrames(first: usize, end: usize, parameters: usize): i32 {
  return addUp<NothingElse>(first, end, parameters);
}
