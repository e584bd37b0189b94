/** Prints who is losing frames, as it happens: node fleet-losses.js nats://HOST */

import { argv } from 'node:process';
import { FleetWatch, readNatsAddress } from 'gapcap/sensors';

await FleetWatch.open({
  address: readNatsAddress(argv[2] ?? 'nats://localhost'),
  lookBackMs: 60_000,
  onEvent: (event) => {
    if (event.kind !== 'gaps') return;
    for (const { lost, after, before, certainty } of event.gaps) {
      const place = `between frames ${after ?? 'none'} and ${before ?? 'none'}`;
      console.log(`${event.sensor} ${event.interfaceName}: ${lost} lost ${place} (${certainty})`);
    }
  },
  onNews: (news) => console.error(news),
});
