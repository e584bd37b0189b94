/** One tool, one flood: what it cost, and whether every frame is accounted for. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type FloodResult, startFlood } from '../../src/lab/flood.js';
import type { CaptureTool, ToolReport } from './capture-tools.js';
import {
  type CpuTime,
  childrenCpuTime,
  firstThreadNs,
  peakMemoryBytes,
  processCpuTime,
  totalNs,
  waitForPacketSocket,
  waitUntilIdle,
} from './process-facts.js';

/** Where floods go and what they are made of. */
export interface TestBed {
  readonly sender: string;
  readonly receiver: string;
  /** Folder of the capture files. */
  readonly folder: string;
  readonly bufferMiB: number;
  /** The flood's CPU, and those of the tools; undefined: the scheduler chooses. */
  readonly cpus: { readonly flood: number; readonly tools: readonly number[] } | undefined;
}

/** What a file has beyond a frame's bytes: at most 44 for pcapng with flags, and padding. */
export const BYTES_AROUND = 47;

/** What to send. */
export interface FloodPlan {
  /** Frames sent before, so that the tool, its compiler and its caches are warm. */
  readonly warmUpCount: number;
  /** Frames of the flood that is measured. */
  readonly frameCount: number;
  /** Lengths of the frames, used in turn. */
  readonly lengths: readonly number[];
  /** Frames a second; as many as the system takes where undefined. */
  readonly ratePps?: number | undefined;
}

/** What one run came to. */
export interface MeasuredRun {
  /** Frames of both floods. */
  readonly sent: number;
  readonly written: number;
  readonly lost: number;
  /** Frames of the measured flood. */
  readonly frameCount: number;
  /** Frames sent a second in the measured flood. */
  readonly ratePps: number;
  /** CPU time for the measured flood alone. */
  readonly flood: CpuTime;
  /** CPU time for the warm-up, and its frames. */
  readonly warmUp: CpuTime;
  readonly warmUpCount: number;
  /** The part of it that the process's first thread used, in nanoseconds. */
  readonly firstThreadNs: number;
  /** CPU time of the tool's whole life: start, warm-up, flood, end. */
  readonly whole: CpuTime;
  /** CPU time until it was ready for the first frame. */
  readonly startNs: number;
  readonly peakMemoryBytes: number;
}

/**
 * Starts the tool, floods it twice, ends it, and checks that what it wrote and what it lost are the
 * frames that were sent.
 *
 * @throws {Error} where a frame is unaccounted for: such a run's times mean nothing
 */
export async function measureRun(
  tool: CaptureTool,
  plan: FloodPlan,
  bed: TestBed,
): Promise<MeasuredRun> {
  const file = join(bed.folder, `${tool.name.replace(/\W+/g, '-')}.capture`);
  const { lengths, warmUpCount, frameCount } = plan;
  const before = childrenCpuTime();
  const running = start(tool, file, bed);
  try {
    const pid = running.child.pid!;
    await waitForPacketSocket(bed.receiver, () => running.child.exitCode !== null);
    await waitUntilIdle(pid);
    const ready = processCpuTime(pid);
    if (warmUpCount > 0) await sendFlood({ ...plan, frameCount: warmUpCount }, tool, bed, pid);
    const warm = processCpuTime(pid);
    const warmFirst = firstThreadNs(pid);
    const { elapsedMs } = await sendFlood(plan, tool, bed, pid);
    const done = processCpuTime(pid);
    const doneFirst = firstThreadNs(pid);
    const memory = peakMemoryBytes(pid);
    await running.end();
    const after = childrenCpuTime();
    const report = tool.readReport(running.texts.stdout, running.texts.stderr);
    const bytes = bytesOf(warmUpCount, lengths) + bytesOf(frameCount, lengths);
    const sent = warmUpCount + frameCount;
    checkFrames(file, { frames: sent, bytes }, report);
    return {
      sent,
      ...report,
      frameCount,
      ratePps: (frameCount / elapsedMs) * 1000,
      flood: difference(done, warm),
      warmUp: difference(warm, ready),
      warmUpCount,
      firstThreadNs: doneFirst - warmFirst,
      whole: difference(after, before),
      startNs: totalNs(ready),
      peakMemoryBytes: memory,
    };
  } catch (error) {
    running.child.kill('SIGKILL');
    const words = running.texts.stderr.trim();
    throw new Error(`${tool.name}: ${(error as Error).message}${words && `\n${words}`}`, {
      cause: error,
    });
  } finally {
    rmSync(file, { force: true });
  }
}

