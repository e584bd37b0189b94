// Captures from an interface for some seconds, with a page that shows how it goes.
import { CaptureSession } from 'gapcap';
import { LiveWatch, SensorProbe } from 'gapcap/watching';

const [interfaceName = 'eth0', seconds = '60', port = '9100'] = process.argv.slice(2);

const watch = await LiveWatch.open({ port: Number(port) });
const probe = new SensorProbe((event) => watch.tell(event));
const session = CaptureSession.open({
  interfaceName,
  durationMs: Number(seconds) * 1000,
  onGap: probe.onGap,
});
console.log(`open ${watch.url}`);
probe.follow(session);
const result = await session.run();
probe.end(result);
await watch.close();

console.log(`${result.account.frames} frames captured, ${result.account.lost} lost`);
