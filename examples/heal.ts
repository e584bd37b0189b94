/** Fills gaps of one capture from others: node heal.js OUTPUT FILE OTHER... */

import { argv } from 'node:process';
import { healCapture } from 'gapcap/healing';

const [output = 'healed.pcapng', file = '', ...others] = argv.slice(2);

const result = await healCapture(file, others, { output });

for (const gap of result.gaps) {
  if (gap.outcome === 'whole') continue;
  console.log(`${gap.filled} of ${gap.recorded.lost} frames found after frame ${gap.after}`);
}
console.log(`${result.wholeCount} of ${result.gapCount} gaps whole, ${result.left} frames missing`);
