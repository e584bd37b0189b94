#!/usr/bin/env node
/** Where `gapcap` starts. */

import { runProgram } from './program.js';
import { endQuietlyWhenReaderLeaves } from './standard-output.js';

endQuietlyWhenReaderLeaves();
process.exitCode = await runProgram(process.argv.slice(2));
