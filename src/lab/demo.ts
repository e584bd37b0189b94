/**
 * The demonstration: a capture that loses frames on purpose, checked against the truth.
 *
 * In a private network it makes a veth pair, floods one end with numbered frames and captures from
 * the other with a small ring, standing still now and then so that the ring overflows. Every frame
 * carries its number, so what is missing between two captured frames is known without any counter;
 * `judgeCapture` compares that with what the capture wrote, by code of its own.
 */

import type { CaptureResult } from '../capture/capture-result.js';
import { CaptureSession } from '../capture/session.js';
import { StateError } from '../core/errors.js';
import type { Engine } from '../source/live-source.js';
import { createVethPair, setLinkUp } from '../sys/rtnetlink.js';
import type { Flood, FloodResult } from './flood.js';
import { startFlood } from './flood.js';
import { type GroundTruth, judgeCapture } from './ground-truth.js';
import { insidePrivateNetwork } from './private-network.js';

const SENDER = 'gapcap-tx';
const RECEIVER = 'gapcap-rx';
/** A ring of 16 blocks: full after some 10 ms of the flood. */
const RING_BYTES = 2 * 2 ** 20;
const QUEUE_BYTES = 4 * 2 ** 20;
const STALL_EVERY_MS = 120;
const STALL_MS = 30;
const PROGRESS_EVERY_MS = 100;
/** Time for the last frames to arrive before the capture is stopped. */
const SETTLE_MS = 30;

const stallClock = new Int32Array(new SharedArrayBuffer(4));

/** Settings of the demonstration. */
export interface DemoOptions {
  /** The pcapng file to write; replaced if it exists. */
  readonly file: string;
  /** Frames to send; the file takes about 100 bytes for each one captured. */
  readonly frameCount: number;
  /** `ring` unless given. */
  readonly engine?: Engine | undefined;
  /** Called several times a second, with numbers as of then. */
  readonly onProgress?: ((progress: DemoProgress) => void) | undefined;
  /** Called once the capture is over, before it is checked. */
  readonly onCaptured?: ((capture: CaptureResult) => void) | undefined;
}

/** The demonstration under way. */
export interface DemoProgress {
  /** Part of the frames that has been sent, 0 to 1. */
  readonly part: number;
  readonly sent: number;
  /** Frames delivered so far. */
  readonly captured: number;
  readonly lost: number;
  readonly gaps: number;
  /** Times the capture has stood still. */
  readonly stalls: number;
}

/** What the demonstration found. */
export interface DemoResult {
  /** What the capture said of itself. */
  readonly capture: CaptureResult;
  /** What was sent. */
  readonly flood: FloodResult;
  /** What the numbers in the frames say. */
  readonly truth: GroundTruth;
  readonly stalls: number;
  /** Frames sent per second. */
  readonly ratePps: number;
}

/**
 * Runs the demonstration in this process, which must be inside a private network (see
 * `runInPrivateNetwork`).
 *
 * @throws {StateError} `NOT_PRIVATE` outside of one
 * @throws {AccountingError} where the capture's counts don't add up
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  if (!insidePrivateNetwork()) {
    throw new StateError('NOT_PRIVATE', 'The demonstration runs only in a private network.', {
      state: 'outside',
      operation: 'runDemo',
    });
  }
  createVethPair(SENDER, RECEIVER);
  setLinkUp(SENDER);
  setLinkUp(RECEIVER);
  using flood = await startFlood({
    interfaceName: SENDER,
    frameCount: options.frameCount,
    paused: true,
  });
  const ring = options.engine !== 'socket';
  const session = CaptureSession.open({
    interfaceName: RECEIVER,
    output: options.file,
    engine: options.engine,
    bufferSizeBytes: ring ? RING_BYTES : QUEUE_BYTES,
  });
  const disturbance = disturb(session, flood, options);
  const capturing = session.run();
  flood.resume();
  const sent = await flood.finished;
  setTimeout(() => session.stop(), SETTLE_MS);
  const capture = await capturing;
  const stalls = disturbance.stop();
  options.onCaptured?.(capture);
  const truth = judgeCapture(options.file, {
    firstSent: sent.firstSequence,
    ...(sent.lastSequence === undefined ? {} : { lastSent: sent.lastSequence }),
  });
  return { capture, flood: sent, truth, stalls, ratePps: (sent.sent / sent.elapsedMs) * 1000 };
}

/** Makes the capture stand still now and then, and tells how it goes. */
function disturb(
  session: CaptureSession,
  flood: Flood,
  options: DemoOptions,
): { stop: () => number } {
  let stalls = 0;
  // The capture runs in this thread: while it waits here nobody empties the ring.
  const stalling = setInterval(() => {
    if (flood.ended) return;
    Atomics.wait(stallClock, 0, 0, STALL_MS);
    stalls++;
  }, STALL_EVERY_MS);
  const telling = setInterval(() => {
    const { frames, lost, gaps } = session.progress;
    options.onProgress?.({
      part: flood.sent / options.frameCount,
      sent: flood.sent,
      captured: frames,
      lost,
      gaps,
      stalls,
    });
  }, PROGRESS_EVERY_MS);
  return {
    stop: () => {
      clearInterval(stalling);
      clearInterval(telling);
      return stalls;
    },
  };
}
