/** Limits of the addresses that a process may use, fitted to the Node that runs: what it takes differs. */

import { spawnSync } from 'node:child_process';

const MEBIBYTE = 2 ** 20;

/** What this Node takes of them by itself, at most, in bytes: 0.7 to 1.5 GiB. */
function takenByNode(): number {
  const script =
    "process.stdout.write(/VmPeak:\\s+(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1])";
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  if (!(Number(stdout) > 0)) throw new Error(`Node doesn't say what it takes: ${stderr}`);
  return Number(stdout) * 1024;
}

/**
 * What runs a program with room for Node and so many MiB. Up to 350 of them go to Node's threads, 64 for
 * each that allocates memory: less than 250 may leave it too few to say anything.
 */
export function withAddressesFor(beyondMib: number): readonly string[] {
  return ['prlimit', `--as=${takenByNode() + beyondMib * MEBIBYTE}`, '--'];
}
