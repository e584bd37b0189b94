/** Captures that call themselves the same: runs that are heard under a name while another one has it. */

import { lostSoFar, type OtherRun, type SensorEvent, type SensorReading } from './sensor-event.js';

/** For so long a run has to be heard beside the other: longer than what it sent before it died is on its way. */
const PROOF_MS = 3_000;
/**
 * What waited in a spool is told faster than it happened, if not all at once; how many times as
 * fast, at least.
 */
const SPOOL_SPEED = 2;
const SPOOL_SLACK_MS = 1_000;
/** Runs remembered under one name beside the shown one. */
const MOST_RUNS = 16;

interface HeardRun extends OtherRun {
  isOver: boolean;
  heardMs: number;
  frames: number;
  lost: number;
  /** From here on its clock goes as ours does. */
  sinceMs: number;
  sinceTimeMs: number;
  isProved: boolean;
}

/**
 * The runs that are heard under one name beside the run that is shown.
 *
 * What an earlier run told late isn't taken for another capture: its readings come faster than they
 * were made, or end within three seconds.
 */
export class Namesakes {
  readonly #runs = new Map<string, HeardRun>();

  /** @param known runs of which it is known already that they were heard beside the shown one */
  constructor(known: readonly OtherRun[] = []) {
    for (const one of known) {
      const { heardMs } = one;
      this.#runs.set(one.run, {
        ...one,
        sinceMs: heardMs,
        sinceTimeMs: Number.NaN,
        isProved: true,
      });
    }
  }

  /** Those of which it is sure, in the order in which they were first heard. */
  get proved(): readonly OtherRun[] {
    return [...this.#runs.values()]
      .filter(({ isProved }) => isProved)
      .map(({ run, isOver, heardMs, frames, lost }) => ({ run, isOver, heardMs, frames, lost }));
  }

  /**
   * Takes an event of a run that isn't shown.
   *
   * @returns whether `proved` is another one now
   */
  take(event: SensorEvent, nowMs: number): boolean {
    const known = this.#runs.get(event.run);
    if (event.kind === 'end') {
      if (known === undefined || known.isOver) return false;
      known.isOver = true;
      return known.isProved;
    }
    if (event.kind === 'start') return false;
    const run = known ?? this.#begin(event, nowMs);
    run.heardMs = nowMs;
    [run.frames, run.lost] = totalsOf(event);
    if (run.isProved) return true;
    const elapsedMs = nowMs - run.sinceMs;
    if (event.timeMs - run.sinceTimeMs > SPOOL_SPEED * elapsedMs + SPOOL_SLACK_MS) {
      run.sinceMs = nowMs;
      run.sinceTimeMs = event.timeMs;
    } else if (elapsedMs >= PROOF_MS && event.timeMs > run.sinceTimeMs) {
      run.isProved = true;
    }
    return run.isProved;
  }

  #begin({ run, timeMs }: SensorReading, nowMs: number): HeardRun {
    const begun: HeardRun = {
      run,
      isOver: false,
      heardMs: nowMs,
      frames: 0,
      lost: 0,
      sinceMs: nowMs,
      sinceTimeMs: timeMs,
      isProved: false,
    };
    this.#runs.set(run, begun);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MOST_RUNS) this.#runs.delete(oldest!);
    return begun;
  }
}

function totalsOf({ interfaces }: SensorReading): readonly [frames: number, lost: number] {
  return [
    interfaces.reduce((sum, { frames }) => sum + frames, 0),
    interfaces.reduce((sum, one) => sum + lostSoFar(one), 0),
  ];
}
