/**
 * A program that runs itself in a private network: outside it starts itself again, inside it does
 * what its first argument says and prints one line of JSON. For the tests of the private network.
 */

import { startFlood } from '../../src/lab/flood.js';
import { insidePrivateNetwork, runInPrivateNetwork } from '../../src/lab/private-network.js';
import { createVethPair, listLinks, setLinkUp } from '../../src/sys/rtnetlink.js';

if (insidePrivateNetwork()) await inside(process.argv[2]!);
else process.exitCode = await runInPrivateNetwork({ arguments: process.argv.slice(1) });

async function inside(task: string): Promise<void> {
  if (task === 'flood') {
    createVethPair('tx0', 'rx0');
    setLinkUp('tx0');
    setLinkUp('rx0');
    const flood = await startFlood({ interfaceName: 'tx0', frameCount: 20_000 });
    const { sent } = await flood.finished;
    const links = listLinks();
    const received = links.find((l) => l.name === 'rx0')!.statistics!.receivedPackets;
    say({ names: links.map((l) => l.name), sent, received: Number(received) });
  } else if (task === 'status') {
    say({ given: process.argv.slice(3) });
    process.exitCode = 37;
  } else if (task === 'wait') {
    let signals = 0;
    process.on('SIGINT', () => {
      signals++;
      say({ signals });
      setTimeout(() => process.exit(40 + signals), 300);
    });
    say({ pid: process.pid });
    setTimeout(() => process.exit(1), 20_000);
  }
}

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
