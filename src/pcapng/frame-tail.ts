/** What follows a frame's bytes in its block, for the frames that have more to say than most. */

import type { FrameBatch } from '../core/frame.js';
import { BlockBuilder } from './block-builder.js';
import { CommonOption, FrameOption } from './constants.js';
import type { FrameExtras } from './frame-extras.js';
import { encodeLossComment } from './loss-options.js';

/** Whether a frame has more to say than flags and a queue. */
export function hasRareExtras({ comments, options, ticks }: FrameExtras): boolean {
  return comments !== undefined || options !== undefined || ticks !== undefined;
}

/** All options of a frame's block, and their end. */
export function encodeFrameOptions(batch: FrameBatch, extras: FrameExtras | undefined): Uint8Array {
  const builder = new BlockBuilder();
  const lostBefore = batch.lostBefore;
  if (batch.flags !== 0) builder.u32Option(FrameOption.Flags, batch.flags);
  if (lostBefore !== undefined && lostBefore.lost > 0) {
    builder.u64Option(FrameOption.DropCount, lostBefore.lost);
  }
  if (extras?.queue !== undefined) builder.u32Option(FrameOption.Queue, extras.queue);
  if (extras?.options !== undefined) builder.encodedOptions(extras.options);
  for (const comment of extras?.comments ?? []) builder.textOption(CommonOption.Comment, comment);
  if (lostBefore !== undefined) {
    builder.textOption(CommonOption.Comment, encodeLossComment(lostBefore));
  }
  return builder.finishBody();
}
