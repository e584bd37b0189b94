/** Fills the gaps of one capture with the frames that others of the same traffic have. */

import { statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ArgumentError } from '../core/errors.js';
import { OutputFile } from '../edit/output-file.js';
import type { FileBatch } from '../source/format-reader.js';
import { Alignment } from './alignment.js';
import { type CaptureLane, CaptureLanes, type FrameTaker } from './capture-lanes.js';
import { FillClaims, FillGuard } from './fill-guard.js';
import { DonorStream, type PassableStream } from './frame-stream.js';
import type { HealOptions, HealResult, HealSource } from './heal-options.js';
import { type GapStart, HealTally, newGapState } from './heal-tally.js';
import { type DonorInterface, HealedFile } from './healed-file.js';
import type { HeldFrame, Recognised } from './held-frame.js';
import { type Pairing, pairInterfaces } from './pairing.js';
import {
  type Beginnings,
  lookAtBeginnings,
  type Survey,
  type SurveyedInterface,
  survey,
} from './survey.js';

const FRAMES_A_TURN = 16_384;
const DEFAULT_MAX_FRAMES = 1 << 20;
/** What a frame takes in a file at least: of a block with 60 bytes, and of one compressed. */
const LEAST_FRAME_BYTES = 92;
const LEAST_COMPRESSED_BYTES = 12;
/** What all lanes have in common. */
interface LaneSettings {
  readonly beginnings: Beginnings;
  /** Takes those that the lane opens. */
  readonly streams: DonorStream[];
  readonly claims: FillClaims | undefined;
}

/**
 * Heals a capture: every frame, block and option of it goes into the output, and between them the
 * frames that it lost and another capture has, each on an interface of its own with a comment that says
 * where it is from. What is still missing stays recorded. See docs/heal.md for what is proved, and
 * `Alignment` for how.
 *
 * Each file is read twice. Memory is constant but for the frames that lie between two frames which both
 * captures have. Donors are taken in their order: the second fills what the first has left.
 *
 * @param path the capture to heal
 * @param donors other captures of the same traffic
 * @throws {ArgumentError} `SAME_FILE`; `READ_TWICE` for what can be read only once
 * @throws {FormatError} where a file contradicts its format
 * @throws {SystemCallError} where a file can't be read or written
 */
export async function healCapture(
  path: string,
  donors: readonly string[],
  options: HealOptions,
): Promise<HealResult> {
  const run = new HealRun([path, ...donors], options);
  return run.heal();
}

/** One run. */
class HealRun {
  readonly #paths: readonly string[];
  readonly #options: HealOptions;
  readonly #totalBytes: number;
  #framesBefore = 0;
  #bytesBefore = 0;

  constructor(paths: readonly string[], options: HealOptions) {
    for (const path of paths) refuseStream(path);
    this.#paths = paths;
    this.#options = options;
    this.#totalBytes = 2 * paths.reduce((sum, path) => sum + sizeOf(path), 0);
  }

  async heal(): Promise<HealResult> {
    const paths = this.#paths;
    const output = OutputFile.open(this.#options.output, 'pcapng', paths);
    try {
      const { exact, maxCompressionRatio } = this.#options;
      const beginnings = lookAtBeginnings(paths, exact ?? false, { maxCompressionRatio });
      const surveys: Survey[] = [];
      for (const path of paths) {
        const isHealed = path === paths[0];
        surveys.push(await this.#survey(path, beginnings, isHealed));
      }
      const pairings = surveys
        .slice(1)
        .flatMap((donor, i) => pairInterfaces(surveys[0]!, donor, i + 1));
      return await this.#fill(surveys, pairings, beginnings, output);
    } finally {
      await output.close();
    }
  }

  async #survey(path: string, beginnings: Beginnings, isHealed: boolean): Promise<Survey> {
    const surveyed = await survey(path, beginnings, {
      framesAtMost: isHealed ? framesAtMost(path) : undefined,
      onTurn: (frames, bytes) => this.#tell(frames, bytes),
    });
    this.#framesBefore += surveyed.frames;
    this.#bytesBefore += sizeOf(path);
    return surveyed;
  }

  /** @returns whether it is to end early */
  #tell(frames: number, bytes: number): boolean {
    const { onProgress, signal } = this.#options;
    onProgress?.({
      frames: this.#framesBefore + frames,
      inputBytes: this.#bytesBefore + bytes,
      totalBytes: this.#totalBytes,
    });
    return signal?.aborted ?? false;
  }

