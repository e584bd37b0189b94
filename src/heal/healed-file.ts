/** The output of healing: the capture as it was, the frames filled in, and what is still missing. */

import { basename } from 'node:path';
import type { Loss } from '../core/loss.js';
import { formatEpochNs, NS_PER_SECOND, toEpochNs } from '../core/timestamp.js';
import { copySectionHeader, describePcapInterface } from '../edit/description-copy.js';
import type { InterfaceRecord } from '../edit/interface-record.js';
import { BlockBuilder } from '../pcapng/block-builder.js';
import { BlockEncoder, type BlockOutput } from '../pcapng/block-encoder.js';
import { BlockType, CommonOption, InterfaceOption } from '../pcapng/constants.js';
import type { FrameExtras } from '../pcapng/frame-extras.js';
import { copiableOptions } from '../pcapng/frame-options.js';
import { blockInLittleEndian } from '../pcapng/little-endian.js';
import { tryParseLossComment } from '../pcapng/loss-options.js';
import type { RawBlock } from '../pcapng/pcapng-reader.js';
import type { InterfaceStatistics } from '../pcapng/statistics.js';
import type { FileBatch } from '../source/format-reader.js';
import { healStatistics } from './healed-statistics.js';
import { blockOf, EPB_HEADER_BYTES, type HeldFrame } from './held-frame.js';
import type { SurveyedInterface } from './survey.js';

const INTERFACE_OPTIONS_AT = 16;
const NANOSECONDS = 9;
/** Frames passed on that take so much are written from where they lie, without a copy of them. */
const LONG_RUN_BYTES: number = 256 * 1024;

/** Where frames filled in come from. */
export interface DonorInterface {
  readonly path: string;
  readonly surveyed: SurveyedInterface;
}

/** What the output has of one interface of a donor, in the present section. */
interface DonorRecord {
  readonly outputId: number;
  frames: number;
  lastNs: bigint;
}

/** What the output has of one interface of the healed capture. */
interface OwnRecord {
  readonly record: InterfaceRecord;
  outputId: number;
  filled: number;
  hasPlaces: boolean;
  finalLoss: { readonly left: Loss | undefined } | undefined;
}

/** Writes the output, little-endian pcapng. */
export class HealedFile {
  readonly #encoder: BlockEncoder;
  readonly #output: BlockOutput;
  /** Blocks that are to be written as they are. */
  #run: { readonly bytes: Uint8Array; readonly words: Int32Array } | undefined = undefined;
  #runStart = 0;
  #runEnd = 0;
  readonly #baseSeconds: number;
  readonly #own = new Map<number, OwnRecord>();
  readonly #donors = new Map<DonorInterface, DonorRecord>();
  #interfaceCount = 0;
  #placesLosses: boolean = false;

  /** @param baseSeconds the second, since 1970, that times of frames count from */
  constructor(output: BlockOutput, bufferBytes: number, baseSeconds: number) {
    this.#encoder = new BlockEncoder(output, { bufferBytes });
    this.#output = output;
    this.#baseSeconds = baseSeconds;
  }

