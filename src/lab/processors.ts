/** Which processors the probes may bind a flood to. */

import { readFileSync } from 'node:fs';

/** The highest processor number this process may run on. */
export function lastCpu(): number {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(/\d+$/.exec(list ?? '0')![0]);
}