function difference(later: CpuTime, earlier: CpuTime): CpuTime {
  return {
    userNs: later.userNs - earlier.userNs,
    systemNs: later.systemNs - earlier.systemNs,
  };
}

interface RunningTool {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly texts: { readonly stdout: string; readonly stderr: string };
  /** Sends SIGINT and waits for the end. @throws {AssertionError} where it doesn't end with 0 */
  end(): Promise<void>;
}

function start(tool: CaptureTool, file: string, bed: TestBed): RunningTool {
  const command = tool.command({ interfaceName: bed.receiver, file, bufferMiB: bed.bufferMiB });
  const pinned =
    bed.cpus === undefined ? command : ['taskset', '-c', bed.cpus.tools.join(','), ...command];
  const [program, ...parameters] = pinned;
  const child = spawn(program!, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const closed = once(child, 'close');
  closed.catch(() => {});
  return {
    child,
    texts,
    end: async () => {
      child.kill('SIGINT');
      const [status] = (await closed) as [number | null];
      assert.equal(status, 0, `ended with status ${status}`);
    },
  };
}

/** Sends a flood and waits until the tool has dealt with it. */
async function sendFlood(
  plan: FloodPlan,
  tool: CaptureTool,
  bed: TestBed,
  pid: number,
): Promise<FloodResult> {
  touchMemory(bed.folder, bytesOf(plan.frameCount, plan.lengths) + plan.frameCount * BYTES_AROUND);
  const flood = await startFlood({
    interfaceName: bed.sender,
    frameCount: plan.frameCount,
    frameLength: plan.lengths,
    ...(plan.ratePps === undefined ? {} : { ratePps: plan.ratePps }),
    ...(bed.cpus === undefined ? {} : { cpu: bed.cpus.flood }),
  });
  const sent = await flood.finished;
  assert.equal(sent.sent, plan.frameCount, 'the flood is incomplete');
  await setTimeout(tool.settleMs);
  await waitUntilIdle(pid);
  return sent;
}

/**
 * Lets a virtual machine get its memory from the host before a tool would pay for it: free memory may
 * have been given back within seconds (page reporting), and every first touch then costs the tool that
 * happens to write, up to three times what all else does.
 */
export function touchMemory(folder: string, byteCount: number): void {
  const file = join(folder, 'touched');
  const chunk = new Uint8Array(16 * 2 ** 20).fill(1);
  for (let done = 0; done < byteCount; done += chunk.length) {
    writeFileSync(file, chunk, { flag: 'a' });
  }
  rmSync(file);
}

/** Asks capinfos, where there is one, what the file holds; the tool's own word must fit in any case. */
function checkFrames(
  file: string,
  sent: { frames: number; bytes: number },
  report: ToolReport,
): void {
  const { written, lost } = report;
  const words = `wrote ${written} and lost ${lost} of ${sent.frames} frames`;
  assert.equal(written + lost, sent.frames, words);
  const asked = spawnSync('capinfos', ['-T', '-r', '-M', '-c', '-d', file], { encoding: 'utf8' });
  if (asked.error !== undefined) return;
  assert.equal(asked.status, 0, `capinfos refuses its file: ${asked.stderr}`);
  const [, frames, bytes] = asked.stdout.trim().split('\t');
  assert.equal(Number(frames), written, 'frames in its file');
  if (lost === 0) assert.equal(Number(bytes), sent.bytes, 'bytes of frames in its file');
}

/** Bytes of the first frames of a flood. */
export function bytesOf(frameCount: number, lengths: readonly number[]): number {
  const round = lengths.reduce((sum, length) => sum + length, 0);
  const rest = lengths.slice(0, frameCount % lengths.length);
  return (
    Math.floor(frameCount / lengths.length) * round + rest.reduce((sum, length) => sum + length, 0)
  );
}
