// Captures from an interface for some seconds and tells of each gap as soon as it is known.
import { CaptureSession, gapSentence } from 'gapcap';

const [interfaceName = 'eth0', seconds = '10'] = process.argv.slice(2);

using session = CaptureSession.open({
  interfaceName,
  durationMs: Number(seconds) * 1000,
  onGap: (gap) => console.log(gapSentence(gap)),
});
const { account } = await session.run();

console.log(`${account.frames} frames captured, ${account.lost} lost`);
