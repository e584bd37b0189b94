/** What a thread can ask of the scheduler and of its parent. */

import { availableParallelism } from 'node:os';
import { ArgumentError } from '../core/errors.js';
import { parseSoftnet } from './host-facts.js';
import { type HostPaths, THIS_HOST, tryReadText } from './host-files.js';
import { libc, systemCallError } from './libc.js';

/** Bytes of the mask handed to sched_setaffinity: 1,024 CPUs, glibc's own cpu_set_t. */
const CPU_SET_BYTES = 128;

const PR_SET_PDEATHSIG = 1; // include/uapi/linux/prctl.h

/**
 * Binds the calling thread (only this one, not the process) to one CPU.
 *
 * @param cpu the kernel's number of the CPU, from 0
 * @throws {SystemCallError} `EINVAL` where no such CPU is online or allowed
 */
export function pinThread(cpu: number): void {
  if (!Number.isInteger(cpu) || cpu < 0 || cpu >= CPU_SET_BYTES * 8) {
    throw new ArgumentError('BAD_CPU', `There is no CPU ${cpu}.`, {
      argument: 'cpu',
      value: cpu,
      expected: `a whole number from 0 to ${CPU_SET_BYTES * 8 - 1}`,
    });
  }
  const mask = new Uint8Array(CPU_SET_BYTES);
  mask[cpu >> 3] = 1 << (cpu & 7);
  if (libc().sched_setaffinity(0, mask.byteLength, mask) !== 0) {
    throw systemCallError('sched_setaffinity', `Can't bind this thread to CPU ${cpu}`);
  }
}

/**
 * Asks the kernel to send this process a signal when its parent ends, however it ends.
 *
 * Does nothing for a parent that has ended already.
 *
 * @param signal the signal's number, such as 15 for SIGTERM
 */
export function signalOnParentExit(signal: number): void {
  if (libc().prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) !== 0) {
    throw systemCallError('prctl', "Can't ask for a signal at the parent's end");
  }
}

/**
 * How many numbers the processors that may receive frames take up: the highest number of one that is
 * online, plus one.
 *
 * More than there are where some in between are offline. A process that may run on few of them gets
 * frames from all. In a container /sys may show the container's processors only (lxcfs makes up
 * /sys/devices/system/cpu/online from its cpuset), so /proc/net/softnet_stat is asked as well: it has a
 * line for each processor of the host that is online (net/core/net-procfs.c: softnet_seq_show()).
 *
 * @param paths trees in place of /proc and /sys
 */
export function processorNumbers(paths: HostPaths = THIS_HOST): number {
  const online = tryReadText(`${paths.sys}/devices/system/cpu/online`)?.trim();
  const receiving = parseSoftnet(tryReadText(`${paths.proc}/net/softnet_stat`));
  const numbers = receiving.map(({ cpu }) => cpu);
  if (online) numbers.push(Number(online.split(/[,-]/).at(-1)));
  // Neither file, as in some containers: what Node knows of.
  return numbers.length === 0 ? availableParallelism() : Math.max(...numbers) + 1;
}
