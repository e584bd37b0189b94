#!/usr/bin/env node
/** Where `gapcap` starts. */

import './user-signal.js';

import { reportFailure } from './failure.js';
import { runProgram } from './program.js';
import { endQuietlyWhenReaderLeaves } from './standard-output.js';
import { guardStream } from './terminal-guard.js';

guardStream(process.stdout);
guardStream(process.stderr);

endQuietlyWhenReaderLeaves();
// Node would print what went wrong past the gate.
process.on('uncaughtException', (error) => {
  void reportFailure(error).then((status) => process.exit(status));
});
process.exitCode = await runProgram(process.argv.slice(2));
