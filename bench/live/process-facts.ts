/** What the kernel says about processes: CPU times, memory, idleness, packet sockets. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { libc, systemCallError } from '../../src/sys/libc.js';

const RUSAGE_CHILDREN = -1; // include/uapi/linux/resource.h
/** struct rusage of 64-bit Linux: two struct timeval of 16 bytes, then fourteen longs. */
const RUSAGE_BYTES = 144;

/** A process counts as idle that uses less than so much CPU time in such a time. */
const IDLE_MS = 60;
const IDLE_CPU_NS = 1_500_000;
const LONGEST_WAIT_MS = 30_000;

/** CPU time in nanoseconds. */
export interface CpuTime {
  readonly userNs: number;
  readonly systemNs: number;
}

/**
 * CPU time of all children that have ended and been waited for, in steps of 1 µs.
 *
 * The sum of both parts is exact, from the scheduler's own clock. How it is split into user and
 * system time the kernel estimates from its ticks, 100 to 1,000 a second, unless it is built with
 * CONFIG_VIRT_CPU_ACCOUNTING (kernel/sched/cputime.c: cputime_adjust()).
 */
export function childrenCpuTime(): CpuTime {
  const usage = new DataView(new ArrayBuffer(RUSAGE_BYTES));
  if (libc().getrusage(RUSAGE_CHILDREN, usage) !== 0) {
    throw systemCallError('getrusage', "Can't read the children's CPU time");
  }
  const timeAt = (offset: number): number =>
    Number(usage.getBigInt64(offset, true) * 1_000_000n + usage.getBigInt64(offset + 8, true)) *
    1000;
  return { userNs: timeAt(0), systemNs: timeAt(16) };
}

/** The most memory that a running process has had in RAM at a time, its mapped ring included. */
export function peakMemoryBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`/proc/${pid}/status has no VmHWM`);
  return Number(kibibytes) * 1024;
}

/**
 * CPU time that a running process has used so far, all its threads together.
 *
 * The sum is exact to the nanosecond while the process sleeps (a kernel that keeps no such sum,
 * CONFIG_SCHED_INFO, gives it in steps of 10 ms); threads that have ended are not in it. The split
 * is as rough as that of `childrenCpuTime`, in steps of 10 ms.
 */
export function processCpuTime(pid: number): CpuTime {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // utime and stime, fields 14 and 15 of proc(5), in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const userNs = Number(fields[11]) * 10_000_000;
  const exactNs = readdirSync(`/proc/${pid}/task`).reduce((ns, thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
    return ns + Number(text.split(' ')[0]);
  }, 0);
  const sumNs = exactNs > 0 ? exactNs : userNs + Number(fields[12]) * 10_000_000;
  return { userNs: Math.min(userNs, sumNs), systemNs: Math.max(0, sumNs - userNs) };
}

/**
 * CPU time that the first thread of a running process has used so far, in nanoseconds, exact as that of
 * `processCpuTime`; 0 where the kernel keeps no such time.
 */
export function firstThreadNs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]);
}

/** User and system time together. */
export function totalNs({ userNs, systemNs }: CpuTime): number {
  return userNs + systemNs;
}

/** Waits until a process uses next to no CPU any more. @throws {Error} after half a minute */
export async function waitUntilIdle(pid: number): Promise<void> {
  const deadlineMs = performance.now() + LONGEST_WAIT_MS;
  let before = totalNs(processCpuTime(pid));
  while (performance.now() < deadlineMs) {
    await setTimeout(IDLE_MS);
    const now = totalNs(processCpuTime(pid));
    if (now - before < IDLE_CPU_NS) return;
    before = now;
  }
  throw new Error(`Process ${pid} isn't idle after ${LONGEST_WAIT_MS / 1000} s`);
}

/**
 * Waits until somebody in this network namespace captures on an interface.
 *
 * @param hasEnded asked again and again; true ends the waiting with an error
 */
export async function waitForPacketSocket(
  interfaceName: string,
  hasEnded: () => boolean,
): Promise<void> {
  const index = libc().if_nametoindex(interfaceName);
  const deadlineMs = performance.now() + LONGEST_WAIT_MS;
  while (!listens(index)) {
    if (hasEnded()) throw new Error('ended before it captured');
    if (performance.now() > deadlineMs) throw new Error("doesn't begin to capture");
    await setTimeout(5);
  }
}

/** The CPUs that this process may run on, by the kernel's numbers. */
export function allowedCpus(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Columns of /proc/net/packet: sk, reference count, type, protocol, interface, running, … */
function listens(interfaceIndex: number): boolean {
  return readFileSync('/proc/thread-self/net/packet', 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .some((columns) => columns[4] === String(interfaceIndex) && columns[5] === '1');
}
