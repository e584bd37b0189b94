/**
 * The loop that recognises the frames of a pcapng file: their keys, times and places.
 *
 * AssemblyScript, compiled to WebAssembly; `heal/recognition-loop.ts` calls it. Addresses are bytes in the
 * module's memory. It takes the frames that `sum-frames.ts` takes, of which it keeps three things; how a key is
 * made is in the folder `recognition`.
 */

import { addUp } from './frames/add-up';
import { HEADER_BYTES } from './frames/enhanced-packet';
import { keyOf } from './recognition/invariant-bytes';

// Offsets behind the parameters that all loops over frames have; the same in heal/recognition-loop.ts.
const LINK_TYPE = 80;
const EXACT = 84;
const LIMIT = 88;
/** Frames to take at most. */
const MOST_FRAMES = 92;
/** Where the key of each frame goes (a 64-bit float), its tick (32 bits), and its block's address (32 bits). */
const KEYS = 96;
const TICKS = 100;
const PLACES = 104;

let linkType: i32 = 0;
let exact: bool = false;
let limit: i32 = 0;
let left: i32 = 0;
let keyAt: usize = 0;
let tickAt: usize = 0;
let placeAt: usize = 0;

/** Recognises each frame. */
class Recogniser {
  take(frame: usize, captured: u32, original: u32, tick: u32): bool {
    if (left === 0) return false;
    left--;
    const key = keyOf(<i32>frame, <i32>captured, original, linkType, exact, limit);
    store<f64>(keyAt, key);
    store<u32>(tickAt, tick);
    store<u32>(placeAt, <u32>(frame - <usize>HEADER_BYTES));
    keyAt += 8;
    tickAt += 4;
    placeAt += 4;
    return true;
  }
}

/**
 * Recognises frames up to the first that doesn't belong to them, or isn't whole, and adds them up.
 *
 * @param first address of the first frame's block; a multiple of 4
 * @param end where the bytes of the file end
 * @returns how many frames
 */
export function recogniseFrames(first: usize, end: usize, parameters: usize): i32 {
  linkType = load<i32>(parameters, LINK_TYPE);
  exact = load<u32>(parameters, EXACT) !== 0;
  limit = load<i32>(parameters, LIMIT);
  left = load<i32>(parameters, MOST_FRAMES);
  keyAt = load<u32>(parameters, KEYS);
  tickAt = load<u32>(parameters, TICKS);
  placeAt = load<u32>(parameters, PLACES);
  return addUp<Recogniser>(first, end, parameters);
}
