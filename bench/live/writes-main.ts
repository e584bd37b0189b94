/**
 * `writes-main.js ARRANGEMENT INTERFACE FILE RING_BYTES WARM_UP`: captures until SIGINT and writes in
 * one of three ways; then tells, as JSON, frames, losses, bytes and the CPU time after the warm-up.
 */

import { BlockEncoder } from '../../src/pcapng/block-encoder.js';
import { openLiveAll } from '../../src/source/live-source.js';
import { type Arrangement, arrange, PIECE_BYTES } from './write-arrangements.js';

/** What the program says at its end. */
export interface WritesReport {
  readonly written: number;
  readonly lost: number;
  readonly bytes: number;
  /** CPU time of all its threads for the frames after the warm-up, in nanoseconds. */
  readonly cpuNs: number;
  readonly measuredFrames: number;
}

const YIELD_MS = 20;
const ALL = { most: Infinity, mostBytes: Infinity, firstSecond: 0, lastSecond: Infinity };

const [arrangement = '', interfaceName = '', file = '', ringBytes = '', warmUp = ''] =
  process.argv.slice(2);
const output = arrange(arrangement as Arrangement, file);
const source = openLiveAll([{ interfaceName, engine: 'ring', bufferSizeBytes: Number(ringBytes) }]);
const encoder = new BlockEncoder(output, { bufferBytes: PIECE_BYTES });
encoder.sectionHeader();
for (const each of source.interfaces) encoder.interfaceDescription(each);
process.once('SIGINT', () => source.stop());

let written = 0;
let cpuBefore: NodeJS.CpuUsage | undefined;
let measuredFrom = 0;
let yieldedAtMs = performance.now();
while (!source.ended) {
  if (!output.hasRoom) await output.room();
  const batch = source.read(100);
  const before = written;
  for (;;) {
    const { run } = batch;
    if (run !== undefined) written += encoder.run(run, ALL);
    if (!batch.next()) break;
    encoder.frame(batch);
    written++;
  }
  if (cpuBefore === undefined && written >= Number(warmUp)) {
    cpuBefore = process.cpuUsage();
    measuredFrom = written;
  }
  if (written === before || performance.now() - yieldedAtMs > YIELD_MS) {
    await new Promise((resolve) => setImmediate(resolve));
    yieldedAtMs = performance.now();
  }
}
encoder.flush();
await output.finish();
const used = process.cpuUsage(cpuBefore);
const report: WritesReport = {
  written,
  lost: source.counters(0)?.dropped ?? 0,
  bytes: encoder.bytesWritten,
  cpuNs: (used.user + used.system) * 1000,
  measuredFrames: written - measuredFrom,
};
source.close();
process.stdout.write(`${JSON.stringify(report)}\n`);
