/** Runs that the model is held against: a flood, a real buffer, a reader that stands still on purpose. */

import type { FrameSource } from '../../src/core/frame.js';
import { LinkType } from '../../src/core/link-type.js';
import type { BufferOptions } from '../../src/model/simulation.js';
import { RingSource } from '../../src/source/ring-source.js';
import { SocketSource } from '../../src/source/socket-source.js';
import { Cable } from '../support/cable.js';
import { runStalling, type StallingOutcome } from './stalling-reader.js';

const MS = 1_000_000;
/** Some 10 ms of the traffic. */
const SOCKET_BYTES = 416 * 1024;
const BLOCK_BYTES = 16_384;
const RING_BLOCKS = 10;
/** Longer than a run: no block is closed by its timer, whose phase nobody outside can know. */
const RETIRE_MS = 30_000;
/** Beyond the end of the last stall, and long enough for the reader to catch up. */
const REST_MS = 190;

/** What is to happen. Each stall is three times as long as the buffers last. */
export const PLAN = {
  ratePps: 100_000,
  frames: (580 + 30 + REST_MS) * 100,
  frameLength: 60,
  stalls: [100, 220, 340, 460, 580].map((atMs) => ({ atMs, lengthMs: 30 })),
  /** Frames that the flood sends at once, once in a millisecond. */
  round: 100,
  /** Frames in one block of the ring: how full the open one is when a stall begins is anybody's guess. */
  blockFrames: 113,
} as const;

/** How the model is to know the buffer of a run. */
export interface ModelRun {
  readonly outcome: StallingOutcome;
  /** The buffer that the kernel gave. */
  readonly buffer: BufferOptions;
}

/** One of the two buffers that a kernel has for frames. */
export interface ModelEngine {
  readonly name: 'socket' | 'ring';
  open(ifindex: number): FrameSource;
  /** The buffer that the kernel gave. */
  model(source: FrameSource): BufferOptions;
  /** The same, off by so little that only the places and numbers of gaps can tell. */
  wrong(buffer: BufferOptions): BufferOptions;
}

function liveOptions(ifindex: number, bufferSizeBytes: number) {
  return {
    target: { ifindex, name: `if${ifindex}`, linkType: LinkType.Ethernet },
    snapshotLength: 262_144,
    promiscuous: true,
    bufferSizeBytes,
  };
}

/** Both of them. */
export const MODEL_ENGINES: readonly ModelEngine[] = [
  {
    name: 'socket',
    open: (ifindex) => SocketSource.open(liveOptions(ifindex, SOCKET_BYTES)),
    model: (source) => ({
      kind: 'socket',
      receiveBufferBytes: (source as SocketSource).receiveBufferBytes,
    }),
    // The rule of kernels before 3.0: one frame less.
    wrong: (buffer) => ({ ...buffer, strict: true }) as BufferOptions,
  },
  {
    name: 'ring',
    open: (ifindex) =>
      RingSource.open({
        ...liveOptions(ifindex, RING_BLOCKS * BLOCK_BYTES),
        blockSizeBytes: BLOCK_BYTES,
        retireMs: RETIRE_MS,
      }),
    model: () => ({
      kind: 'ring',
      blockCount: RING_BLOCKS,
      blockSize: BLOCK_BYTES,
      retireNs: RETIRE_MS * MS,
      kernel: '6.18',
      reserveBytes: 2,
    }),
    // One frame less in each block.
    wrong: (buffer) => ({ ...buffer, privateBytes: 144 }) as BufferOptions,
  },
];

/** Runs the plan once on a cable of its own. */
export async function runPlan(engine: ModelEngine, attempt: number): Promise<ModelRun> {
  using cable = new Cable(`m${engine.name}${attempt}`);
  using witness = RingSource.open({
    ...liveOptions(cable.far.index, 64 << 20),
    blockSizeBytes: 131_072,
    retireMs: 40,
  });
  using source = engine.open(cable.far.index);
  const buffer = engine.model(source);
  const outcome = await runStalling({
    senderName: cable.near.name,
    ratePps: PLAN.ratePps,
    frameCount: PLAN.frames,
    stalls: PLAN.stalls,
    source,
    witness,
  });
  return { outcome, buffer };
}
