/**
 * Judges a capture of numbered frames: for every two neighbouring frames, what the file says was
 * lost between them against what their numbers prove.
 *
 * It shares no code with the writer and readers of `src/pcapng`: a plain walk from block to block
 * by the length words, over little-endian pcapng as gapcap writes it. Memory is constant; two
 * million frames take about a second.
 *
 * Block layouts: draft-ietf-opsawg-pcapng, sections 4.1 (SHB), 4.3 (EPB), 4.6 (ISB).
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { FormatError } from '../core/errors.js';
import { type GapMark, GroundTruthLane, type WrongGap } from './ground-truth-lane.js';
import { readStreamId, tryReadSequence } from './numbered-frame.js';

/** What is known of the sending side, and how the frames are told apart. */
export interface GroundTruthOptions {
  /** Number of the first frame sent; without it, loss before the first frame isn't judged. */
  readonly firstSent?: number;
  /** Number of the last frame sent; without it, the final gap isn't judged. */
  readonly lastSent?: number;
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
}

/** The verdict. */
export interface GroundTruth {
  /** True when nothing at all contradicts what was sent: no gap is wrong, none unjudged. */
  readonly right: boolean;
  /** Numbered frames in the file. */
  readonly frames: number;
  /** Frames that aren't numbered, or of another stream than the first of their interface. */
  readonly foreignFrames: number;
  /** Places where frames are missing, the one before the first frame included. */
  readonly gaps: number;
  /** Places, marked or not, where the file says exactly what is missing and is right (> 0). */
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

const SECTION_HEADER_BLOCK = 0x0a0d0d0a;
const INTERFACE_STATISTICS_BLOCK = 5;
const ENHANCED_PACKET_BLOCK = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

const OPT_COMMENT = 1;
const EPB_DROPCOUNT = 4;
const EPB_QUEUE = 6;
const ISB_OSDROP = 7;

const CHUNK_BYTES = 4 << 20;

/**
 * Reads a capture of numbered frames and judges every gap.
 *
 * A gap not marked otherwise must be exact: epb_dropcount (absent: 0) equals the number of missing
 * frames. A frame whose comment is `gapcap: bounded, at least A and at most B frames lost here; the
 * sum over group G is exact` must miss A to B frames, and over all frames of group G of its
 * interface the sum of what is missing equals the sum of what is recorded.
 *
 * @throws {FormatError} where the file isn't little-endian pcapng, or ends inside a block
 */
export function judgeCapture(path: string, options: GroundTruthOptions = {}): GroundTruth {
  const judge = new CaptureJudge(options);
  forEachBlock(path, (type, view, start, end) => {
    if (type === ENHANCED_PACKET_BLOCK) judge.takePacket(view, start, end);
    else if (type === INTERFACE_STATISTICS_BLOCK) judge.takeStatistics(view, start, end);
  });
  return judge.verdict();
}

class CaptureJudge {
  readonly #options: GroundTruthOptions;
  readonly #lanes = new Map<number, GroundTruthLane>();
  /** Σ epb_dropcount and the last isb_osdrop of each interface. */
  readonly #recorded = new Map<number, number>();
  readonly #osDrop = new Map<number, number>();
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

