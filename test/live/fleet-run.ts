/** `gapcap fleet` by the built command, where a test's server is, and what it says. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetJson, FleetSensorJson } from '../../src/fleet/fleet-json.js';
import type { GapsEvent } from '../../src/fleet/fleet-message.js';
import { gapcapPath } from '../cli/gapcap-process.js';
import type { TestNetwork } from '../support/namespace.js';
import { ended } from '../support/tap-path.js';

export const LONGEST_WAIT_MS = 90_000;

/** A command that has ended. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `gapcap fleet` where the server is, to its end. */
export async function fleet(network: TestNetwork, ...args: string[]): Promise<Finished> {
  const child = network.spawn(network.receiver, process.execPath, [gapcapPath, 'fleet', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = [gather(child.stdout!), gather(child.stderr!)] as const;
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, stdout: texts[0](), stderr: texts[1]() };
}

/** What a stream gives, as far as it has come. */
export function gather(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

/** A `gapcap fleet` that goes on until it is ended. */
export function watcher(
  network: TestNetwork,
  ...args: string[]
): { readonly child: ChildProcess; readonly stdout: () => string; readonly stderr: () => string } {
  const child = network.spawn(network.receiver, process.execPath, [gapcapPath, 'fleet', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, stdout: gather(child.stdout!), stderr: gather(child.stderr!) };
}

/** What a server at an address in the network answers. */
export async function ask(network: TestNetwork, url: string): Promise<string> {
  const script = `console.log(await (await fetch(${JSON.stringify(url)})).text())`;
  const asked = network.spawn(
    network.receiver,
    process.execPath,
    ['--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'inherit'], timeout: LONGEST_WAIT_MS },
  );
  const answer = gather(asked.stdout!);
  await ended(asked);
  return answer();
}

/** Waits for a condition; where it doesn't come true, fails with what `tell` has to say. */
export async function untilTrue(
  isTrue: () => boolean | Promise<boolean>,
  tell: () => string = () => '',
): Promise<void> {
  const endMs = performance.now() + LONGEST_WAIT_MS;
  while (!(await isTrue())) {
    if (performance.now() > endMs) assert.fail(`it never came true ${tell()}`);
    await sleep(100);
  }
}

/** The sensors by name, as `--json` tells them. */
export async function picture(
  network: TestNetwork,
  url: string,
): Promise<Map<string, FleetSensorJson>> {
  const { status, stdout, stderr } = await fleet(network, url, '--json');
  assert.equal(status, 0, stderr);
  const { sensors } = JSON.parse(stdout) as FleetJson;
  return new Map(sensors.map((one) => [one.sensor, one]));
}

/** Asks for the fleet until it is as wanted; fails with what it was at last. */
export async function until(
  network: TestNetwork,
  url: string,
  isWanted: (sensors: Map<string, FleetSensorJson>) => boolean,
): Promise<Map<string, FleetSensorJson>> {
  const endMs = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const sensors = await picture(network, url);
    if (isWanted(sensors)) return sensors;
    if (performance.now() > endMs) assert.fail(JSON.stringify([...sensors.values()], null, 1));
    await sleep(300);
  }
}

/** Every event of the stream, as `--follow` prints them from the past on. */
export async function allGaps(
  network: TestNetwork,
  url: string,
  least: number,
): Promise<GapsEvent[]> {
  const args = [gapcapPath, 'fleet', url, '--follow'];
  const child = network.spawn(network.receiver, process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const text = gather(child.stdout!);
  const events = (): GapsEvent[] => gapsIn(text());
  const endMs = performance.now() + LONGEST_WAIT_MS;
  while (countGaps(events()) < least && performance.now() < endMs) await sleep(100);
  // Were one told twice, it would come now.
  await sleep(500);
  child.kill('SIGINT');
  await ended(child);
  return events();
}

/** The events that tell of gaps, in what `--follow` has printed. */
export function gapsIn(printed: string): GapsEvent[] {
  return printed
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as GapsEvent)
    .filter(({ kind }) => kind === 'gaps');
}

/** Gaps in events. */
export function countGaps(events: readonly GapsEvent[]): number {
  return events.reduce((sum, { gaps }) => sum + gaps.length, 0);
}
