/**
 * The demonstration where the kernel is out of reach: the model in its place, everything else as it
 * is. A modelled flood fills a modelled buffer whose reader stands still now and then; the capture
 * session takes its frames, the file is written, and `judgeCapture` compares every gap in it with the
 * numbers in the frames, which the model gave them when they arrived.
 */

import { CaptureSession } from '../capture/session.js';
import { AccountingError } from '../core/errors.js';
import type { BufferOptions, SimulationResult } from '../model/simulation.js';
import { flowTraffic } from '../model/traffic.js';
import { ModelSource } from '../source/model-source.js';
import type { DemoOptions, DemoResult } from './demo.js';
import { judgeCapture } from './ground-truth.js';

const RATE_PPS = 1_000_000;
const FRAME_LENGTH = 60;
const NS_PER_MS = 1_000_000;
/** As in the real demonstration: 16 blocks, full after some 14 ms of this flood. */
const RING: BufferOptions = {
  kind: 'ring',
  blockCount: 16,
  blockSize: 1 << 17,
  retireNs: 40 * NS_PER_MS,
  reserveBytes: 2,
};
/** Twice the 4 MiB asked for, as the kernel doubles it. */
const QUEUE: BufferOptions = { kind: 'socket', receiveBufferBytes: 8 << 20 };
const STALL_EVERY_NS = 120 * NS_PER_MS;
const STALL_NS = 30 * NS_PER_MS;
/** What the reader manages between two stalls: more than comes. */
const READER_PPS = 1_500_000;
const READER_BATCH = 128;
const WAKE_UP_NS = 50_000;
/** 2000-01-01 00:00:00 UTC: the same file each time. */
const START_NS = 946_684_800_000_000_000n;
const PROGRESS_EVERY_MS = 100;

/** What the simulated demonstration found. Times and rates in it are virtual. */
export interface SimulatedDemoResult extends DemoResult {
  /** What the model itself says. */
  readonly simulation: SimulationResult;
}

/**
 * Runs the demonstration on the model. Needs no privileges; works on any system.
 *
 * @throws {SystemCallError} where the file can't be written
 * @throws {AccountingError} where the capture's counts don't add up, or differ from the model's
 */
export async function runSimulatedDemo(options: DemoOptions): Promise<SimulatedDemoResult> {
  const source = new ModelSource({
    traffic: flowTraffic(
      {
        shape: { kind: 'constant', ratePps: RATE_PPS },
        sizes: { kind: 'fixed', length: FRAME_LENGTH },
        frames: options.frameCount,
      },
      1,
    ),
    buffer: options.engine === 'socket' ? QUEUE : RING,
    reader: {
      framesPerSecond: READER_PPS,
      batch: READER_BATCH,
      wakeUpNs: WAKE_UP_NS,
      stalls: { kind: 'periodic', everyNs: STALL_EVERY_NS, lengthNs: STALL_NS },
    },
    startNs: START_NS,
    description: 'simulated',
  });
  const session = CaptureSession.over(source, {
    output: options.file,
    clock: () => START_NS + BigInt(Math.ceil(source.result?.endNs ?? source.nowNs)),
  });
  const stalls = (): number => Math.floor(source.nowNs / STALL_EVERY_NS);
  const telling = setInterval(() => {
    const { frames, lost, gaps } = session.progress;
    const { received } = source;
    options.onProgress?.({
      part: received / options.frameCount,
      sent: received,
      captured: frames,
      lost,
      gaps,
      stalls: stalls(),
    });
  }, PROGRESS_EVERY_MS);
  try {
    const capture = await session.run();
    options.onCaptured?.(capture);
    const simulation = checkedResult(source, capture.account.frames, capture.account.lost);
    const { received, lastArrivalNs } = simulation;
    return {
      capture,
      flood: {
        sent: received,
        elapsedMs: lastArrivalNs / NS_PER_MS,
        retries: 0,
        firstSequence: 1,
        lastSequence: received,
      },
      truth: judgeCapture(options.file, { firstSent: 1, lastSent: received }),
      stalls: stalls(),
      ratePps: RATE_PPS,
      simulation,
    };
  } finally {
    clearInterval(telling);
  }
}

/** The model's own result, held against what the capture counted. */
function checkedResult(
  source: ModelSource,
  frames: number,
  lost: number | undefined,
): SimulationResult {
  const { result } = source;
  if (result === undefined || result.delivered !== frames || result.dropped !== lost) {
    const { received = 0, delivered = 0, dropped = 0, unread = 0 } = result ?? {};
    throw new AccountingError(
      'SIMULATION_MISMATCH',
      `The simulation delivered ${delivered} frames and dropped ${dropped}, but the capture has ${frames} and lacks ${lost}. Report this as a defect.`,
      { interface: 'model', received, delivered, dropped, unread },
    );
  }
  return result;
}
