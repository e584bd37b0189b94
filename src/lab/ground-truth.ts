/**
 * Judges a capture of numbered frames: for every two neighbouring frames, what the file says was
 * lost between them against what their numbers prove.
 *
 * It shares no code with the writer and readers of `src/pcapng`; see `block-walk.ts`. Memory is
 * constant; two million frames take less than a second.
 *
 * Block layouts: draft-ietf-opsawg-pcapng, sections 4.1 (SHB), 4.3 (EPB), 4.6 (ISB).
 */

import { readStreamId, tryReadSequence } from '../core/numbered-frame.js';
import { forEachBlock, forEachOption, readU64 } from './block-walk.js';
import { BOUNDED_PREFIX, BoundedGroups, type BoundedMark, tryReadMark } from './bounded-groups.js';
import { type GapMark, GroundTruthLane, type WrongGap } from './ground-truth-lane.js';

/** What is known of the sending side, and how the frames are told apart. */
export interface GroundTruthOptions {
  /** Number of the first frame sent; without it, loss before the first frame isn't judged. */
  readonly firstSent?: number;
  /** Number of the last frame sent; without it, the final gap isn't judged. */
  readonly lastSent?: number | undefined;
  /**
   * Judges each (interface, epb_queue) by itself; for several rings on one interface where each
   * stream of numbers stays on one ring.
   */
  readonly perQueue?: boolean;
}

/** The final gap of one interface: what the totals say against what was sent. */
export interface FinalGap {
  readonly interfaceId: number;
  /** Frames sent after the last one delivered. */
  readonly missing: number;
  /** isb_osdrop − Σ epb_dropcount; undefined where the file has no such total. */
  readonly recorded: number | undefined;
  /** Where the last statistics mark it as bounded: between what `missing` must lie. */
  readonly bounds: BoundedMark | undefined;
}

/** The verdict. */
export interface GroundTruth {
  /** True when nothing contradicts what was sent: no gap, no sum, no final gap, no order. */
  readonly right: boolean;
  /** Numbered frames in the file. */
  readonly frames: number;
  /** Frames that aren't numbered, or of another stream than the first of their interface. */
  readonly foreignFrames: number;
  /** Places where frames are missing, the one before the first frame included. */
  readonly gaps: number;
  /** Of those, how many aren't marked as bounded and are recorded with the very number. */
  readonly exactRight: number;
  readonly bounded: {
    /** Frames that carry a `gapcap: bounded` comment. */
    readonly marked: number;
    /** Of those, how many state the very number that is missing all the same. */
    readonly splitRight: number;
    readonly groups: number;
  };
  readonly wrongCount: number;
  /** The first 20 that are wrong. */
  readonly wrong: readonly WrongGap[];
  /** Neighbouring frames whose numbers don't go up: sent or captured out of order, or twice. */
  readonly disorder: number;
  /** Frames missing before, between and after the delivered ones. */
  readonly missingTotal: number;
  /** What the file accounts for: all epb_dropcount and the final gaps. */
  readonly recordedTotal: number;
  /** Lowest and highest number in the file; undefined where there is no numbered frame. */
  readonly firstSequence: number | undefined;
  readonly lastSequence: number | undefined;
  /** One for each interface with numbered frames, where `lastSent` is given. */
  readonly finalGaps: readonly FinalGap[];
}

const INTERFACE_STATISTICS_BLOCK = 5;
const ENHANCED_PACKET_BLOCK = 6;

const OPT_COMMENT = 1;
const EPB_DROPCOUNT = 4;
const EPB_QUEUE = 6;
const ISB_FILTERACCEPT = 6;
const ISB_OSDROP = 7;
const ISB_USRDELIV = 8;

/**
 * Reads a capture of numbered frames and judges every gap.
 *
 * A gap not marked otherwise must be exact: epb_dropcount (absent: 0) equals the number of missing
 * frames. A frame whose comment is `gapcap: bounded, at least A and at most B frames lost here; the
 * sum over group G is exact` must miss A to B frames, and over all frames of group G of its
 * interface the sum of what is missing equals the sum of what is recorded. The same comment on the last statistics
 * block of an interface speaks of the final gap.
 *
 * @throws {FormatError} where the file isn't little-endian pcapng, or ends inside a block
 */
