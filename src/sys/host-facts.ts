/** What is known of this host that bears on losing frames. Reading it needs no privilege. */

import { arch, availableParallelism, release } from 'node:os';
import { SystemCallError, UnsupportedError } from '../core/errors.js';
import { type CgroupLimits, readCgroupLimits } from './cgroup.js';
import { PACKET_VERSION, SOL_PACKET, TPACKET_V3 } from './constants.js';
import { type HostPaths, THIS_HOST, tryReadNumber, tryReadText } from './host-files.js';
import { type HostInterfaceFacts, readInterfaceFacts } from './interface-facts.js';
import { tryLibpcapVersion } from './libpcap.js';
import { PacketSocket } from './packet-socket.js';

/** What one CPU's receive path has counted since the host started (/proc/net/softnet_stat). */
export interface SoftnetFacts {
  readonly cpu: number;
  /** Frames processed; wraps at 2^32. */
  readonly processed: number;
  /** Frames dropped because the backlog was full, or a flow had its share of it; wraps at 2^32. */
  readonly dropped: number;
  /** Times that its share of time or frames was used up with frames left to process; wraps at 2^32. */
  readonly squeezed: number;
}

/** The host, the process and the interfaces, as far as they bear on losing frames. */
export interface HostFacts {
  /** Such as `6.12.1-amd64`. */
  readonly kernelRelease: string;
  /** Of the processor, in Node's words: `x64`, `arm64`. */
  readonly architecture: string;
  /** Of Node, for commands that grant it something. */
  readonly executable: string;
  /** CPUs that this process may use. */
  readonly cpuCount: number;
  /** The capabilities in force, one bit each; undefined where unknown. */
  readonly capabilities: bigint | undefined;
  /** Whether the kernel has TPACKET_V3 rings; undefined where asking isn't permitted. */
  readonly blockRings: boolean | undefined;
  /** What libpcap says of itself; undefined where it isn't installed. */
  readonly libpcap: string | undefined;
  /** Limit of a receive queue without CAP_NET_ADMIN, in bytes (net.core.rmem_max). */
  readonly receiveBufferMaxBytes: number | undefined;
  /** Frames that may wait for a CPU to process them (net.core.netdev_max_backlog). */
  readonly backlogLimit: number | undefined;
  /** Frames that a CPU processes in one go (net.core.netdev_budget). */
  readonly budget: number | undefined;
  /** The longest that it does so, in microseconds (net.core.netdev_budget_usecs). */
  readonly budgetUs: number | undefined;
  /** What each CPU has received; empty: unknown. */
  readonly softnet: readonly SoftnetFacts[];
  /** How CPUs choose their clock, each once with its driver; empty: unknown, as in many machines. */
  readonly governors: readonly { readonly governor: string; readonly driver: string }[];
  /** Memory that could be had without swapping, in bytes. */
  readonly memoryAvailableBytes: number | undefined;
  /** The limits that the process runs under. */
  readonly cgroup: CgroupLimits;
  /** All interfaces of the network namespace, in the kernel's order. */
  readonly interfaces: readonly HostInterfaceFacts[];
}

/**
 * Looks at the host.
 *
 * @param paths trees in place of /proc and /sys
 */
export function readHostFacts(paths: HostPaths = THIS_HOST): HostFacts {
  const core = `${paths.proc}/sys/net/core`;
  return {
    kernelRelease: release(),
    architecture: arch(),
    executable: process.execPath,
    cpuCount: availableParallelism(),
    capabilities: parseCapabilities(tryReadText(`${paths.proc}/self/status`)),
    blockRings: askForBlockRings(),
    libpcap: tryLibpcapVersion(),
    receiveBufferMaxBytes: tryReadNumber(`${core}/rmem_max`),
    backlogLimit: tryReadNumber(`${core}/netdev_max_backlog`),
    budget: tryReadNumber(`${core}/netdev_budget`),
    budgetUs: tryReadNumber(`${core}/netdev_budget_usecs`),
    softnet: parseSoftnet(tryReadText(`${paths.proc}/net/softnet_stat`)),
    governors: readGovernors(paths),
    memoryAvailableBytes: parseMemoryAvailable(tryReadText(`${paths.proc}/meminfo`)),
    cgroup: readCgroupLimits(paths),
    interfaces: readInterfaceFacts(paths),
  };
}

/** Reads /proc/net/softnet_stat: a line of hexadecimal numbers for each CPU that is online. */
export function parseSoftnet(text: string | undefined): SoftnetFacts[] {
  const lines = (text ?? '').split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    const numbers = line
      .trim()
      .split(/\s+/)
      .map((word) => Number.parseInt(word, 16));
    const [processed = 0, dropped = 0, squeezed = 0] = numbers;
    // The CPU's number is there since Linux 5.10 (net/core/net-procfs.c: softnet_seq_show()).
    return { cpu: numbers[12] ?? index, processed, dropped, squeezed };
  });
}

function parseCapabilities(status: string | undefined): bigint | undefined {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1];
  return mask === undefined ? undefined : BigInt(`0x${mask}`);
}

function parseMemoryAvailable(text: string | undefined): number | undefined {
  const kib = /^MemAvailable:\s*(\d+) kB$/m.exec(text ?? '')?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

function readGovernors(paths: HostPaths): HostFacts['governors'] {
  const all = new Map<string, { governor: string; driver: string }>();
  for (let cpu = 0; ; cpu++) {
    const folder = `${paths.sys}/devices/system/cpu/cpu${cpu}`;
    if (tryReadText(`${folder}/topology/core_id`) === undefined) return [...all.values()];
    const governor = tryReadText(`${folder}/cpufreq/scaling_governor`)?.trim();
    const driver = tryReadText(`${folder}/cpufreq/scaling_driver`)?.trim() ?? '';
    if (governor !== undefined) all.set(`${governor} ${driver}`, { governor, driver });
  }
}

function askForBlockRings(): boolean | undefined {
  let socket: PacketSocket;
  try {
    socket = PacketSocket.open(false);
  } catch (error) {
    // Not permitted, or not the right system: unknown here, and told elsewhere.
    if (error instanceof SystemCallError || error instanceof UnsupportedError) return undefined;
    throw error;
  }
  try {
    socket.setOption(SOL_PACKET, PACKET_VERSION, Int32Array.of(TPACKET_V3), 'TPACKET_V3');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
