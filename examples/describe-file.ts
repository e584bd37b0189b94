/** Says what a capture file knows of its own loss: node describe-file.js FILE */

import { argv } from 'node:process';
import { readFileFacts } from 'gapcap/files';

const { tally, interfaces, loss } = readFileFacts(argv[2] ?? '-');

console.log(`${tally.frames} frames, ${tally.originalBytes} bytes`);
for (const { description, account, lawHolds } of interfaces) {
  const { received, dropped, finalGap } = account;
  const law = lawHolds === undefined ? "can't be checked" : lawHolds ? 'holds' : 'is broken';
  console.log(`${description.name ?? description.id}: ${received ?? '?'} received,`);
  console.log(`  ${dropped ?? '?'} dropped, ${finalGap ?? '?'} of them at the end; the law ${law}`);
}
for (const gap of loss.account.gaps) {
  console.log(`${gap.lost} frames lost between frames ${gap.after} and ${gap.before}`);
}
