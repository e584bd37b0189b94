/** Prints the ten longest frames of a capture file: node longest-frames.js FILE */

import { argv } from 'node:process';
import { type Frame, formatEpochNs, openCapture } from 'gapcap/files';

const longest: Frame[] = [];

for await (const frame of openCapture(argv[2] ?? '-').frames()) {
  longest.push(frame);
  longest.sort((a, b) => b.originalLength - a.originalLength);
  longest.length = Math.min(longest.length, 10);
}
for (const { timestampNs, originalLength, data } of longest) {
  const start = Buffer.from(data.subarray(0, 12)).toString('hex');
  console.log(`${formatEpochNs(timestampNs)}  ${originalLength} bytes  ${start}...`);
}
