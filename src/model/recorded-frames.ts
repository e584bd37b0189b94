/** The times and lengths of a source's frames, as traffic for the model. */

import type { FrameSource } from '../core/frame.js';
import { NS_PER_SECOND } from '../core/timestamp.js';
import type { TimedFrame } from './traffic.js';

/** Long enough for a source that has its frames at hand; a live one may give none in that time. */
const READ_TIMEOUT_MS = 100;

/**
 * Reads a source to its end and gives each frame's time and length on the wire.
 *
 * Times count from the first frame, so that they are exact for captures of up to 104 days. The same
 * object is given again and again: take its numbers at once, as `replayTraffic` does. The caller
 * still owns the source and closes it.
 *
 * Frames that the capture itself had lost aren't there: the traffic is what the capture holds.
 *
 * @param interfaceId only this interface's frames; those of all interfaces where not given
 * @throws {FormatError} where the source does
 */
export function* recordedFrames(
  source: FrameSource,
  interfaceId?: number,
): Generator<TimedFrame, void, undefined> {
  const frame = { timeNs: 0, length: 0 };
  let firstSeconds: number | undefined;
  while (!source.ended) {
    const batch = source.read(READ_TIMEOUT_MS);
    while (batch.next()) {
      if (interfaceId !== undefined && batch.interfaceId !== interfaceId) continue;
      firstSeconds ??= batch.seconds;
      frame.timeNs = (batch.seconds - firstSeconds) * NS_PER_SECOND + batch.nanoseconds;
      frame.length = batch.originalLength;
      yield frame;
    }
  }
}
