/** What the fault tests share: a folder, a small disk, and the verdict on what a capture left. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GroundTruth, judgeCapture, judgeCaptures } from '../../src/lab/ground-truth.js';
import { runGapcap } from '../cli/gapcap-process.js';
import type { TestNetwork } from '../support/namespace.js';
import type { CaptureJson, FinishedCapture } from './capture-run.js';

/** A folder that is removed after the tests of the file that asks for it. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `gapcap-${name}-`));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A wrapper that runs a command with a disk of that size at `${folder}/small`, and copies what is on
 * it to `${folder}/kept` when the command has ended. The disk is mounted in the command's own mount
 * namespace and goes with it.
 */
export function onSmallDisk(folder: string, size: string): string[] {
  const small = join(folder, 'small');
  const script = `mkdir -p "${small}" && mount -t tmpfs -o size=${size} none "${small}" || exit 99
    "$@"; status=$?; cp -r "${small}" "${join(folder, 'kept')}"; exit $status`;
  return ['unshare', '--mount', 'sh', '-c', script, 'sh'];
}

/** How many frames have come to the receiving end, whoever took them. */
export function framesArrived(network: TestNetwork): number {
  const { receiver } = network;
  const path = `/sys/class/net/${receiver.interfaceName}/statistics/rx_packets`;
  return Number(network.exec(receiver, 'cat', path));
}

/** Waits until that many frames have come to the receiving end: a flood takes a while to begin. */
export async function untilArrived(network: TestNetwork, frames: number): Promise<void> {
  const end = performance.now() + 20_000;
  for (let arrived = 0; arrived < frames; arrived = framesArrived(network)) {
    if (performance.now() > end) throw new Error(`${arrived} of ${frames} frames came in 20 s`);
    await sleep(10);
  }
}

/** The files of a series in their order. */
export function seriesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => /_\d{5}_\d{14}\./.test(file))
    .sort()
    .map((file) => join(folder, file));
}

/** The capture's JSON: the last line of its standard output. */
export function jsonOf(run: FinishedCapture): CaptureJson {
  return JSON.parse(run.stdout.trimEnd().split('\n').at(-1)!) as CaptureJson;
}

/** What `gapcap gaps --json` says of one file. */
export interface ListedFile {
  readonly frames: number;
  readonly lost: number;
  readonly truncated: boolean;
  readonly interfaces: readonly { readonly received: number | null }[];
}

/** What `gapcap gaps` makes of a file; it must take it. */
export async function listGaps(file: string): Promise<ListedFile> {
  const run = await runGapcap(['gaps', '--json', file]);
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout) as ListedFile;
}

/** Every gap between the frames of a file is recorded with its very number; nothing is twice. */
export function assertGapsRight(file: string): GroundTruth {
  const truth = judgeCapture(file, { firstSent: 1 });
  assert.deepEqual(truth.wrong, []);
  assert.ok(truth.right);
  return truth;
}

/**
 * The law over a whole run that ended in good order: every frame sent is in one file or in one gap,
 * and the capture's own account says the same.
 */
export function assertLaw(
  files: readonly string[],
  run: FinishedCapture,
  sent: number,
): GroundTruth {
  const truth = judgeCaptures(files, { firstSent: 1, lastSent: sent });
  const json = jsonOf(run);
  assert.deepEqual(truth.wrong, []);
  assert.ok(truth.right);
  assert.equal(truth.foreignFrames, 0);
  assert.equal(truth.frames, json.frames);
  assert.equal(truth.frames + truth.missingTotal, sent);
  assert.equal(truth.recordedTotal, json.lost);
  return truth;
}