export function judgeCapture(path: string, options: GroundTruthOptions = {}): GroundTruth {
  const judge = new CaptureJudge(options);
  judge.takeFile(path);
  return judge.verdict();
}

/**
 * Judges the files of one capture, in their order, as the one stream of frames that they are.
 *
 * Beyond what `judgeCapture` holds a file to: every frame is in one file only, and each file's last
 * statistics of an interface obey the law by themselves: isb_usrdeliv is its frames in that file, and
 * in all files but the last isb_osdrop is the sum of its epb_dropcount there and isb_filteraccept is
 * both together. The final gap is the last file's. Frame numbers in `wrong` count within their file.
 *
 * @param paths one or more, oldest first
 * @throws {FormatError} as `judgeCapture`
 */
export function judgeCaptures(
  paths: readonly string[],
  options: GroundTruthOptions = {},
): GroundTruth {
  const judge = new CaptureJudge(options);
  for (const [i, path] of paths.entries()) {
    judge.takeFile(path);
    judge.checkTotals(path, i === paths.length - 1);
    if (i < paths.length - 1) judge.finishFile();
  }
  return judge.verdict();
}

/**
 * Does what `judgeCaptures` does with one file after the other, as each is finished: for captures whose
 * files don't all exist at the same time.
 */
export class SeriesJudge {
  readonly #options: { firstSent: number; lastSent: number | undefined };
  readonly #judge: CaptureJudge;

  /** @param firstSent number of the first frame sent */
  constructor(firstSent: number) {
    this.#options = { firstSent, lastSent: undefined };
    this.#judge = new CaptureJudge(this.#options);
  }

  /** Takes the next file, which isn't the last one. */
  take(path: string): void {
    this.#judge.takeFile(path);
    this.#judge.checkTotals(path, false);
    this.#judge.finishFile();
  }

  /** Takes the last file, and gives the verdict on all. */
  finish(path: string, lastSent: number): GroundTruth {
    this.#options.lastSent = lastSent;
    this.#judge.takeFile(path);
    this.#judge.checkTotals(path, true);
    return this.#judge.verdict();
  }
}

