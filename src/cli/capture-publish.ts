/** `--publish` of `gapcap capture`: what a running capture tells a fleet. */

import { hostname } from 'node:os';
import type { Command } from 'commander';
import type { CaptureWatcher } from './capture-watchers.js';
import {
  addNatsOptions,
  givenNatsOptions,
  type NatsArguments,
  natsAddressOf,
} from './nats-options.js';
import { parseSize } from './quantity.js';
import { UsageError } from './usage-error.js';

const mebibyte = 1024 * 1024;
const leastSpoolBytes = 2 * mebibyte;

/** What commander makes of the options. */
export interface PublishArguments extends NatsArguments {
  readonly publish?: string;
  readonly sensor?: string;
  readonly publishSpool?: string;
  readonly publishSpoolSize?: number;
}

/** Gives a command the options. */
export function addPublishOptions(command: Command): void {
  command
    .option('--publish <url>', 'tell a fleet through NATS JetStream: nats://HOST or tls://HOST')
    .option('--sensor <name>', "the name to tell it under, and on the live page; the host's name")
    .option('--publish-spool <folder>', 'where events wait while the server is away')
    .option(
      '--publish-spool-size <size>',
      'how much may wait there, at least 2M (64M)',
      parseSpoolSize,
    );
  addNatsOptions(command);
}

function parseSpoolSize(text: string): number {
  const bytes = parseSize(text, '--publish-spool-size', mebibyte);
  if (bytes >= leastSpoolBytes) return bytes;
  throw new UsageError(`--publish-spool-size: ${text} is too little`, 'Give at least 2M.');
}

/**
 * The name of this sensor.
 *
 * @throws {ArgumentError} `BAD_SENSOR`
 */
export async function sensorName({ sensor }: Pick<PublishArguments, 'sensor'>): Promise<string> {
  if (sensor === undefined) return hostname();
  const { checkSensorName } = await import('../live.js');
  checkSensorName(sensor);
  return sensor;
}

/**
 * Prepares the publishing that was asked for; undefined where none was, and then nothing is loaded.
 *
 * @throws {UsageError} where options go with `--publish` and it isn't there
 * @throws {ArgumentError} for an address or a name that is none
 */
export async function preparePublishing(
  given: PublishArguments,
): Promise<CaptureWatcher | undefined> {
  const { publish, publishSpool, publishSpoolSize } = given;
  if (publish === undefined) {
    const alone = [
      ...(publishSpool === undefined ? [] : ['--publish-spool']),
      ...(publishSpoolSize === undefined ? [] : ['--publish-spool-size']),
      ...givenNatsOptions(given),
    ];
    if (alone.length === 0) return undefined;
    throw new UsageError(`${alone[0]}: nothing is published`, 'Give --publish URL too.');
  }
  const { FleetPublisher } = await import('../sensors.js');
  const { safeText } = await import('../files.js');
  const publisher = new FleetPublisher({
    address: await natsAddressOf(publish, given),
    sensor: await sensorName(given),
    spoolFolder: publishSpool,
    spoolBytes: publishSpoolSize,
    onNews: (news) => tell(safeText(news)),
  });
  return {
    onGap: publisher.onGap,
    follow: async (session) => {
      // As whoever captures by now: root may have been given up, and the spool is that user's.
      await publisher.open();
      publisher.follow(session);
    },
    close: async (result) => {
      const ending = await publisher.close(result);
      if (ending === undefined) return;
      const { waiting, lostMessages, lostGaps } = ending;
      if (waiting > 0) {
        tell(`${waiting} events wait for the NATS server; this sensor's next capture sends them.`);
      }
      if (lostMessages > 0) {
        tell(`${lostMessages} events (${lostGaps} gaps in them) had no room while it was away.`);
      }
    },
  };
}

function tell(text: string): void {
  process.stderr.write(`gapcap: ${text}\n`);
}
