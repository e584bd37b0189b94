/**
 * A simulation as a source of frames: what a modelled reader gets out of a modelled buffer.
 *
 * # Theory of operation
 *
 * Each `read` lets the simulation go on until its reader has been given frames, and hands those out.
 * So the source is as fast as the processor, whatever the virtual rate, and the same on every machine
 * for the same options. Times are virtual: `startNs` and what has gone by since.
 *
 * Every frame is a numbered frame (`core/numbered-frame.ts`) whose number says how many had arrived
 * when it did, itself included. `lostBefore` is what the modelled kernel says: a queue's stamp, a
 * ring's boundary. The two come from different hands, so the numbers judge the losses here as they
 * judge those of a real capture.
 *
 * Memory. Frames lie in slots of equal size, at multiples of 256 bytes. The filler of numbered frames
 * repeats every 256 bytes, so the memory is written once; of a frame only its number is written.
 */

import {
  type CaptureInterface,
  type FrameBatch,
  FrameFlags,
  type FrameSource,
  type ReceiveCounters,
} from '../core/frame.js';
import { LinkType } from '../core/link-type.js';
import { exactLoss, type Loss } from '../core/loss.js';
import {
  MIN_NUMBERED_FRAME_LENGTH,
  writeNumberedFrame,
  writeSequence,
} from '../core/numbered-frame.js';
import { NS_PER_SECOND } from '../core/timestamp.js';
import type { ReaderOptions } from '../model/reader.js';
import {
  type BufferOptions,
  type Simulation,
  type SimulationResult,
  startSimulation,
} from '../model/simulation.js';
import type { Traffic } from '../model/traffic.js';

/** Frames of one batch at most. */
const BATCH_FRAMES = 256;
/** Bytes of one batch's memory, unless a single frame needs more. */
const BATCH_BYTES = 1 << 20;
/** The period of the filler of numbered frames. */
const SLOT_ALIGNMENT = 256;
/** Arrivals that the simulation takes at a time. */
const STEP_FRAMES = 512;
/** Steps without a delivered frame after which `read` gives an empty batch: a few milliseconds. */
const STEPS_PER_READ = 64;
/** No frame keeps more bytes than this, as with the other sources. */
const LONGEST_CAPTURED = 262_144;

/** What to simulate, and how it looks. */
export interface ModelSourceOptions {
  /** Used up by the source. */
  readonly traffic: Traffic;
  readonly buffer: BufferOptions;
  /** Where not given, one that takes every frame at once. */
  readonly reader?: ReaderOptions | undefined;
  /** Nanoseconds since 1970-01-01 UTC that the virtual time 0 stands for; 0 where not given. */
  readonly startNs?: bigint | undefined;
  /** The interface's name; `model` where not given. */
  readonly name?: string | undefined;
  /** A person's words for the interface. */
  readonly description?: string | undefined;
}

/** A simulation behind the frame contract; see the file's header. */
export class ModelSource implements FrameSource {
  readonly interfaces: readonly CaptureInterface[];
  readonly #simulation: Simulation;
  readonly #delivered: DeliveredFrames;
  readonly #batch: ModelBatch;
  #stopping: boolean;
  #closed: boolean;
  #result: SimulationResult | undefined;

