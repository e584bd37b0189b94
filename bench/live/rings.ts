/**
 * What several rings cost and gain: one flood from each of two processors, captured through one ring and
 * through two, with the CPU time of the thread that merges and writes apart from those that read.
 *
 *     npm run bench:rings [-- --seconds N --rounds N --json FILE]
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startFlood } from '../../src/lab/flood.js';
import { createVethPair, deleteLink, setLinkUp } from '../../src/sys/rtnetlink.js';
import { gapcapPath } from '../../test/cli/gapcap-process.js';
import { enterOwnNamespace } from '../../test/support/namespace.js';
import { PROJECT_ROOT } from '../../test/support/project-files.js';
import { machineFacts } from './machine-facts.js';

const SENDER = 'ringtx';
const RECEIVER = 'ringrx';

/** One run. */
interface Run {
  readonly rings: number;
  /** Frames a second from each of the two processors; undefined: as many as they can. */
  readonly askedPps: number | undefined;
  readonly sent: number;
  /** Both floods together. */
  readonly ratePps: number;
  readonly captured: number;
  readonly lost: number;
  /** CPU time for each captured frame: the thread that merges and writes, all others together. */
  readonly mainNs: number;
  readonly othersNs: number;
}

/** CPU time of each thread of a process so far, in nanoseconds. */
function threadTimes(pid: number): Map<number, number> {
  const times = new Map<number, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
    times.set(Number(thread), Number(text.split(' ')[0]));
  }
  return times;
}

async function measure(
  rings: number,
  askedPps: number | undefined,
  seconds: number,
  file: string,
): Promise<Run> {
  const given = ['capture', '-i', RECEIVER, '--rings', String(rings), '-w', file, '--json', '-q'];
  const child = spawn(process.execPath, [gapcapPath, ...given], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await sleep(700);
  const flood = async (frameCount: number, firstSequence: number) => {
    const floods = await Promise.all(
      [0, 1].map((cpu) =>
        startFlood({
          interfaceName: SENDER,
          streamId: cpu + 1,
          cpu,
          frameCount,
          firstSequence,
          paused: true,
          ...(askedPps === undefined ? {} : { ratePps: askedPps }),
        }),
      ),
    );
    for (const one of floods) one.resume();
    return Promise.all(floods.map((one) => one.finished));
  };
  // So that the compiler and the caches are warm.
  const warmUp = 150_000;
  await flood(warmUp, 1);
  await sleep(400);
  const before = threadTimes(child.pid!);
  const count = Math.round((askedPps ?? 700_000) * seconds);
  const results = await flood(count, warmUp + 1);
  await sleep(400);
  const after = threadTimes(child.pid!);
  child.kill('SIGINT');
  await ended;
  const json = JSON.parse(stdout) as { frames: number; lost: number };
  const sent = results.reduce((sum, one) => sum + one.sent, 0);
  if (json.frames + json.lost !== sent + 2 * warmUp) throw new Error(`${sent} sent: ${stdout}`);
  let mainNs = 0;
  let othersNs = 0;
  for (const [thread, ns] of after) {
    const used = ns - (before.get(thread) ?? 0);
    if (thread === child.pid) mainNs += used;
    else othersNs += used;
  }
  // Losses of the warm-up are in the total: a run that loses then says too much about the flood.
  const captured = sent - json.lost;
  const elapsedMs = Math.max(...results.map((one) => one.elapsedMs));
  return {
    rings,
    askedPps,
    sent,
    ratePps: Math.round((sent / elapsedMs) * 1000),
    captured,
    lost: json.lost,
    mainNs: mainNs / captured,
    othersNs: othersNs / captured,
  };
}

function tell(run: Run): void {
  const { rings, askedPps, ratePps, captured, sent, mainNs, othersNs } = run;
  const asked = askedPps === undefined ? 'flat out' : `2 x ${askedPps / 1000} k`;
  const share = ((captured / sent) * 100).toFixed(1);
  console.log(
    `${rings} ring${rings > 1 ? 's' : ' '}  ${asked.padEnd(9)}  ${(ratePps / 1e6).toFixed(2)} M/s  ` +
      `${share.padStart(5)} % captured  ${mainNs.toFixed(0).padStart(4)} ns in the main thread, ` +
      `${othersNs.toFixed(0).padStart(4)} ns in the others, a frame`,
  );
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
enterOwnNamespace();
createVethPair(SENDER, RECEIVER);
const folder = mkdtempSync('/dev/shm/gapcap-rings-');
try {
  setLinkUp(RECEIVER);
  setLinkUp(SENDER);
  const runs: Run[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const askedPps of [100_000, 250_000, undefined]) {
      for (const rings of [1, 2]) {
        const file = join(folder, 'x.pcapng');
        const run = await measure(rings, askedPps, Number(values.seconds), file);
        rmSync(file);
        tell(run);
        runs.push(run);
      }
    }
  }
  const day = new Date().toISOString().slice(0, 10);
  const path = values.json ?? join(PROJECT_ROOT, `bench/results/${day}-rings.json`);
  writeFileSync(path, `${JSON.stringify({ machine: machineFacts(), runs }, undefined, 1)}\n`);
  console.log(`raw numbers: ${path}`);
} finally {
  rmSync(folder, { recursive: true });
  deleteLink(SENDER);
}
