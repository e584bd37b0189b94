/** Lists where frames are missing: node read-gaps.js FILE */

import { argv } from 'node:process';
import { openCapture } from 'gapcap/files';

let frames = 0;
let lost = 0;

for await (const batch of openCapture(argv[2] ?? '-')) {
  while (batch.next()) {
    frames += 1;
    const loss = batch.lostBefore;
    if (loss === undefined) continue;
    lost += loss.lost;
    console.log(`${loss.lost} frames lost before frame ${batch.frameNumber} (${loss.certainty})`);
  }
}
console.log(`${frames} frames, ${lost} lost between them`);
