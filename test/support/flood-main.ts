/** A flood as a process of its own: `node flood-main.js --json '{"interfaceName":"tx0", …}'`. */

import { parseArgs } from 'node:util';
import { type FloodOptions, startFlood } from '../../src/lab/flood.js';

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const flood = await startFlood(JSON.parse(values.json ?? '{}') as FloodOptions);
process.once('SIGINT', () => void flood.stop());
process.once('SIGTERM', () => void flood.stop());
process.stdout.write(`${JSON.stringify(await flood.finished)}\n`);
