/** Which interface of another capture has the traffic of which of the healed one's. */

import { ClockFit } from './clock-fit.js';
import type { DonorInterface } from './healed-file.js';
import type { Survey, SurveyedInterface } from './survey.js';

/** What an interface may lack, by its own losses, of frames that another one of the same capture has. */
const MOST_LACKING = 0.5;

/** Of an interface that a donor doesn't see, so many contents at least show it. */
const LEAST_MISSING = 8;

/** An interface of a donor that has the traffic of one of the capture's. */
export interface Pairing {
  readonly donorNumber: number;
  readonly healed: SurveyedInterface;
  readonly donor: DonorInterface;
  readonly clock: ClockFit;
  /** Whether the donor's interface has what the capture has on another one, beside this one's. */
  readonly isMixed: boolean;
}

/** For each interface of the capture the one of the donor that has most of its frames. */
export function pairInterfaces(healed: Survey, donor: Survey, donorNumber: number): Pairing[] {
  const pairings: Pairing[] = [];
  for (const own of healed.interfaces) {
    if (!own.hasGaps) continue;
    let best: Pairing | undefined;
    for (const theirs of donor.interfaces) {
      const others = healed.interfaces.filter((other) => other !== own);
      const clock = new ClockFit(
        own.sample,
        theirs.sample,
        others.map(({ sample }) => sample),
      );
      // Without frames that are rare in each, look-alikes can't be told apart by time.
      if (!clock.isTrusted || sharesWithOthers(healed, own, theirs, MOST_LACKING)) continue;
      const isNamesake = own.described.name === theirs.described.name;
      const isBetter =
        best === undefined ||
        clock.shared > best.clock.shared ||
        (clock.shared === best.clock.shared && isNamesake);
      if (!isBetter) continue;
      const isMixed =
        sharesWithOthers(healed, own, theirs, 0) || mayShare(healed, own, theirs, clock);
      const interfaceOf = { path: donor.path, surveyed: theirs };
      best = { donorNumber, healed: own, donor: interfaceOf, clock, isMixed };
    }
    if (best !== undefined) pairings.push(best);
  }
  return pairings;
}

/**
 * Whether an interface of a donor has what the capture has on another interface, and more than a share of
 * it lacks here: then it isn't the same traffic, and frames that the capture has there would be taken for
 * lost ones here. Where both interfaces saw the same frames, this one lacks no more than it lost.
 */
function sharesWithOthers(
  healed: Survey,
  own: SurveyedInterface,
  theirs: SurveyedInterface,
  share: number,
): boolean {
  return healed.interfaces.some((other) => {
    // In another section one of the same name is the same one.
    const isSection = other.described.section === own.described.section;
    if (other === own || (!isSection && other.described.name === own.described.name)) return false;
    const { shared, lacking } = theirs.sample.sharedBeside(other.sample, own.sample);
    return lacking > shared * share;
  });
}

/**
 * Whether frames that the capture lost on another interface may be among those of a donor's interface:
 * unless enough of what it has there, while the donor captured, isn't with the donor at all.
 */
function mayShare(
  healed: Survey,
  own: SurveyedInterface,
  { sample }: SurveyedInterface,
  clock: ClockFit,
): boolean {
  const from = sample.firstTime + clock.offsetAt(sample.firstTime);
  const to = sample.lastTime + clock.offsetAt(sample.lastTime);
  return healed.interfaces.some((other) => {
    const isBeside = other.described.section === own.described.section;
    if (other === own || !isBeside || !other.hasGaps) return false;
    return other.sample.missingFrom(sample, from, to) < LEAST_MISSING;
  });
}