class CaptureJudge {
  readonly #options: GroundTruthOptions;
  readonly #lanes = new Map<number, GroundTruthLane>();
  /** Σ epb_dropcount and the last isb_osdrop of each interface. */
  readonly #recorded = new Map<number, number>();
  readonly #osDrop = new Map<number, number>();
  /** Frame blocks, the last isb_filteraccept and isb_usrdeliv of each interface in this file. */
  readonly #packets = new Map<number, number>();
  readonly #filterAccept = new Map<number, number>();
  readonly #userDelivered = new Map<number, number>();
  readonly #wrongTotals: WrongGap[] = [];
  readonly #finalMarks = new Map<number, string>();
  readonly #groups = new Map<number, BoundedGroups>();
  /** The frame's options, read into one object for all frames. */
  readonly #mark: { -readonly [K in keyof GapMark]: GapMark[K] } = {
    recorded: 0,
    comment: undefined,
  };
  #queue = 0;
  #frameNumber = 0;

  constructor(options: GroundTruthOptions) {
    this.#options = options;
  }

  takeFile(path: string): void {
    forEachBlock(path, (type, view, start, end) => {
      if (type === ENHANCED_PACKET_BLOCK) this.takePacket(view, start, end);
      else if (type === INTERFACE_STATISTICS_BLOCK) this.takeStatistics(view, start, end);
    });
  }

  /** Holds the totals of the file just read against its blocks. */
  checkTotals(path: string, last: boolean): void {
    for (const [interfaceId, packets] of this.#packets) {
      const wrong = (what: string, missing: number, recorded: number | undefined): void => {
        if (recorded === missing) return;
        const reason = `${what} of ${path} contradicts its frames`;
        const wrongTotal = { frame: undefined, interfaceId, missing, reason };
        this.#wrongTotals.push({ ...wrongTotal, recorded: recorded ?? Number.NaN });
      };
      wrong('isb_usrdeliv', packets, this.#userDelivered.get(interfaceId));
      if (last) continue;
      const dropped = this.#recorded.get(interfaceId) ?? 0;
      wrong('isb_osdrop', dropped, this.#osDrop.get(interfaceId));
      wrong('isb_filteraccept', packets + dropped, this.#filterAccept.get(interfaceId));
    }
  }

  /** Makes ready for the next file of the same capture. */
  finishFile(): void {
    const { size } = this.#finalMarks;
    if (size > 0) throw new Error('A finished file has no final gap that could be bounded');
    for (const counts of [this.#recorded, this.#osDrop, this.#packets]) counts.clear();
    for (const counts of [this.#filterAccept, this.#userDelivered]) counts.clear();
    this.#frameNumber = 0;
  }

  takePacket(view: DataView, start: number, end: number): void {
    this.#frameNumber++;
    const interfaceId = view.getUint32(start, true);
    const capturedLength = view.getUint32(start + 12, true);
    const data = start + 20;
    this.#packets.set(interfaceId, (this.#packets.get(interfaceId) ?? 0) + 1);
    this.#readPacketOptions(view, data + ((capturedLength + 3) & ~3), end);
    const mark = this.#mark;
    if (mark.recorded !== 0) {
      addTo(this.#recorded, interfaceId, mark.recorded);
    }
    const key = this.#options.perQueue === true ? interfaceId * 65536 + this.#queue : interfaceId;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const groups = this.#groupsOf(interfaceId);
      lane = new GroundTruthLane(interfaceId, groups, this.#options.firstSent);
      this.#lanes.set(key, lane);
    }
    const sequence = tryReadSequence(view, data, capturedLength);
    if (sequence === undefined) lane.takeForeign(this.#frameNumber, mark);
    else lane.take(this.#frameNumber, readStreamId(view, data), sequence, mark);
  }

  takeStatistics(view: DataView, start: number, end: number): void {
    const interfaceId = view.getUint32(start, true);
    this.#finalMarks.delete(interfaceId);
    forEachOption(view, start + 12, end, (code, value, length) => {
      if (code === ISB_OSDROP) this.#osDrop.set(interfaceId, readU64(view, value));
      else if (code === ISB_FILTERACCEPT) {
        this.#filterAccept.set(interfaceId, readU64(view, value));
      } else if (code === ISB_USRDELIV) this.#userDelivered.set(interfaceId, readU64(view, value));
      else if (code === OPT_COMMENT) {
        const comment = tryReadBoundedComment(view, value, length);
        if (comment !== undefined) this.#finalMarks.set(interfaceId, comment);
      }
    });
  }

  verdict(): GroundTruth {
    const lanes = [...this.#lanes.values()];
    const finalGaps = this.#finalGaps();
    const wrongSums = [...this.#wrongSums(), ...this.#wrongTotals];
    const total = (value: (lane: GroundTruthLane) => number): number =>
      lanes.reduce((sum, lane) => sum + value(lane), 0);
    const sequences = lanes.flatMap((l) => (l.first === undefined ? [] : [l.first, l.last!]));
    const wrongCount = total((l) => l.wrongCount) + wrongSums.length;
    const disorder = total((l) => l.disorder);
    const finalRight = finalGaps.every(isFinalGapRight);
    return {
      right: wrongCount === 0 && disorder === 0 && finalRight,
      frames: total((l) => l.frames),
      foreignFrames: total((l) => l.foreignFrames),
      gaps: total((l) => l.gaps),
      exactRight: total((l) => l.exactRight),
      bounded: {
        marked: total((l) => l.markedCount),
        splitRight: total((l) => l.splitRight),
        groups: [...this.#groups.values()].reduce((sum, groups) => sum + groups.count, 0),
      },
      wrongCount,
      wrong: [...lanes.flatMap((l) => l.wrong), ...wrongSums].slice(0, 20),
      disorder,
      missingTotal: total((l) => l.missing) + finalGaps.reduce((sum, g) => sum + g.missing, 0),
      recordedTotal:
        total((l) => l.recorded) + finalGaps.reduce((sum, g) => sum + (g.recorded ?? 0), 0),
      firstSequence:
        sequences.length === 0 ? undefined : sequences.reduce((a, b) => Math.min(a, b)),
      lastSequence: sequences.length === 0 ? undefined : sequences.reduce((a, b) => Math.max(a, b)),
      finalGaps,
    };
  }

  #finalGaps(): FinalGap[] {
    const { firstSent, lastSent } = this.#options;
    if (lastSent === undefined) {
      for (const [id, comment] of this.#finalMarks) {
        const mark = tryReadMark(comment);
        if (mark !== undefined) this.#groupsOf(id).leaveOut(mark.group);
      }
      return [];
    }
    const missing = new Map<number, number>();
    const carried = new Map<number, number>();
    for (const lane of this.#lanes.values()) {
      if (lane.last === undefined) continue;
      addTo(missing, lane.interfaceId, lastSent - lane.last);
      addTo(carried, lane.interfaceId, lane.carried);
    }
    if (missing.size === 0 && firstSent !== undefined) {
      // Not one numbered frame was delivered: all that was sent is missing.
      for (const id of this.#osDrop.keys()) missing.set(id, lastSent - firstSent + 1);
    }
    return [...missing].map(([interfaceId, count]) => {
      const osDrop = this.#osDrop.get(interfaceId);
      const placed = this.#recorded.get(interfaceId) ?? 0;
      const recorded =
        osDrop === undefined ? undefined : osDrop - placed + (carried.get(interfaceId) ?? 0);
      const bounds = tryReadMark(this.#finalMarks.get(interfaceId) ?? '');
      if (bounds !== undefined) {
        this.#groupsOf(interfaceId).add(bounds.group, count, recorded ?? 0);
      }
      return { interfaceId, missing: count, recorded, bounds };
    });
  }

  /** To be called when all gaps are in the groups, the final ones too. */
  #wrongSums(): WrongGap[] {
    return [...this.#groups].flatMap(([interfaceId, groups]) =>
      groups.wrongSums().map(({ group, missing, recorded }) => ({
        frame: undefined,
        interfaceId,
        missing,
        recorded,
        reason: `the sum over group ${group} is not exact`,
      })),
    );
  }

  #groupsOf(interfaceId: number): BoundedGroups {
    let groups = this.#groups.get(interfaceId);
    if (groups === undefined) {
      groups = new BoundedGroups();
      this.#groups.set(interfaceId, groups);
    }
    return groups;
  }

  #readPacketOptions(view: DataView, start: number, end: number): void {
    this.#mark.recorded = 0;
    this.#mark.comment = undefined;
    this.#queue = 0;
    // Most frames have no loss before them and hardly any options: no closure for those.
    if (start + 4 > end) return;
    forEachOption(view, start, end, (code, value, length) => {
      if (code === EPB_DROPCOUNT) this.#mark.recorded = readU64(view, value);
      else if (code === EPB_QUEUE) this.#queue = view.getUint32(value, true);
      else if (code === OPT_COMMENT) {
        this.#mark.comment = tryReadBoundedComment(view, value, length) ?? this.#mark.comment;
      }
    });
  }
}

/** A final gap that isn't marked must be exact; the sum of a marked one is its group's affair. */
function isFinalGapRight({ missing, recorded, bounds }: FinalGap): boolean {
  if (bounds === undefined) return missing === recorded;
  return recorded !== undefined && missing >= bounds.atLeast && missing <= bounds.atMost;
}

function tryReadBoundedComment(view: DataView, at: number, length: number): string | undefined {
  const text = Buffer.from(view.buffer, view.byteOffset + at, length).toString('utf8');
  return text.startsWith(BOUNDED_PREFIX) ? text : undefined;
}

function addTo(sums: Map<number, number>, key: number, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}
