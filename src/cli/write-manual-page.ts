/** Writes man/gapcap.1, or the file that is named: `npm run man`. */

import { writeFileSync } from 'node:fs';
import { VERSION } from '../interfaces.js';
import { outlineProgram } from './command-outline.js';
import { manualPage } from './manual-page.js';
import { describeProgram } from './program.js';

const [path = 'man/gapcap.1'] = process.argv.slice(2);
writeFileSync(path, manualPage(outlineProgram(await describeProgram()), VERSION));
