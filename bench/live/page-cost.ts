/**
 * What the live page and publishing cost a capture: gapcap by itself, with `--http` and with `--publish`,
 * on the same flood, in turns. With a page, one listens to events and a Prometheus's worth of scrapes comes
 * once a second; events are published to a nats-server on this machine, in a process of its own.
 *
 * Run: `npm run build:test && node .test-build/bench/live/page-cost.js [--rounds 4] [--frames 3000000]
 * [--json FILE]`. The page's listener is in this process, without a browser that draws it: that would
 * be on another machine, or take processor time that is no cost of the capture's.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { insidePrivateNetwork, runInPrivateNetwork } from '../../src/lab/private-network.js';
import { alignColumns } from '../../src/report/text-table.js';
import { createVethPair, setLinkUp } from '../../src/sys/rtnetlink.js';
import { gapcapPath } from '../../test/cli/gapcap-process.js';
import { type CaptureTool, gapcapTool } from './capture-tools.js';
import { median } from './cost-summary.js';
import { freeBytesOf, machineFacts } from './machine-facts.js';
import { type MeasuredRun, measureRun, type TestBed } from './measured-run.js';
import { allowedCpus, totalNs } from './process-facts.js';

const PORT = 9100;
const MONITOR_PORT = 8222;
const BUFFER_MIB = 64;
const FRAME_BYTES = 60;
const SHARED_MEMORY = '/dev/shm';

/** What a reader of the page took in one run. */
interface Taken {
  scrapes: number;
  events: number;
}

/** A page and a Prometheus, for whatever listens at the port; nothing while nobody does. */
class Readers {
  taken: Taken = { scrapes: 0, events: 0 };
  #ended = false;

  constructor() {
    void this.#listen();
    void this.#scrape();
  }

  /** What was taken since the last call. */
  take(): Taken {
    const { taken } = this;
    this.taken = { scrapes: 0, events: 0 };
    return taken;
  }

  end(): void {
    this.#ended = true;
  }

  async #listen(): Promise<void> {
    while (!this.#ended) {
      const response = await this.#ask('/events');
      if (response === undefined) await sleep(100);
      else {
        for await (const part of readable(response)) {
          this.taken.events += part.split('\nevent: ').length;
        }
      }
    }
  }

  async #scrape(): Promise<void> {
    while (!this.#ended) {
      const response = await this.#ask('/metrics');
      if (response !== undefined) {
        let text = '';
        for await (const part of readable(response)) text += part;
        // Before the capture begins, and when it has ended, there are none.
        if (/^gapcap_frames_delivered_total\{/m.test(text)) this.taken.scrapes++;
      }
      await sleep(1_000);
    }
  }

  #ask(path: string): Promise<IncomingMessage | undefined> {
    return new Promise((resolve) => {
      get({ host: '127.0.0.1', port: PORT, path, agent: false }, resolve).on('error', () =>
        resolve(undefined),
      );
    });
  }
}

/** What comes until the connection ends, in whatever way. */
async function* readable(response: IncomingMessage): AsyncGenerator<string> {
  try {
    for await (const part of response.setEncoding('utf8')) yield part as string;
  } catch {
    // The capture has ended.
  }
}

