/** What on the host as a whole makes frames go missing. */

import type { HostFacts, SoftnetFacts } from '../sys/host-facts.js';
import type { Finding, Severity } from './finding.js';

/** Bits of the capability mask (include/uapi/linux/capability.h). */
const CAP_NET_ADMIN = 1n << 12n;
const CAP_NET_RAW = 1n << 13n;

/** A backlog that holds 10 ms of a million frames a second. */
const GOOD_BACKLOG = 10_000;
/** Share of squeezed turns to frames above which a CPU's time is short. */
const MUCH_SQUEEZED = 1e-4;
/** The kernel's own value of netdev_budget. */
const DEFAULT_BUDGET = 300;
/** What a process needs besides the ring: Node itself, buffers. */
const PROCESS_BYTES = 128 * 2 ** 20;
/** Governors that let the clock follow the load, which a burst is over before. */
const SLOW_GOVERNORS: ReadonlySet<string> = new Set(['powersave', 'ondemand', 'conservative']);
/** Drivers whose `powersave` leaves the clock to the processor, which is quick about it. */
const QUICK_DRIVERS: ReadonlySet<string> = new Set(['intel_pstate', 'amd-pstate-epp']);

/** What is found by all rules, in the order of harm.
 *
 * @param bufferSizeBytes the ring or queue that a capture is going to ask for
 */
export function findHostFaults(facts: HostFacts, bufferSizeBytes: number): Finding[] {
  return [
    missingPermission(facts),
    missingRings(facts),
    ...softnetDrops(facts),
    cpuLimit(facts),
    memoryLimit(facts, bufferSizeBytes),
    memoryShort(facts, bufferSizeBytes),
    smallReceiveBuffer(facts, bufferSizeBytes),
    squeezed(facts),
    ...governors(facts),
    oneProcessor(facts),
    missingLibpcap(facts),
  ].filter((finding) => finding !== undefined);
}

function finding(
  code: string,
  severity: Severity,
  what: string,
  why: string,
  command?: string,
): Finding {
  return { code, severity, interfaceName: undefined, what, why, command };
}

function missingPermission(facts: HostFacts): Finding | undefined {
  const { capabilities, executable } = facts;
  if (capabilities === undefined || (capabilities & CAP_NET_RAW) !== 0n) return undefined;
  return finding(
    'no-permission',
    'error',
    'This process has no CAP_NET_RAW.',
    'Without it the kernel gives no packet socket, so nothing can be captured.',
    `setcap cap_net_raw+ep ${executable}`,
  );
}

function missingRings(facts: HostFacts): Finding | undefined {
  if (facts.blockRings !== false) return undefined;
  return finding(
    'no-block-rings',
    'warning',
    `Linux ${facts.kernelRelease} has no TPACKET_V3 rings.`,
    'The other engine, --engine socket, costs the processor several times as much per frame.',
  );
}

function softnetDrops(facts: HostFacts): Finding[] {
  const dropping = facts.softnet.filter(({ dropped }) => dropped > 0);
  if (dropping.length === 0) return [];
  const { backlogLimit } = facts;
  const limit = backlogLimit === undefined ? '' : `, which holds ${count(backlogLimit)} frames,`;
  const wanted = Math.max(GOOD_BACKLOG, 2 * (backlogLimit ?? 0));
  const what = `The backlog${limit} has overflowed since the host started: ${perCpu(dropping)}.`;
  const why =
    "Frames that a CPU hasn't time for wait there before any capture sees them; those that find it full are in no gap.";
  const command = `sysctl -w net.core.netdev_max_backlog=${wanted}`;
  return [finding('backlog-overflow', 'warning', what, why, command)];
}

function perCpu(softnet: readonly SoftnetFacts[]): string {
  return softnet
    .map(({ cpu, dropped }) => `${count(dropped)} frames lost on CPU ${cpu}`)
    .join(', ');
}

function cpuLimit(facts: HostFacts): Finding | undefined {
  const { cpuLimit: limit, cpuFolder, cpuPeriodMs, throttledCount } = facts.cgroup;
  if (limit === undefined || limit >= facts.cpuCount) return undefined;
  const stood =
    throttledCount === undefined || throttledCount === 0
      ? ''
      : `; it has been stopped ${count(throttledCount)} times`;
  return finding(
    'cpu-limit',
    'warning',
    `The control group allows ${limit} of ${facts.cpuCount} CPUs${stood}.`,
    `When the share is used up, the capture stands still for the rest of each ${cpuPeriodMs} ms, and the ring fills.`,
    `echo max > ${cpuFolder}/cpu.max`,
  );
}