  async #fill(
    surveys: readonly Survey[],
    pairings: readonly Pairing[],
    beginnings: Beginnings,
    output: OutputFile,
  ): Promise<HealResult> {
    const { baseSeconds } = beginnings;
    const file = new HealedFile(output, output.pieceBytes, baseSeconds);
    const tally = new HealTally(file, baseSeconds, this.#options.gapLimit);
    const streams: DonorStream[] = [];
    const claims = pairings.length > 1 ? new FillClaims() : undefined;
    const settings = { beginnings, streams, claims };
    using capture = new CaptureLanes(surveys[0]!, beginnings, () => file.endRun());
    try {
      const healers = capture.lanes.map((lane) =>
        this.#healerOf(lane, pairings, surveys[0]!, settings),
      );
      if (this.#options.signal?.aborted !== true) {
        await this.#write(capture, healers, tally, streams);
      }
      tally.end();
      file.endSection();
      file.flush();
    } finally {
      for (const stream of streams) stream[Symbol.dispose]();
    }
    return this.#result(surveys, pairings, tally);
  }

  #healerOf(
    lane: CaptureLane,
    pairings: readonly Pairing[],
    { contents, interfaces }: Survey,
    { beginnings, streams, claims }: LaneSettings,
  ): LaneHealer {
    const { surveyed } = lane;
    const own = pairings.filter(({ healed }) => healed === surveyed);
    const ids = interfaces.map(({ described }) => described.id);
    const donorOf = (frame: HeldFrame): DonorInterface =>
      own.find(({ donorNumber }) => donorNumber === frame.donor)!.donor;
    let groups = Math.max(0, ...surveyed.groups.keys());
    const newGroup = (): number => ++groups;
    let stream: PassableStream = lane;
    for (const pairing of own) {
      const { donorNumber, donor, clock, isMixed } = pairing;
      const guard = new FillGuard(contents!, {
        ...{ interfaceId: surveyed.described.id, interfaceIds: ids, claims },
        source: pairings.indexOf(pairing) + 1,
        clock,
      });
      const { described, spans } = donor.surveyed;
      const { path } = donor;
      const frames = new DonorStream({
        ...{ path, donor: donorNumber, interfaceId: described.id, beginnings, clock, spans },
      });
      streams.push(frames);
      stream = new Alignment(stream, frames, {
        toleranceNs: clock.toleranceNs,
        spreadNs: clock.spreadNs,
        donorPlacesLosses: donor.surveyed.placesLosses,
        // Where a card of each lost frames, the records miss some, and may agree by chance.
        proves: !(surveyed.lostUnseen && donor.surveyed.lostUnseen),
        ...{ guard, isMixed, mayBeShifted: clock.isAmbiguous },
        startTime: surveyed.startTime,
        endTime: surveyed.endTime,
        maxFrames: this.#options.maxFrames ?? DEFAULT_MAX_FRAMES,
        ...{ newGroup, groups: surveyed.groups },
      });
    }
    return new LaneHealer(surveyed, stream, donorOf);
  }

  async #write(
    capture: CaptureLanes,
    healers: readonly LaneHealer[],
    tally: HealTally,
    streams: readonly DonorStream[],
  ): Promise<void> {
    let frames = 0;
    let due = FRAMES_A_TURN;
    const tryPass: FrameTaker = (frame, recognised) => {
      if (frames >= due || !healers[frame.interfaceId]!.tryPass(frame, recognised, tally))
        return false;
      frames++;
      return true;
    };
    for (let item = capture.next(tryPass); item !== undefined; item = capture.next(tryPass)) {
      if (typeof item === 'function') {
        tally.other(item);
        continue;
      }
      healers[item.interfaceId]!.write(item, tally);
      if (++frames < due) continue;
      due = frames + FRAMES_A_TURN;
      const bytes = streams.reduce((sum, { bytesRead }) => sum + bytesRead, capture.bytesRead);
      const read = streams.reduce((sum, { framesRead }) => sum + framesRead, frames);
      if (this.#tell(read, bytes)) break;
      await nextTurn();
    }
  }

  #result(
    [healed, ...others]: readonly Survey[],
    pairings: readonly Pairing[],
    tally: HealTally,
  ): HealResult {
    const sources = pairings.map((pairing) => sourceOf(pairing, tally));
    const paired = new Set(pairings.map(({ donor }) => donor.path));
    return {
      frames: healed!.frames,
      ...tally.counts,
      unplaced: healed!.interfaces.reduce((sum, { unplaced }) => sum + unplaced, 0),
      gaps: tally.gaps,
      gapsOmitted: tally.counts.gapCount - tally.gaps.length,
      sources,
      unrelated: others.map(({ path }) => path).filter((path) => !paired.has(path)),
      mismatches: [healed!, ...others].flatMap(({ mismatches }) => mismatches),
      truncated: healed!.truncated,
      aborted: this.#options.signal?.aborted ?? false,
    };
  }
}