  takePacket(view: DataView, start: number, end: number): void {
    this.#frameNumber++;
    const interfaceId = view.getUint32(start, true);
    const capturedLength = view.getUint32(start + 12, true);
    const data = start + 20;
    this.#readPacketOptions(view, data + ((capturedLength + 3) & ~3), end);
    const mark = this.#mark;
    if (mark.recorded !== 0) {
      addTo(this.#recorded, interfaceId, mark.recorded);
    }
    const key = this.#options.perQueue === true ? interfaceId * 65536 + this.#queue : interfaceId;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = new GroundTruthLane(interfaceId, this.#options.firstSent);
      this.#lanes.set(key, lane);
    }
    const sequence = tryReadSequence(view, data, capturedLength);
    if (sequence === undefined) lane.takeForeign(this.#frameNumber, mark);
    else lane.take(this.#frameNumber, readStreamId(view, data), sequence, mark);
  }

  takeStatistics(view: DataView, start: number, end: number): void {
    const interfaceId = view.getUint32(start, true);
    forEachOption(view, start + 12, end, (code, value) => {
      if (code === ISB_OSDROP) this.#osDrop.set(interfaceId, readU64(view, value));
    });
  }

  verdict(): GroundTruth {
    const lanes = [...this.#lanes.values()];
    for (const lane of lanes) lane.finish();
    const finalGaps = this.#finalGaps();
    const total = (value: (lane: GroundTruthLane) => number): number =>
      lanes.reduce((sum, lane) => sum + value(lane), 0);
    const sequences = lanes.flatMap((l) => (l.first === undefined ? [] : [l.first, l.last!]));
    const wrongCount = total((l) => l.wrongCount);
    const disorder = total((l) => l.disorder);
    const finalRight = finalGaps.every((gap) => gap.recorded === gap.missing);
    return {
      right: wrongCount === 0 && disorder === 0 && finalRight,
      frames: total((l) => l.frames),
      foreignFrames: total((l) => l.foreignFrames),
      gaps: total((l) => l.gaps),
      exactRight: total((l) => l.exactRight),
      bounded: {
        marked: total((l) => l.markedCount),
        splitRight: total((l) => l.splitRight),
        groups: total((l) => l.groupCount),
      },
      wrongCount,
      wrong: lanes.flatMap((l) => l.wrong).slice(0, 20),
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
    if (lastSent === undefined) return [];
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
      return {
        interfaceId,
        missing: count,
        recorded:
          osDrop === undefined ? undefined : osDrop - placed + (carried.get(interfaceId) ?? 0),
      };
    });
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
        const bytes = new Uint8Array(view.buffer, view.byteOffset + value, length);
        const text = Buffer.from(bytes).toString('utf8');
        if (text.startsWith('gapcap: bounded')) this.#mark.comment = text;
      }
    });
  }
}

function addTo(sums: Map<number, number>, key: number, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

/** Calls with each option's code, the offset of its value and that value's length. */
function forEachOption(
  view: DataView,
  start: number,
  end: number,
  take: (code: number, value: number, length: number) => void,
): void {
  let at = start;
  while (at + 4 <= end) {
    const code = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    if (code === 0 || at + 4 + length > end) return;
    take(code, at + 4, length);
    at += 4 + ((length + 3) & ~3);
  }
}

function readU64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

/** Calls with each block's type and where its body is in the view; the view is reused. */
function forEachBlock(
  path: string,
  take: (type: number, view: DataView, bodyStart: number, bodyEnd: number) => void,
): void {
  const fd = openSync(path, 'r');
  try {
    let buffer = new Uint8Array(CHUNK_BYTES);
    let view = new DataView(buffer.buffer);
    let filled = 0;
    /** Where in the file the buffer begins. */
    let position = 0;
    for (;;) {
      const read = readSync(fd, buffer, filled, buffer.length - filled, null);
      filled += read;
      let at = 0;
      let length = 0;
      while (at + 12 <= filled) {
        length = blockLength(view, at, position);
        if (at + length > filled) break;
        if (view.getUint32(at + length - 4, true) !== length) {
          throw badBlock('its two lengths differ', position + at);
        }
        take(view.getUint32(at, true), view, at + 8, at + length - 4);
        at += length;
        length = 0;
      }
      buffer.copyWithin(0, at, filled);
      filled -= at;
      position += at;
      if (length > buffer.length) {
        const larger = new Uint8Array(length);
        larger.set(buffer.subarray(0, filled));
        buffer = larger;
        view = new DataView(buffer.buffer);
      } else if (read === 0) {
        if (filled > 0) throw badBlock('the file ends inside it', position);
        return;
      }
    }
  } finally {
    closeSync(fd);
  }
}

function blockLength(view: DataView, at: number, position: number): number {
  const type = view.getUint32(at, true);
  if (position + at === 0 && type !== SECTION_HEADER_BLOCK) {
    throw badBlock('a pcapng file begins with a section header', 0);
  }
  if (type === SECTION_HEADER_BLOCK && view.getUint32(at + 8, true) !== BYTE_ORDER_MAGIC) {
    throw badBlock('only little-endian sections are judged', position + at);
  }
  const length = view.getUint32(at + 4, true);
  if (length < 12 || length % 4 !== 0) throw badBlock(`length ${length}`, position + at);
  return length;
}

function badBlock(reason: string, offset: number): FormatError {
  return new FormatError('BAD_BLOCK', `Can't judge the block at byte ${offset}: ${reason}.`, {
    offset,
  });
}