function makeTestBed(): TestBed {
  const bed = { sender: 'bench-tx', receiver: 'bench-rx' };
  createVethPair(bed.sender, bed.receiver);
  for (const name of ['lo', bed.sender, bed.receiver]) setLinkUp(name);
  const roomy = freeBytesOf(SHARED_MEMORY) > 2 ** 30;
  const folder = mkdtempSync(join(roomy ? SHARED_MEMORY : tmpdir(), 'gapcap-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [flood, ...tools] = allowedCpus();
  const cpus = tools.length === 0 ? undefined : { flood: flood!, tools };
  return { ...bed, folder, bufferMiB: BUFFER_MIB, cpus };
}

/** Starts a nats-server; the answer asks it how many messages it has got. */
async function startServer(folder: string): Promise<() => Promise<number>> {
  const server = spawn(
    'nats-server',
    ['-js', '-sd', join(folder, 'store'), '-a', '127.0.0.1', '-m', String(MONITOR_PORT)],
    { stdio: 'ignore' },
  );
  process.once('exit', () => server.kill());
  const messages = async (): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${MONITOR_PORT}/jsz`);
    return ((await answer.json()) as { messages: number }).messages;
  };
  for (let attempt = 1; ; attempt++) {
    try {
      await messages();
      return messages;
    } catch (error) {
      if (attempt === 50) throw error;
      await sleep(100);
    }
  }
}

function tools(folder: string): readonly CaptureTool[] {
  const plain = gapcapTool('gapcap', { program: gapcapPath });
  const shown: CaptureTool = {
    ...plain,
    name: 'gapcap --http',
    command: (job) => [...plain.command(job), '--http', String(PORT)],
  };
  const published: CaptureTool = {
    ...plain,
    name: 'gapcap --publish',
    command: (job) => [
      ...plain.command(job),
      ...['--publish', 'nats://127.0.0.1', '--publish-spool', join(folder, 'spool')],
    ],
  };
  return [plain, shown, published];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '4' },
      frames: { type: 'string', default: '3000000' },
      json: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  const frameCount = Number(values.frames);
  const bed = makeTestBed();
  const machine = machineFacts();
  const readers = new Readers();
  const plan = { lengths: [FRAME_BYTES], frameCount, warmUpCount: Math.round(frameCount / 4) };
  const messages = await startServer(bed.folder);
  const compared = tools(bed.folder);
  const runs = compared.map((): (MeasuredRun & Taken & { readonly sent: number })[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < compared.length; turn++) {
      const index = (round + turn) % compared.length;
      readers.take();
      const messagesBefore = await messages();
      const run = await measureRun(compared[index]!, plan, bed);
      const taken = readers.take();
      if (index === 1) assert.ok(taken.scrapes > 1 && taken.events > 1, 'nobody read the page');
      const sent = (await messages()) - messagesBefore;
      if (index === 2) assert.ok(sent > 2, 'nothing was published');
      runs[index]!.push({ ...run, ...taken, sent });
    }
  }
  readers.end();
  const rows = compared.map(({ name }, i) => {
    const perFrame = runs[i]!.map((run) => totalNs(run.flood) / run.frameCount);
    const first = runs[i]!.map((run) => run.firstThreadNs / run.frameCount);
    const range = (values: readonly number[]): string =>
      `${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)}`;
    return [
      name,
      median(first).toFixed(1),
      range(first),
      median(perFrame).toFixed(1),
      range(perFrame),
      String(runs[i]!.reduce((sum, { lost }) => sum + lost, 0)),
      (median(runs[i]!.map(({ ratePps }) => ratePps)) / 1e6).toFixed(2),
      (Math.max(...runs[i]!.map(({ peakMemoryBytes }) => peakMemoryBytes)) / 2 ** 20).toFixed(0),
      String(runs[i]!.reduce((sum, { scrapes }) => sum + scrapes, 0)),
      String(runs[i]!.reduce((sum, { events }) => sum + events, 0)),
      String(runs[i]!.reduce((sum, { sent }) => sum + sent, 0)),
    ];
  });
  const headings = [
    'capturing thread, ns/frame',
    'least–most',
    'all threads',
    'least–most',
    'lost',
    'Mframes/s',
    'peak MiB',
    'scrapes',
    'events',
    'published',
  ];
  const columns = [
    { heading: 'tool', align: 'left' as const },
    ...headings.map((heading) => ({ heading, align: 'right' as const })),
  ];
  process.stdout.write(`${alignColumns(columns, rows).join('\n')}\n`);
  if (values.json !== undefined) {
    const record = {
      date: new Date().toISOString(),
      machine,
      setting: { rounds, frameCount, frameBytes: FRAME_BYTES, bufferMiB: BUFFER_MIB },
      results: compared.map(({ name }, i) => ({ tool: name, runs: runs[i]! })),
    };
    mkdirSync(dirname(values.json), { recursive: true });
    writeFileSync(values.json, `${JSON.stringify(record, undefined, 2)}\n`);
  }
}

if (insidePrivateNetwork()) {
  await main();
  process.exit();
} else {
  const own = fileURLToPath(import.meta.url);
  process.exitCode = await runInPrivateNetwork({ arguments: [own, ...process.argv.slice(2)] });
}
