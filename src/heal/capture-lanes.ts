/** The capture that is healed, read as its file's order of frames and blocks and as one lane for each interface. */

import { VERSION } from '../core/version.js';
import { CopyInput } from '../edit/copy-input.js';
import type { CopySink, InterfaceOrigin } from '../edit/copy-sink.js';
import { newSectionHeader } from '../edit/description-copy.js';
import { InterfaceRecord } from '../edit/interface-record.js';
import type { RawBlock } from '../pcapng/pcapng-reader.js';
import type { InterfaceStatistics } from '../pcapng/statistics.js';
import type { FileBatch } from '../source/format-reader.js';
import { ContentKeys } from './content-keys.js';
import { Deque } from './deque.js';
import type { PassableStream } from './frame-stream.js';
import type { HealedFile } from './healed-file.js';
import { FrameKeeper, type HeldFrame, type Recognised } from './held-frame.js';
import { type MatchedFrame, PassedFrame, type PassingFrame } from './passed-frame.js';
import { RecognisedRun } from './recognised-run.js';
import { markRing, type SpanReader } from './ring-spans.js';
import type { Beginnings, Survey, SurveyedInterface } from './survey.js';

/** What comes next in the file: a frame, or something to be written. */
export type CaptureItem = HeldFrame | ((output: HealedFile) => void);

/** Takes a frame as it stands in the batch, or doesn't. */
export type FrameTaker = (frame: FileBatch, recognised: Recognised) => boolean;

/** One interface's frames, as far as the file was read. */
export class CaptureLane implements PassableStream {
  readonly surveyed: SurveyedInterface;
  readonly #waiting = new Deque<HeldFrame>();
  readonly #readOn: () => boolean;
  readonly #passed: PassedFrame;
  readonly #spans: SpanReader;
  #lastGiven = 0;

  /** @param readOn reads one more item of the file into its lane; false at the end */
  constructor(surveyed: SurveyedInterface, keys: ContentKeys, readOn: () => boolean) {
    this.surveyed = surveyed;
    this.#readOn = readOn;
    this.#passed = new PassedFrame(keys);
    this.#spans = surveyed.spans.groupReader();
  }

  canPass(): boolean {
    return this.#waiting.length === 0;
  }

  pass(frame: PassingFrame, { key, linkType }: Recognised): MatchedFrame {
    this.#lastGiven = frame.frameNumber;
    this.#passed.set(frame, key, linkType);
    return this.#passed;
  }

  /** The bytes of frames passed on are about to be overwritten. */
  settle(): void {
    this.#passed.settle();
  }

  get finalLoss(): SurveyedInterface['finalLoss'] {
    return this.surveyed.finalLoss;
  }

