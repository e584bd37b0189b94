/**
 * A capture with a live page, in this process's own network namespace, and traffic that it loses on
 * purpose: while it stands still, more is sent than its ring holds.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gapcapPath } from '../cli/gapcap-process.js';
import type { CaptureJson, FinishedCapture } from '../live/capture-run.js';
import { parseMetrics } from './prometheus-text.js';

/** Longest wait for anything. */
const LONGEST_MS = 60_000;

/** A silent pair of interfaces. */
export interface Cable {
  readonly sender: string;
  readonly receiver: string;
}

/** Makes a pair of interfaces in this namespace, which ends with it. */
export function layCable(name: string): Cable {
  const cable = { sender: `${name}t`, receiver: `${name}r` };
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', cable.sender, 'type', 'veth', 'peer', 'name', cable.receiver);
  for (const end of [cable.sender, cable.receiver]) {
    ip('link', 'set', end, 'arp', 'off', 'addrgenmode', 'none', 'up');
  }
  return cable;
}

/** Waits until something is so; fails after a minute, with what it was told to say. */
export async function eventually(
  what: () => boolean | Promise<boolean>,
  say: () => string = () => 'it never came',
): Promise<void> {
  const deadlineMs = performance.now() + LONGEST_MS;
  while (!(await what())) {
    if (performance.now() > deadlineMs) assert.fail(say());
    await sleep(50);
  }
}

/** A `gapcap capture --http` under way. */
export class ShownCapture {
  /** Where its page is; ends in a slash. */
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #cable: Cable;
  readonly #finished: Promise<FinishedCapture>;
  /** Frames sent so far. */
  sent = 0;

  private constructor(
    child: ChildProcess,
    cable: Cable,
    url: string,
    finished: Promise<FinishedCapture>,
  ) {
    this.#child = child;
    this.#cable = cable;
    this.url = url;
    this.#finished = finished;
  }

  /** Starts it and waits until it captures. */
  static async start(cable: Cable, args: readonly string[]): Promise<ShownCapture> {
    const all = [gapcapPath, 'capture', '-i', cable.receiver, ...args];
    const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    let over = false;
    const finished = new Promise<FinishedCapture>((resolve) => {
      child.once('close', (status, signal) => {
        over = true;
        resolve({ status, signal, stdout, stderr });
      });
    });
    await eventually(() => over || stderr.includes('capturing on'));
    const url = /^live page: (\S+)$/m.exec(stderr)?.[1];
    if (url === undefined) child.kill('SIGKILL');
    assert.ok(url !== undefined, `no page: ${stderr}`);
    return new ShownCapture(child, cable, url, finished);
  }

  /** Sends frames of 60 bytes and waits until all are sent. */
  async send(frameCount: number, ratePps?: number): Promise<void> {
    const main = fileURLToPath(new URL('./flood-main.js', import.meta.url));
    const rate = ratePps === undefined ? {} : { ratePps };
    const options = { interfaceName: this.#cable.sender, frameCount, ...rate };
    const child = spawn(process.execPath, [main, '--json', JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(status, 0);
    this.sent += frameCount;
  }

  /** Lets it lose frames in one gap: sends more than a ring of 1 MiB holds while it stands still. */
  async lose(frameCount: number): Promise<void> {
    this.#child.kill('SIGSTOP');
    await this.send(frameCount);
    this.#child.kill('SIGCONT');
    await this.caughtUp();
    // What follows ends the gap.
    await this.send(100);
    await this.caughtUp();
  }

  /** Its metrics as of now. */
  async metrics(): Promise<Map<string, number>> {
    const response = await fetch(`${this.url}metrics`);
    assert.equal(response.status, 200);
    return parseMetrics(await response.text());
  }

  /** Waits until its metrics tell of every frame sent. */
  async caughtUp(): Promise<Map<string, number>> {
    const name = `gapcap_frames_received_total{interface="${this.#cable.receiver}"}`;
    let metrics = new Map<string, number>();
    await eventually(
      async () => {
        metrics = await this.metrics();
        const delivered = sumOf(metrics, 'gapcap_frames_delivered_total');
        const lost = sumOf(metrics, 'gapcap_frames_dropped_total');
        const pending = sumOf(metrics, 'gapcap_frames_dropped_pending');
        return metrics.get(name) === this.sent && delivered + lost + pending === this.sent;
      },
      () => `${this.sent} sent, but: ${JSON.stringify([...metrics])}`,
    );
    return metrics;
  }

  /** Ends it and gives what it said at last. */
  async end(): Promise<CaptureJson> {
    this.#child.kill('SIGINT');
    const { status, stdout, stderr } = await this.#finished;
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as CaptureJson;
  }

  /** Ends it at once, if it still runs. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** The sum of a metric over all its labels. */
export function sumOf(metrics: ReadonlyMap<string, number>, name: string): number {
  let sum = 0;
  for (const [series, value] of metrics) if (series.split('{')[0] === name) sum += value;
  return sum;
}

function ip(...parameters: string[]): void {
  execFileSync('ip', parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
}