/** Takes one lane's frames, filled in ones and its own, and has them written. */
class LaneHealer {
  readonly #surveyed: SurveyedInterface;
  readonly #stream: PassableStream;
  readonly #donorOf: (frame: HeldFrame) => DonorInterface;
  /** The last frame of the lane, unless it was passed on: then these are its number and time. */
  #last: GapStart | undefined = undefined;
  #passedNumber = 0;
  #passedTime = 0;

  constructor(
    surveyed: SurveyedInterface,
    stream: PassableStream,
    donorOf: (frame: HeldFrame) => DonorInterface,
  ) {
    this.#surveyed = surveyed;
    this.#stream = stream;
    this.#donorOf = donorOf;
  }

  /** Writes a frame as it stands in the batch, where nothing is to be decided about it; says whether it did. */
  tryPass(frame: FileBatch, recognised: Recognised, tally: HealTally): boolean {
    const { frameNumber, lostBefore } = frame;
    if (lostBefore !== undefined || frameNumber === this.#surveyed.lastNumber) return false;
    const { key, time } = recognised;
    if (!this.#stream.canPass(key, time) || !tally.pass(frame)) return false;
    this.#stream.pass(frame, recognised);
    this.#last = undefined;
    this.#passedNumber = frameNumber;
    this.#passedTime = time;
    return true;
  }

  /** The last frame written. */
  #lastFrame(): GapStart | undefined {
    if (this.#last !== undefined || this.#passedNumber === 0) return this.#last;
    return { frameNumber: this.#passedNumber, time: this.#passedTime };
  }

  /** Writes the lane up to one of its own frames; after its last frame, all that follows. */
  write(frame: HeldFrame, tally: HealTally): void {
    const fills: HeldFrame[] = [];
    const ringFills: HeldFrame[] = [];
    let next = this.#stream.next();
    for (; next !== undefined && next !== frame; next = this.#stream.next()) {
      (next.fillsRing ? ringFills : fills).push(next);
    }
    tally.fills(ringFills, this.#donorOf);
    if (frame.gap === undefined) tally.frame(frame);
    else {
      const after = this.#lastFrame();
      tally.gap(this.#surveyed, { after, frame }, { fills, state: frame.gap }, this.#donorOf);
    }
    this.#last = frame;
    if (frame.frameNumber === this.#surveyed.lastNumber) this.#writeFinalGap(tally);
  }

  #writeFinalGap(tally: HealTally): void {
    const fills: HeldFrame[] = [];
    for (let next = this.#stream.next(); next !== undefined; next = this.#stream.next()) {
      fills.push(next);
    }
    const { finalLoss } = this.#surveyed;
    if (finalLoss === undefined) return;
    const state = newGapState(finalLoss);
    state.isCertain = fills.length === 0;
    const place = { after: this.#lastFrame(), frame: undefined };
    tally.gap(this.#surveyed, place, { fills, state }, this.#donorOf);
  }
}

function sourceOf({ healed, donor, clock }: Pairing, tally: HealTally): HealSource {
  const { described } = donor.surveyed;
  return {
    file: donor.path,
    interfaceId: described.id,
    interfaceName: described.name,
    healedInterfaceId: healed.described.id,
    filled: tally.filledBy.get(donor) ?? 0,
    shared: clock.shared,
    compared: clock.agreeing,
    offsetNs: clock.offsetNs,
    driftPpm: clock.driftPpm,
    toleranceNs: clock.toleranceNs,
  };
}

function refuseStream(path: string): void {
  const status = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
  // What isn't there, and a folder, are refused where they are read, with the reason.
  if (path !== '-' && (status === undefined || status.isFile() || status.isDirectory())) return;
  throw new ArgumentError('READ_TWICE', `${path} can be read only once; healing reads it twice.`, {
    argument: 'path',
    value: path,
    expected: 'a file',
    hint: 'Put it into a file first.',
  });
}

/** An upper estimate: compressed frames take some bytes. */
function framesAtMost(path: string): number {
  return sizeOf(path) / (/\.(gz|zst)$/.test(path) ? LEAST_COMPRESSED_BYTES : LEAST_FRAME_BYTES);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
