/**
 * A sensor without a capture: `publish-main.js --json OPTIONS` publishes as many gaps as it is told, by
 * a clock that may be wrong, and prints what came of it. Ends when standard input does.
 */

import { FleetPublisher } from '../../src/fleet/fleet-publisher.js';
import { readNatsAddress } from '../../src/fleet/nats-address.js';
import type { Gap } from '../../src/gaps/gap.js';

/** What to publish. */
export interface PublishMainOptions {
  readonly url: string;
  readonly sensor: string;
  readonly spoolFolder: string;
  readonly spoolBytes: number;
  /** Gaps of one frame each. */
  readonly gaps: number;
  /** How far this clock is ahead of the others. */
  readonly clockAheadMs: number;
}

const options = JSON.parse(process.argv[3]!) as PublishMainOptions;
const trueNow = Date.now;
Date.now = () => trueNow() + options.clockAheadMs;

const publisher = new FleetPublisher({
  address: readNatsAddress(options.url),
  sensor: options.sensor,
  spoolFolder: options.spoolFolder,
  spoolBytes: options.spoolBytes,
});
let told = 0;
await publisher.open();
publisher.follow({
  interfaces: [
    {
      id: 0,
      name: 'made0',
      linkType: 1,
      snapshotLength: 0,
      description: undefined,
      filter: undefined,
      speedBps: undefined,
      macAddress: undefined,
    },
  ],
  counts: () => ({
    interfaces: [{ id: 0, frames: told, received: told * 2, dropped: told }],
    bytesWritten: undefined,
    backlogDropped: undefined,
    file: undefined,
    fileNumber: undefined,
  }),
  fillOf: () => undefined,
} as unknown as Parameters<FleetPublisher['follow']>[0]);

while (told < options.gaps) {
  for (let i = 0; i < 500 && told < options.gaps; i++) {
    told++;
    const gap: Gap = {
      interfaceId: 0,
      lost: 1,
      certainty: 'exact',
      atLeast: 1,
      atMost: 1,
      group: undefined,
      after: told,
      before: told + 1,
      startNs: BigInt(told),
      endNs: BigInt(told + 1),
    };
    publisher.onGap(gap, undefined);
  }
  await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write('told\n');
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve));
const ending = await publisher.close(undefined);
process.stdout.write(`${JSON.stringify(ending)}\n`);
