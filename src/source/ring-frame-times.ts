/** The times of frames in a ring's block, as they lie there. */

import { Tpacket3Hdr } from '../sys/layouts.js';

const SECONDS = Tpacket3Hdr.sec / 4;
const NANOSECONDS = Tpacket3Hdr.nsec / 4;

/**
 * Whether a frame of a block is older than the one before it: then several processors delivered at once, or
 * the clock was set back. By however little or much: a processor that its host holds back is late for as
 * long, and a set clock costs the loss in question no more than its "exact". Costs a walk through the block.
 *
 * @param words the ring
 * @param header word index of the first frame's header (struct tpacket3_hdr)
 * @param frameCount frames in the block
 */
export function timesGoBack(words: Int32Array, header: number, frameCount: number): boolean {
  let at = header;
  let beforeSeconds = 0;
  let beforeNanoseconds = 0;
  for (let left = frameCount; left > 0; left--) {
    const seconds = words[at + SECONDS]! >>> 0;
    const nanoseconds = words[at + NANOSECONDS]!;
    if (seconds < beforeSeconds) return true;
    if (seconds === beforeSeconds && nanoseconds < beforeNanoseconds) return true;
    beforeSeconds = seconds;
    beforeNanoseconds = nanoseconds;
    at += words[at]! >>> 2;
  }
  return false;
}
