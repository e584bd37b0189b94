/** The limits of the control group (version 2) that this process is in. */

import { type HostPaths, tryReadNumber, tryReadText } from './host-files.js';

/** What a control group allows; undefined: no limit, or none known. */
export interface CgroupLimits {
  /** The group that limits the CPU most, as a folder of /sys. */
  readonly cpuFolder: string | undefined;
  /** CPUs it allows, a fraction perhaps. */
  readonly cpuLimit: number | undefined;
  /** Milliseconds within which that share is measured: the group stands still for the rest of it. */
  readonly cpuPeriodMs: number | undefined;
  /** Times that the group stood still so far. */
  readonly throttledCount: number | undefined;
  /** The group that limits memory most, as a folder of /sys. */
  readonly memoryFolder: string | undefined;
  /** Bytes that all of the group may take together; the kernel's rings count. */
  readonly memoryLimitBytes: number | undefined;
}

/** Reads the tightest limits of the process's group and of those around it. */
export function readCgroupLimits(paths: HostPaths): CgroupLimits {
  const own = /^0::(\/.*)$/m.exec(tryReadText(`${paths.proc}/self/cgroup`) ?? '')?.[1];
  let limits: CgroupLimits = {
    cpuFolder: undefined,
    cpuLimit: undefined,
    cpuPeriodMs: undefined,
    throttledCount: undefined,
    memoryFolder: undefined,
    memoryLimitBytes: undefined,
  };
  if (own === undefined) return limits;
  for (let path = own; path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
    const folder = `${paths.sys}/fs/cgroup${path === '/' ? '' : path}`;
    limits = withCpu(withMemory(limits, folder), folder);
  }
  return limits;
}

function withCpu(limits: CgroupLimits, folder: string): CgroupLimits {
  // "max 100000", or microseconds of CPU time in a period of microseconds.
  const parts = /^(\d+) (\d+)$/.exec(tryReadText(`${folder}/cpu.max`)?.trim() ?? '');
  if (parts === null) return limits;
  const cpuLimit = Number(parts[1]) / Number(parts[2]);
  if (cpuLimit >= (limits.cpuLimit ?? Number.POSITIVE_INFINITY)) return limits;
  const throttled = /^nr_throttled (\d+)$/m.exec(tryReadText(`${folder}/cpu.stat`) ?? '')?.[1];
  return {
    ...limits,
    cpuFolder: folder,
    cpuLimit,
    cpuPeriodMs: Number(parts[2]) / 1000,
    throttledCount: throttled === undefined ? undefined : Number(throttled),
  };
}

function withMemory(limits: CgroupLimits, folder: string): CgroupLimits {
  const bytes = tryReadNumber(`${folder}/memory.max`);
  if (bytes === undefined || bytes >= (limits.memoryLimitBytes ?? Number.POSITIVE_INFINITY)) {
    return limits;
  }
  return { ...limits, memoryFolder: folder, memoryLimitBytes: bytes };
}
