/** A host on which nothing loses frames, to be changed for a test. */

import type { HostFacts } from '../../src/sys/host-facts.js';
import type { HostInterfaceFacts } from '../../src/sys/interface-facts.js';

/** A well-kept host without interfaces. */
export function fakeHost(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    kernelRelease: '6.12.1',
    architecture: 'x64',
    executable: '/usr/bin/node',
    cpuCount: 8,
    capabilities: (1n << 13n) | (1n << 12n),
    blockRings: true,
    libpcap: 'libpcap version 1.10.3',
    receiveBufferMaxBytes: 212_992,
    backlogLimit: 1000,
    budget: 300,
    budgetUs: 20_000,
    softnet: [
      { cpu: 0, processed: 1_000_000, dropped: 0, squeezed: 3 },
      { cpu: 1, processed: 1_000_000, dropped: 0, squeezed: 0 },
    ],
    governors: [{ governor: 'performance', driver: 'intel_cpufreq' }],
    memoryAvailableBytes: 8 * 2 ** 30,
    cgroup: {
      cpuFolder: undefined,
      cpuLimit: undefined,
      cpuPeriodMs: undefined,
      throttledCount: undefined,
      memoryFolder: undefined,
      memoryLimitBytes: undefined,
    },
    interfaces: [],
    ...changes,
  };
}

/** A well-set network card. */
export function fakeCard(changes: Partial<HostInterfaceFacts> = {}): HostInterfaceFacts {
  return {
    name: 'eth0',
    up: true,
    loopback: false,
    kind: undefined,
    receiveQueueCount: 64,
    steering: ['00', '00', '00', '00', '00', '00', '00', '00'],
    missed: 0,
    fifoErrors: 0,
    queueDrops: [],
    driver: 'ixgbe',
    receiveRing: { size: 4096, most: 4096 },
    receiveChannels: { count: 8, most: 63 },
    channelKind: 'combined',
    genericReceiveOffload: false,
    largeReceiveOffload: false,
    ...changes,
  };
}