  /** The encoder, once all frames passed on are with it. */
  get #out(): BlockEncoder {
    this.endRun();
    return this.#encoder;
  }

  /**
   * Writes a frame of the capture as its block stands in the batch, where it may stay as it is; else does
   * nothing. Blocks that lie beside each other are written at once, at `endRun` at the latest.
   *
   * @returns whether it was written
   */
  passFrame({ interfaceId, bytes, words, byteOffset }: FileBatch): boolean {
    const at = byteOffset - EPB_HEADER_BYTES;
    const first = at >>> 2;
    if (at < 0 || (at & 3) !== 0 || words[first] !== BlockType.EnhancedPacket) return false;
    if (words[first + 2] !== this.#own.get(interfaceId)!.outputId) return false;
    if (bytes !== this.#run?.bytes || at !== this.#runEnd) {
      this.endRun();
      this.#run = { bytes, words };
      this.#runStart = at;
    }
    this.#runEnd = at + words[first + 1]!;
    return true;
  }

  /** Hands on frames that were passed on; to be called before their bytes are overwritten. */
  endRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    if (this.#runEnd - this.#runStart < LONG_RUN_BYTES) {
      this.#encoder.frames(run, this.#runStart >>> 2, this.#runEnd >>> 2);
      return;
    }
    this.#encoder.flush();
    this.#output.write(run.bytes.subarray(this.#runStart, this.#runEnd));
  }

  /** Begins a section with the capture's own header, little-endian. */
  section(header: Uint8Array, placesLosses: boolean): void {
    this.endSection();
    this.#out.rawBlock(copySectionHeader(header, false));
    this.#interfaceCount = 0;
    this.#placesLosses = placesLosses;
  }

  /** Ends the section: the donors' interfaces get their statistics. */
  endSection(): void {
    for (const [{ path }, { outputId, frames, lastNs }] of this.#donors) {
      this.#out.interfaceStatistics(outputId, {
        timestampNs: lastNs,
        received: frames,
        dropped: 0,
        delivered: frames,
        comment: `gapcap: healed, counts of the frames filled in from ${basename(path)}`,
      });
    }
    this.#donors.clear();
  }

  /** Describes an interface of the capture; `block` is little-endian, undefined for pcap. */
  ownInterface(record: InterfaceRecord, block: Uint8Array | undefined): void {
    const { described } = record;
    this.#out.rawBlock(block ?? describePcapInterface({ ...described, fcsLength: undefined }, 0));
    const outputId = this.#interfaceCount++;
    this.#own.set(described.id, {
      ...{ record, outputId, filled: 0, hasPlaces: false, finalLoss: undefined },
    });
  }

  /** Writes any other block as it is. */
  otherBlock(block: RawBlock): void {
    this.#out.rawBlock(blockInLittleEndian(block.type, block.byteOrder, block.bytes).bytes);
  }

  /** Writes statistics, less what was filled in so far. */
  statistics(interfaceId: number, block: Uint8Array, meaning: InterfaceStatistics): void {
    const { outputId, filled, finalLoss, hasPlaces, record } = this.#own.get(interfaceId)!;
    const lossesPlaced = !this.#placesLosses && (hasPlaces || record.writerPlacesLosses);
    this.#out.rawBlock(
      healStatistics(block, meaning, { outputId, filled, finalLoss, lossesPlaced }),
    );
  }

  /**
   * Writes a frame of the capture.
   *
   * @param filled how many frames were filled in before it
   * @param left what is still missing before it
   */
  ownFrame(frame: HeldFrame, filled: number, left: Loss | undefined): void {
    const own = this.#own.get(frame.interfaceId)!;
    const { outputId, record } = own;
    const recorded = frame.gap?.recorded;
    if (recorded !== undefined) own.hasPlaces = true;
    own.filled += filled;
    if (frame.isSimple) {
      this.#simpleFrame(frame);
      return;
    }
    const isSame = filled === 0 && isSameLoss(recorded, left);
    if (frame.blockLength > 0 && isSame) {
      this.#out.rawBlock(blockOf(frame, outputId));
      return;
    }
    frame.lostBefore = left;
    const extras: FrameExtras = { interfaceId: outputId };
    if (frame.queue !== undefined) extras.queue = frame.queue;
    const isPlain = record.inNanoseconds && frame.hasTimestamp;
    const { ticksHigh, ticksLow } = frame;
    if (!isPlain && ticksHigh !== undefined) extras.ticks = { ticksHigh, ticksLow };
    const comments = ownComments(frame);
    if (!isSame) comments.push(healedComment(recorded!, filled));
    if (comments.length > 0) extras.comments = comments;
    if (frame.options !== undefined) extras.options = copiableOptions(frame.options);
    this.#out.frame(frame, extras);
  }

  /** Writes a frame that fills a gap of the capture. */
  filledFrame(frame: HeldFrame, donor: DonorInterface): void {
    const theirs = `${formatEpochNs(toEpochNs(frame.seconds, frame.nanoseconds))}`;
    const { path } = donor;
    let record = this.#donors.get(donor);
    if (record === undefined) {
      this.#out.rawBlock(describeDonor(donor));
      record = { outputId: this.#interfaceCount++, frames: 0, lastNs: 0n };
      this.#donors.set(donor, record);
    }
    const seconds = Math.floor(frame.time / NS_PER_SECOND);
    frame.seconds = this.#baseSeconds + seconds;
    frame.nanoseconds = frame.time - seconds * NS_PER_SECOND;
    frame.lostBefore = undefined;
    record.frames++;
    record.lastNs = toEpochNs(frame.seconds, frame.nanoseconds);
    const comment = `gapcap: filled in from ${basename(path)}, frame ${frame.frameNumber}, where its time is ${theirs}`;
    const extras: FrameExtras = {
      interfaceId: record.outputId,
      comments: [...ownComments(frame), comment],
    };
    if (frame.queue !== undefined) extras.queue = frame.queue;
    if (frame.options !== undefined) extras.options = copiableOptions(frame.options);
    this.#out.frame(frame, extras);
  }

  /** Takes note of what is left of an interface's final gap, for its statistics. */
  finalGap(interfaceId: number, filled: number, left: Loss | undefined): void {
    const own = this.#own.get(interfaceId)!;
    own.filled += filled;
    own.finalLoss = { left };
  }

  /** Hands everything on. */
  flush(): void {
    this.#out.flush();
  }

  #simpleFrame({ bytes, byteOffset, capturedLength, originalLength }: HeldFrame): void {
    const builder = new BlockBuilder();
    builder.u32(originalLength);
    builder.padded(bytes.subarray(byteOffset, byteOffset + capturedLength));
    this.#out.rawBlock(builder.finish(BlockType.SimplePacket));
  }
}

