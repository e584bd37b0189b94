/** Gaps counted as they come: how many, how large, and the largest of them one by one. */

import { formatEpochNs } from '../core/timestamp.js';
import type { Gap } from '../gaps/gap.js';
import { GAP_SIZE_BOUNDS, gapSizeIndex } from './gap-sizes.js';
import { GAPS_PER_READING, type GapCounts, type SensorGap } from './sensor-event.js';

/** The counts of an interface that had no gap. */
const NO_GAPS: GapCounts = {
  gaps: 0,
  lost: 0,
  sizes: new Array<number>(GAP_SIZE_BOUNDS.length + 1).fill(0),
};

interface OpenCounts extends GapCounts {
  gaps: number;
  lost: number;
  sizes: number[];
}

interface InterfaceGaps {
  readonly exact: OpenCounts;
  readonly bounded: OpenCounts;
  lastGapMs: number;
}

/** The gaps of a run. Costs some tens of nanoseconds for each gap, and nothing for frames. */
export class GapTally {
  readonly #interfaces = new Map<number, InterfaceGaps>();
  readonly #nowMs: () => number;
  /** The largest since the last `takeLatest`, in the order in which they came. */
  #latest: { readonly gap: Gap; readonly file: string | undefined }[] = [];
  #omitted = 0;
  /** Position in `#latest` of the smallest; undefined while there is room. */
  #smallest: number | undefined = undefined;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** Whether `takeLatest` would give something. */
  get hasLatest(): boolean {
    return this.#latest.length > 0;
  }

  /** Takes a gap as soon as it is known; places where none was counted aren't gaps. */
  add(gap: Gap, file: string | undefined): void {
    if (gap.lost === 0) return;
    const ofInterface = this.#interfaceOf(gap.interfaceId);
    const counts = gap.certainty === 'exact' ? ofInterface.exact : ofInterface.bounded;
    counts.gaps++;
    counts.lost += gap.lost;
    counts.sizes[gapSizeIndex(gap.lost)]!++;
    ofInterface.lastGapMs = this.#nowMs();
    this.#keep(gap, file);
  }

  /** What was counted for one interface: a copy, as of now. */
  counts(interfaceId: number): {
    readonly exact: GapCounts;
    readonly bounded: GapCounts;
    readonly lastGapMs: number | null;
  } {
    const known = this.#interfaces.get(interfaceId);
    return {
      exact: copyOf(known?.exact ?? NO_GAPS),
      bounded: copyOf(known?.bounded ?? NO_GAPS),
      lastGapMs: known?.lastGapMs ?? null,
    };
  }

  /** Gives the largest gaps since the last call, and how many there were beside them. */
  takeLatest(): { readonly gaps: SensorGap[]; readonly gapsOmitted: number } {
    const taken = {
      gaps: this.#latest.map(({ gap, file }) => toSensorGap(gap, file)),
      gapsOmitted: this.#omitted,
    };
    this.#latest = [];
    this.#omitted = 0;
    this.#smallest = undefined;
    return taken;
  }

  #keep(gap: Gap, file: string | undefined): void {
    const latest = this.#latest;
    if (latest.length < GAPS_PER_READING) {
      latest.push({ gap, file });
      return;
    }
    this.#omitted++;
    this.#smallest ??= smallestOf(latest);
    if (gap.lost <= latest[this.#smallest]!.gap.lost) return;
    latest.splice(this.#smallest, 1);
    latest.push({ gap, file });
    this.#smallest = undefined;
  }

  #interfaceOf(id: number): InterfaceGaps {
    const known = this.#interfaces.get(id);
    if (known !== undefined) return known;
    const created = { exact: copyOf(NO_GAPS), bounded: copyOf(NO_GAPS), lastGapMs: 0 };
    this.#interfaces.set(id, created);
    return created;
  }
}

function copyOf({ gaps, lost, sizes }: GapCounts): OpenCounts {
  return { gaps, lost, sizes: [...sizes] };
}

function smallestOf(latest: readonly { readonly gap: Gap }[]): number {
  let smallest = 0;
  for (let i = 1; i < latest.length; i++) {
    if (latest[i]!.gap.lost < latest[smallest]!.gap.lost) smallest = i;
  }
  return smallest;
}

/** A gap of the ledger in the shape of events. */
export function toSensorGap(gap: Gap, file: string | undefined): SensorGap {
  return {
    interface: gap.interfaceId,
    lost: gap.lost,
    certainty: gap.certainty === 'exact' ? 'exact' : 'bounded',
    after: gap.after ?? null,
    before: gap.before ?? null,
    start: gap.startNs === undefined ? null : formatEpochNs(gap.startNs),
    end: gap.endNs === undefined ? null : formatEpochNs(gap.endNs),
    file: file ?? null,
    ...(gap.queue === undefined ? {} : { ring: gap.queue }),
  };
}