  /** @throws {ArgumentError} as `startSimulation` */
  constructor(options: ModelSourceOptions) {
    const { traffic, buffer, reader = {}, startNs = 0n, name = 'model' } = options;
    const snapshotLength = Math.min(buffer.snapshotLength ?? LONGEST_CAPTURED, LONGEST_CAPTURED);
    const delivered = new DeliveredFrames();
    this.#delivered = delivered;
    this.#simulation = startSimulation({
      traffic,
      buffer,
      reader,
      listener: {
        frame: (timeNs, length, lost, number) => delivered.push(timeNs, length, lost, number),
      },
    });
    this.#batch = new ModelBatch(delivered, snapshotLength, startNs);
    this.#stopping = false;
    this.#closed = false;
    this.interfaces = [
      {
        id: 0,
        name,
        linkType: LinkType.Ethernet,
        snapshotLength,
        description: options.description,
        filter: undefined,
        speedBps: undefined,
        macAddress: undefined,
      },
    ];
  }

  /** What the simulation came to, once its traffic has ended or it was stopped. */
  get result(): SimulationResult | undefined {
    return this.#result;
  }

  /** Frames that have arrived so far. */
  get received(): number {
    return this.#simulation.received;
  }

  /** The virtual time reached, in nanoseconds since its beginning. */
  get nowNs(): number {
    return this.#simulation.nowNs;
  }

  get ended(): boolean {
    return this.#closed || (this.#result !== undefined && this.#delivered.isEmpty);
  }

  get fill(): number {
    return Math.min(1, this.#simulation.fill);
  }

  /** @param _timeoutMs not looked at: virtual time passes at once */
  read(_timeoutMs = 0): FrameBatch {
    if (this.#closed || this.#batch.left > 0) return this.#batch;
    for (let step = 0; step < STEPS_PER_READ && this.#delivered.isEmpty; step++) {
      if (this.#result !== undefined) break;
      if (this.#stopping || !this.#simulation.step(STEP_FRAMES)) {
        this.#result = this.#simulation.finish();
      }
    }
    this.#batch.refill();
    return this.#batch;
  }

  stop(): void {
    this.#stopping = true;
  }

  counters(): ReceiveCounters {
    const { received, dropped } = this.#simulation;
    return this.#result === undefined
      ? { received, dropped }
      : { received, dropped, finalLoss: exactLoss(this.#result.finalGap) };
  }

  close(): void {
    this.#closed = true;
    this.#batch.empty();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Frames that the modelled reader has got and nobody has asked for yet, oldest first. */
class DeliveredFrames {
  #columns = new Float64Array(4 * 1024);
  #first = 0;
  #end = 0;

  get isEmpty(): boolean {
    return this.#first === this.#end;
  }

  get count(): number {
    return (this.#end - this.#first) / 4;
  }

  push(timeNs: number, length: number, lost: number, number: number): void {
    if (this.#end === this.#columns.length) {
      const grown = new Float64Array(this.#columns.length * 2);
      grown.set(this.#columns);
      this.#columns = grown;
    }
    const columns = this.#columns;
    const at = this.#end;
    columns[at] = timeNs;
    columns[at + 1] = length;
    columns[at + 2] = lost;
    columns[at + 3] = number;
    this.#end = at + 4;
  }

  /** Time, length, lost before, number of the frame with this index. */
  row(index: number): number {
    return this.#first + index * 4;
  }

  get columns(): Float64Array {
    return this.#columns;
  }

  /** Takes the oldest ones away. What was read by `row` stays until the next `push`. */
  take(count: number): void {
    this.#first += count * 4;
    if (this.#first === this.#end) {
      this.#first = 0;
      this.#end = 0;
    }
  }
}

/** The frames of one `read`. */
class ModelBatch implements FrameBatch {
  bytes = new Uint8Array(0);
  words = new Int32Array(0);
  byteOffset = 0;
  capturedLength = 0;
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  readonly interfaceId = 0;
  readonly flags = FrameFlags.Inbound;
  lostBefore: Loss | undefined;
  #view = new DataView(this.bytes.buffer);
  readonly #delivered: DeliveredFrames;
  readonly #snapshotLength: number;
  readonly #startSeconds: number;
  readonly #startNanoseconds: number;
  #slotLength = 0;
  #slotCount = 0;
  #index = 0;
  #count = 0;
  #row = 0;

  constructor(delivered: DeliveredFrames, snapshotLength: number, startNs: bigint) {
    this.#delivered = delivered;
    this.#snapshotLength = snapshotLength;
    this.#startSeconds = Number(startNs / 1_000_000_000n);
    this.#startNanoseconds = Number(startNs % 1_000_000_000n);
  }

  /** Frames that `next` hasn't stepped to yet. */
  get left(): number {
    return this.#count - this.#index;
  }

  empty(): void {
    this.#count = 0;
    this.#index = 0;
  }

  /** Takes the oldest frames that were delivered, as many as there is room for. */
  refill(): void {
    const delivered = this.#delivered;
    const count = Math.min(delivered.count, BATCH_FRAMES);
    let longest = 0;
    for (let i = 0; i < count; i++) {
      longest = Math.max(longest, delivered.columns[delivered.row(i) + 1]!);
    }
    this.#layOut(Math.min(longest, this.#snapshotLength));
    this.#row = delivered.row(0);
    this.#index = 0;
    this.#count = Math.min(count, this.#slotCount);
    delivered.take(this.#count);
  }

  next(): boolean {
    const index = this.#index;
    if (index >= this.#count) return false;
    this.#index = index + 1;
    const { columns } = this.#delivered;
    const row = this.#row + index * 4;
    const time = this.#startNanoseconds + columns[row]!;
    const seconds = Math.floor(time / NS_PER_SECOND);
    this.seconds = this.#startSeconds + seconds;
    this.nanoseconds = time - seconds * NS_PER_SECOND;
    const length = columns[row + 1]!;
    this.originalLength = length;
    this.capturedLength = Math.min(length, this.#snapshotLength);
    const lost = columns[row + 2]!;
    this.lostBefore = lost === 0 ? undefined : exactLoss(lost);
    this.byteOffset = index * this.#slotLength;
    writeSequence(this.#view, this.byteOffset, columns[row + 3]!);
    return true;
  }

  /** Makes memory for frames of this length where the present one has none. */
  #layOut(longest: number): void {
    if (longest <= this.#slotLength) return;
    const needed = Math.max(longest, MIN_NUMBERED_FRAME_LENGTH);
    this.#slotLength = Math.ceil(needed / SLOT_ALIGNMENT) * SLOT_ALIGNMENT;
    this.#slotCount = Math.max(
      1,
      Math.min(BATCH_FRAMES, Math.floor(BATCH_BYTES / this.#slotLength)),
    );
    const memory = new ArrayBuffer(this.#slotLength * this.#slotCount);
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory);
    this.#view = new DataView(memory);
    for (let i = 0; i < this.bytes.length; i++) this.bytes[i] = i;
    for (let slot = 0; slot < this.#slotCount; slot++) {
      writeNumberedFrame(this.#view, slot * this.#slotLength, MIN_NUMBERED_FRAME_LENGTH, {
        streamId: 0,
        sequence: 0,
      });
    }
  }
}