  /** Takes a frame that was read, of a ring where the file says so. */
  push(frame: HeldFrame, queue: number | undefined): void {
    markRing(frame, this.#spans, queue);
    this.#waiting.push(frame);
  }

  next(): HeldFrame | undefined {
    if (this.#lastGiven === this.surveyed.lastNumber) return undefined;
    while (this.#waiting.length === 0) if (!this.#readOn()) return undefined;
    const frame = this.#waiting.shift()!;
    this.#lastGiven = frame.frameNumber;
    return frame;
  }
}

/** The capture under way. */
export class CaptureLanes implements Disposable {
  readonly lanes: readonly CaptureLane[];
  readonly #input: CopyInput;
  readonly #items = new Deque<CaptureItem>();
  readonly #keeper: FrameKeeper;
  readonly #keys: ContentKeys;
  /** Frames that are known before the input gives its next one. */
  readonly #run: RecognisedRun;
  readonly #isPcapng: boolean;
  /** What is known of the frame that was read last. */
  readonly #recognised = { key: 0.5, time: 0.5, linkType: 0, donor: 0 };
  #ended: boolean = false;

  /** @throws {SystemCallError} where it can't be opened */
  constructor(
    { path, interfaces }: Survey,
    { baseSeconds, recognition, limits }: Beginnings,
    onRefill: () => void,
  ) {
    this.#keys = new ContentKeys(recognition);
    this.#keeper = new FrameKeeper(baseSeconds, this.#keys);
    this.#run = new RecognisedRun(baseSeconds, this.#keys.brief);
    this.lanes = interfaces.map(
      (surveyed) => new CaptureLane(surveyed, this.#keys, () => this.#readOn()),
    );
    const sink = new ItemSink(this.#items);
    const onSection = (block: Uint8Array, places: boolean): void => sink.section(block, places);
    this.#input = new CopyInput(path, sink, onSection, {
      waits: false,
      maxCompressionRatio: limits.maxCompressionRatio,
      makeLoop: () => this.#run.makeLoop(),
      onRefill: () => {
        onRefill();
        for (const lane of this.lanes) lane.settle();
      },
    });
    this.#isPcapng = this.#input.source.format === 'pcapng';
    // Not "gapcap …": that would say that every loss is recorded, and pcap records none.
    if (this.#input.source.format === 'pcap') {
      const application = `pcap converted by gapcap ${VERSION}`;
      const section = { application, hardware: undefined, os: undefined, comments: [] };
      sink.section(newSectionHeader(section), false);
    }
  }

  /** Bytes of the file read so far. */
  get bytesRead(): number {
    return this.#input.source.fileBytesRead;
  }

  /**
   * What comes next in the file; undefined at its end.
   *
   * @param tryPass takes frames that needn't be held; false for one that it doesn't take
   */
  next(tryPass: FrameTaker): CaptureItem | undefined {
    while (this.#items.length === 0) if (!this.#readOn(tryPass)) return undefined;
    return this.#items.shift();
  }

  [Symbol.dispose](): void {
    this.#input[Symbol.dispose]();
  }

  #readOn(tryPass?: FrameTaker): boolean {
    if (this.#ended) return false;
    const before = this.#items.length;
    const batch = this.#nextFrame();
    if (batch === undefined) {
      this.#ended = true;
      return this.#items.length > before;
    }
    const recognised = this.#recognised;
    const mayPass = this.#isPcapng && batch.hasTimestamp && this.#items.length === 0;
    if (mayPass && tryPass?.(batch, recognised) === true) return true;
    const frame = this.#keeper.hold(batch, recognised);
    const recorded = batch.lostBefore;
    if (recorded !== undefined) {
      frame.gap = {
        ...{ recorded, resolved: undefined, filled: 0, isCertain: true, reason: undefined },
        amongRings: undefined,
      };
    }
    this.#items.push(frame);
    this.lanes[batch.interfaceId]?.push(frame, batch.queue);
    return true;
  }

  /** The next frame, of which `#recognised` then says what is known. */
  #nextFrame(): FileBatch | undefined {
    const run = this.#run;
    const recognised = this.#recognised;
    if (run.next()) return this.#knownFrame();
    const last = this.#input.batch;
    if (last !== undefined && run.load(last, recognised.linkType)) {
      run.next();
      return this.#knownFrame();
    }
    const batch = this.#input.next();
    if (batch === undefined) return undefined;
    const { linkType } = this.#input.source.interfaces[batch.interfaceId]!;
    recognised.key = this.#keys.briefOf(batch, linkType);
    recognised.time = this.#keeper.timeOf(batch);
    recognised.linkType = linkType;
    return batch;
  }

  /** A frame of the run, which has the link type of the one before it. */
  #knownFrame(): RecognisedRun {
    const run = this.#run;
    const recognised = this.#recognised;
    recognised.key = run.key;
    recognised.time = run.time;
    this.#keeper.noteTime(run.time);
    return run;
  }
}

/** Queues what the file says beside its frames. */
class ItemSink implements CopySink {
  readonly #items: Deque<CaptureItem>;

  constructor(items: Deque<CaptureItem>) {
    this.#items = items;
  }

  section(block: Uint8Array, placesLosses: boolean): void {
    const copy = block.slice();
    this.#items.push((output) => output.section(copy, placesLosses));
  }

  addInterface({ described, block, writerPlacesLosses }: InterfaceOrigin): InterfaceRecord {
    const record = new InterfaceRecord(described, described.id, writerPlacesLosses);
    const copy = block?.slice();
    this.#items.push((output) => output.ownInterface(record, copy));
    return record;
  }

  statistics(block: Uint8Array, record: InterfaceRecord, meaning: InterfaceStatistics): void {
    const copy = block.slice();
    this.#items.push((output) => output.statistics(record.described.id, copy, meaning));
  }

  otherBlock(block: RawBlock): void {
    const copy = { ...block, bytes: block.bytes.slice() };
    this.#items.push((output) => output.otherBlock(copy));
  }

  /** Frames are read from the input itself. */
  frame(): void {}

  /** What interfaces still have to say is known from the survey. */
  endInterface(): void {}

  /** Nothing waits here for good. */
  flush(): void {}
}
