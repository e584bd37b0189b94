/** What a thread can ask of the scheduler and of its parent. */

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { ArgumentError } from '../core/errors.js';
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
 * How many numbers the host's processors take up: the highest number of one that is online, plus one.
 *
 * More than there are where some in between are offline. Source: /sys/devices/system/cpu/online.
 */
export function processorNumbers(): number {
  try {
    const online = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim();
    return Number(online.split(/[,-]/).at(-1)) + 1;
  } catch {
    // No such file in some containers: what Node knows of.
    return availableParallelism();
  }
}