function memoryLimit(facts: HostFacts, bufferSizeBytes: number): Finding | undefined {
  const { memoryLimitBytes, memoryFolder } = facts.cgroup;
  const needed = bufferSizeBytes + PROCESS_BYTES;
  if (memoryLimitBytes === undefined || memoryLimitBytes >= needed) return undefined;
  return finding(
    'memory-limit',
    'warning',
    `The control group allows ${mib(memoryLimitBytes)} of memory; a capture takes about ${mib(needed)}.`,
    'The kernel gives a smaller ring or none, or ends the process in the middle.',
    `echo ${needed} > ${memoryFolder}/memory.max`,
  );
}

function memoryShort(facts: HostFacts, bufferSizeBytes: number): Finding | undefined {
  const { memoryAvailableBytes } = facts;
  const needed = bufferSizeBytes + PROCESS_BYTES;
  if (memoryAvailableBytes === undefined || memoryAvailableBytes >= needed) return undefined;
  return finding(
    'memory-short',
    'warning',
    `${mib(memoryAvailableBytes)} of memory are available; a capture takes about ${mib(needed)}.`,
    'A ring is memory that is never swapped out: the kernel may not give it, or take it from others.',
  );
}

function smallReceiveBuffer(facts: HostFacts, bufferSizeBytes: number): Finding | undefined {
  const { receiveBufferMaxBytes, capabilities } = facts;
  if (capabilities === undefined || (capabilities & CAP_NET_ADMIN) !== 0n) return undefined;
  if (receiveBufferMaxBytes === undefined || receiveBufferMaxBytes >= bufferSizeBytes) {
    return undefined;
  }
  return finding(
    'small-receive-buffer',
    'warning',
    `Without CAP_NET_ADMIN a receive queue has ${mib(receiveBufferMaxBytes)} at most, not ${mib(bufferSizeBytes)}.`,
    'With --engine socket a burst overflows it sooner; rings are as large as asked for.',
    `sysctl -w net.core.rmem_max=${bufferSizeBytes}`,
  );
}

function squeezed(facts: HostFacts): Finding | undefined {
  const times = facts.softnet.reduce((sum, cpu) => sum + cpu.squeezed, 0);
  const processed = facts.softnet.reduce((sum, cpu) => sum + cpu.processed, 0);
  if (times === 0 || times / processed < MUCH_SQUEEZED) return undefined;
  const budget = 2 * (facts.budget ?? DEFAULT_BUDGET);
  const time =
    facts.budgetUs === undefined ? '' : ` net.core.netdev_budget_usecs=${2 * facts.budgetUs}`;
  return finding(
    'budget-short',
    'warning',
    `Receiving was cut short ${count(times)} times in ${count(processed)} frames, as its share of time or frames was used up.`,
    "Meanwhile frames wait in the card's ring, which overflows when it is small.",
    `sysctl -w net.core.netdev_budget=${budget}${time}`,
  );
}

function governors(facts: HostFacts): Finding[] {
  return facts.governors
    .filter(({ governor, driver }) => SLOW_GOVERNORS.has(governor) && !QUICK_DRIVERS.has(driver))
    .map(({ governor }) =>
      finding(
        'slow-governor',
        'warning',
        `CPUs choose their clock by '${governor}'.`,
        'A burst arrives at a CPU that is clocked down, and is over before it has sped up.',
        'cpupower frequency-set -g performance',
      ),
    );
}

function oneProcessor(facts: HostFacts): Finding | undefined {
  if (facts.cpuCount > 1) return undefined;
  return finding(
    'one-processor',
    'note',
    'One CPU is all that this process may use.',
    'Receiving comes first: under full load the capture gets no time, and only the ring helps.',
  );
}

function missingLibpcap(facts: HostFacts): Finding | undefined {
  if (facts.libpcap !== undefined) return undefined;
  return finding(
    'no-libpcap',
    'note',
    'There is no libpcap.',
    'Filter expressions need it to be compiled; without a filter more frames fill the ring.',
    'apt-get install libpcap0.8 || dnf install libpcap || apk add libpcap',
  );
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function mib(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`;
}
