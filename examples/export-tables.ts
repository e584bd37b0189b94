/** Writes captures as tables: node export-tables.js ARCHIVE SENSOR FILE... */

import { argv } from 'node:process';
import { exportCapture } from 'gapcap/archiving';

const [folder = 'archive', sensor, ...files] = argv.slice(2);

for (const file of files) {
  const { frames, gaps, lost, truncated, outputs } = exportCapture(file, { folder, sensor });
  const end = truncated ? '; its end is missing' : '';
  console.log(`${file}: ${frames} frames, ${lost ?? 'unknown'} lost in ${gaps} gaps${end}`);
  for (const path of outputs) console.log(`  ${path}`);
}
