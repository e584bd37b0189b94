/**
 * A gap with an anchor before it and none behind it: the final gap, or one that the other capture ended in.
 *
 * The frames that follow the anchor in the run are those that were lost after it, as many as were lost; what comes
 * behind them wasn't. Nothing behind them proves which they are, so none is filled in whose content the capture has anywhere.
 * Where the pairs up to the anchor are no look-alikes and both captures record their losses, each of the others is told by
 * its place and its content alone, and one that looks like a frame here says nothing of the rest; a place stays empty there.
 * Elsewhere it shows that the anchor may be wrong, and nothing is filled in.
 */

import { exactLoss, type Loss } from '../core/loss.js';
import type { FillGuard } from './fill-guard.js';
import type { DonorFrames } from './frame-stream.js';
import type { FrameWindow } from './frame-window.js';
import { type HeldFrame, isVague, lostBefore } from './held-frame.js';
import { remainingLoss } from './remaining-loss.js';

/** What is known of such a gap. Times are nanoseconds. */
export interface OneSidedOptions {
  readonly spreadNs: number;
  /** Whether the other capture records all its losses. */
  readonly donorPlacesLosses: boolean;
  /** Whether the pairs up to the anchor are no look-alikes. */
  readonly isSure: boolean;
  /** Whether the other capture may have further traffic. */
  readonly isMixed: boolean;
  readonly guard: FillGuard;
  /** Time of the anchor. */
  readonly startTime: number;
  /** When the gap ended: what came later wasn't lost in it, however many frames the other capture has before that. */
  readonly endTime: number;
  /** Whether a frame has an equal one nearby here. */
  readonly isHereAlready: (frame: HeldFrame) => boolean;
}

/** What was found for it. */
export interface OneSidedFills {
  /** In their order; where places are known, with what is still lost before each. */
  readonly frames: readonly HeldFrame[];
  /** What is still lost behind the last of them, or anywhere where places aren't known. */
  readonly left: Loss | undefined;
}

/** A frame of the other capture, and how many frames come between it and the anchor. */
interface PlacedFrame {
  readonly frame: HeldFrame;
  readonly place: number;
}

/**
 * Takes the frames off that were lost in such a gap, as far as that is known.
 *
 * @param theirs what follows the anchor in the other capture
 */
export function fillOneSided(
  loss: Loss,
  theirs: FrameWindow<DonorFrames>,
  options: OneSidedOptions,
): OneSidedFills {
  const { donorPlacesLosses, isMixed, isSure } = options;
  const candidates = takeCandidates(loss, theirs, options);
  // Without a record of the other capture's losses they are all that it has, or more than were lost.
  const isTooMuch = candidates.length > loss.atLeast;
  if (isTooMuch || isMixed || candidates.length === 0) return { frames: [], left: loss };
  const found =
    isSure && donorPlacesLosses ? eachOf(candidates, options) : allOf(candidates, options);
  if (found.length === 0) return { frames: [], left: loss };
  let earliest = options.startTime;
  const latest = Math.max(options.endTime, earliest);
  const arePlaced = donorPlacesLosses && loss.certainty === 'exact';
  let next = 0;
  for (const { frame, place } of found) {
    frame.lostBefore = arePlaced && place > next ? exactLoss(place - next) : undefined;
    next = place + 1;
    earliest = Math.min(Math.max(frame.time, earliest), latest);
    frame.time = earliest;
    frame.slackNs = options.spreadNs;
  }
  const left = remainingLoss(loss, arePlaced ? next : found.length);
  return { frames: found.map(({ frame }) => frame), left };
}

function takeCandidates(
  loss: Loss,
  theirs: FrameWindow<DonorFrames>,
  { spreadNs, donorPlacesLosses, startTime, endTime }: OneSidedOptions,
): PlacedFrame[] {
  const start = startTime - spreadNs;
  // By more than stamps err: a frame may seem to come before the end that came behind it.
  const end = endTime - spreadNs;
  const candidates: PlacedFrame[] = [];
  let place = 0;
  for (let next = theirs.at(0); next !== undefined; next = theirs.at(0)) {
    // From there on places aren't known.
    if (isVague(next)) break;
    place += lostBefore(next);
    const isBehind = donorPlacesLosses && place >= loss.atLeast;
    if (isBehind || next.time > end || next.time < start) break;
    candidates.push({ frame: theirs.shift(), place });
    place++;
  }
  return candidates;
}

/** Those that this capture has nowhere, and no other source has filled in. */
function eachOf(
  candidates: readonly PlacedFrame[],
  { guard, isHereAlready }: OneSidedOptions,
): PlacedFrame[] {
  return candidates.filter(({ frame }) => !isHereAlready(frame) && guard.admit(frame, false));
}

/** All of them, or none. */
function allOf(
  candidates: readonly PlacedFrame[],
  { guard, isHereAlready }: OneSidedOptions,
): readonly PlacedFrame[] {
  if (candidates.some(({ frame }) => isHereAlready(frame))) return [];
  return guard.admitAll(candidates.map(({ frame }) => frame)) ? candidates : [];
}
