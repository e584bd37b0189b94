/**
 * Sensors that call themselves and all they tell of by texts that would do something to a terminal:
 * `hostile-sensors-main.js URL` publishes to a NATS server what whoever may publish can send, and ends.
 */

import { jetstream } from '@nats-io/jetstream';
import type { FleetEvent, FleetMessage } from '../../src/fleet/fleet-message.js';
import { openStream } from '../../src/fleet/fleet-stream.js';
import { subjectOf } from '../../src/fleet/fleet-subject.js';
import { connectTo } from '../../src/fleet/nats-connection.js';
import { HOSTILE_TEXTS } from './hostile-text.js';
import { fakeEnd, fakeGaps, fakeReading, fakeSensorGap, fakeStart } from './sensor-events.js';

const url = process.argv[2]!;
const connection = await connectTo({ url }, 'hostile');
await openStream(connection, { url });
const client = jetstream(connection);
let number = 0;

async function publish(event: FleetEvent): Promise<void> {
  number++;
  const message: FleetMessage = { version: 1, number, lostMessages: 3, lostGaps: 4, event };
  await client.publish(subjectOf(event), JSON.stringify(message));
}

const texts = HOSTILE_TEXTS.map((bytes) => new TextDecoder('utf-8').decode(bytes));
for (const [index, text] of texts.entries()) {
  const timeMs = Date.now();
  const common = { sensor: `${text}${index}`, run: `${text}run`, timeMs };
  const other = texts[(index + 1) % texts.length]!;
  const interfaces = [{ id: 0, name: text, description: other }];
  const gaps = [fakeSensorGap(7, { file: other })];
  await publish(fakeStart({ ...common, version: other, interfaces }));
  const counts = [{ frames: 5, dropped: 7, exact: fakeGaps(7), lastGapMs: timeMs }];
  await publish(fakeReading(0, counts, { ...common, file: text, gaps }));
  await publish({ kind: 'gaps', ...common, interfaceName: text, gaps });
  if (index % 2 === 0) await publish(fakeEnd(0, { ...common, reason: other }));
  // What is no event at all, under a subject of the fleet's.
  await client.publish(`gapcap.x${index}._all.start`, `{"version":1,${text}`);
}
await connection.close();