function isSameLoss(first: Loss | undefined, second: Loss | undefined): boolean {
  return (
    first === second ||
    (first?.lost === second?.lost &&
      first?.atLeast === second?.atLeast &&
      first?.atMost === second?.atMost)
  );
}

function ownComments(frame: HeldFrame): string[] {
  return (frame.comments ?? []).filter((text) => tryParseLossComment(text) === undefined);
}

function healedComment({ certainty, lost }: Loss, filled: number): string {
  const about = certainty === 'exact' ? '' : 'about ';
  return `gapcap: healed, of ${about}${lost} frames lost before this one ${filled} are filled in`;
}

/** A donor's interface, with times in nanoseconds whatever they were in. */
function describeDonor({ path, surveyed }: DonorInterface): Uint8Array {
  const block = surveyed.block ?? describePcapInterface(surveyed.described, 0);
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const builder = new BlockBuilder();
  for (let at = 8; at < INTERFACE_OPTIONS_AT; at += 4) builder.u32(view.getUint32(at, true));
  builder.textOption(
    CommonOption.Comment,
    `gapcap: frames of ${basename(path)} that fill gaps of this capture; their times are by this capture's clock`,
  );
  builder.option(InterfaceOption.TimestampResolution, Uint8Array.of(NANOSECONDS));
  for (let at = INTERFACE_OPTIONS_AT; at + 4 <= block.length - 4; ) {
    const code = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    if (code === CommonOption.End) break;
    const isOfTime =
      code === InterfaceOption.TimestampResolution || code === InterfaceOption.TimestampOffset;
    if (!isOfTime) builder.option(code, block.subarray(at + 4, at + 4 + length));
    at += 4 + ((length + 3) & ~3);
  }
  return builder.finish(BlockType.InterfaceDescription);
}
