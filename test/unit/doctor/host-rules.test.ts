import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findHostFaults } from '../../../src/doctor/host-rules.js';
import type { HostFacts } from '../../../src/sys/host-facts.js';
import { fakeHost } from '../../support/fake-host.js';

const MIB = 2 ** 20;

/** What is found where the host differs from a well-kept one, as "code: command". */
function found(changes: Partial<HostFacts>, bufferSizeBytes = 64 * MIB): string[] {
  return findHostFaults(fakeHost(changes), bufferSizeBytes).map(
    ({ code, command }) => `${code}: ${command ?? '-'}`,
  );
}

const noLimits = fakeHost().cgroup;

describe('findHostFaults', () => {
  it('finds nothing wrong with a well-kept host, or with one that tells nothing', () => {
    assert.deepEqual(found({}), []);
    assert.deepEqual(
      found({
        capabilities: undefined,
        blockRings: undefined,
        receiveBufferMaxBytes: undefined,
        backlogLimit: undefined,
        budget: undefined,
        budgetUs: undefined,
        softnet: [],
        governors: [],
        memoryAvailableBytes: undefined,
      }),
      [],
    );
  });

  it('grants the missing capability to the very program that runs', () => {
    const changes = { capabilities: 1n << 12n, executable: '/opt/node/bin/node' };
    assert.deepEqual(found(changes), ['no-permission: setcap cap_net_raw+ep /opt/node/bin/node']);
  });

  it('enlarges a backlog that has overflowed, to twice its size at least', () => {
    const softnet = [
      { cpu: 0, processed: 100, dropped: 0, squeezed: 0 },
      { cpu: 3, processed: 100, dropped: 1234, squeezed: 0 },
    ];
    const [finding] = findHostFaults(fakeHost({ softnet }), 64 * MIB);
    assert.match(finding!.what, /holds 1,000 frames.*1,234 frames lost on CPU 3\.$/);
    assert.equal(finding!.command, 'sysctl -w net.core.netdev_max_backlog=10000');
    assert.deepEqual(found({ softnet, backlogLimit: 30_000 }), [
      'backlog-overflow: sysctl -w net.core.netdev_max_backlog=60000',
    ]);
  });

  it('gives receiving more time where it is cut short often, not where it happens', () => {
    const squeezed = (times: number): HostFacts['softnet'] => [
      { cpu: 0, processed: 1_000_000, dropped: 0, squeezed: times },
    ];
    assert.deepEqual(found({ softnet: squeezed(99) }), []);
    assert.deepEqual(found({ softnet: squeezed(100) }), [
      'budget-short: sysctl -w net.core.netdev_budget=600 net.core.netdev_budget_usecs=40000',
    ]);
    // A time that isn't known isn't set: it might be longer already.
    assert.deepEqual(found({ softnet: squeezed(100), budgetUs: undefined }), [
      'budget-short: sysctl -w net.core.netdev_budget=600',
    ]);
  });

  it('minds a limit of CPU time that the process can reach', () => {
    const cgroup = { ...noLimits, cpuFolder: '/sys/fs/cgroup/x', cpuPeriodMs: 100 };
    assert.deepEqual(found({ cgroup: { ...cgroup, cpuLimit: 8 } }), []);
    assert.deepEqual(found({ cgroup: { ...cgroup, cpuLimit: 0.5 } }), [
      'cpu-limit: echo max > /sys/fs/cgroup/x/cpu.max',
    ]);
    const stopped = { ...cgroup, cpuLimit: 0.5, throttledCount: 7 };
    const [finding] = findHostFaults(fakeHost({ cgroup: stopped }), 64 * MIB);
    assert.match(finding!.what, /allows 0\.5 of 8 CPUs; it has been stopped 7 times\./);
    assert.match(finding!.why, /the rest of each 100 ms/);
  });

  it('minds memory that is too short for the buffer asked for', () => {
    const cgroup = { ...noLimits, memoryFolder: '/g', memoryLimitBytes: 256 * MIB };
    assert.deepEqual(found({ cgroup }), []);
    assert.deepEqual(found({ cgroup }, 512 * MIB), [
      `memory-limit: echo ${640 * MIB} > /g/memory.max`,
    ]);
    assert.deepEqual(found({ memoryAvailableBytes: 100 * MIB }), ['memory-short: -']);
  });

  it('minds the limit of receive queues only where the process is bound by it', () => {
    assert.deepEqual(found({ capabilities: 1n << 13n }), [
      'small-receive-buffer: sysctl -w net.core.rmem_max=67108864',
    ]);
    assert.deepEqual(found({ capabilities: 1n << 13n, receiveBufferMaxBytes: 64 * MIB }), []);
  });

  it('minds a clock that follows the load late', () => {
    const governor = 'powersave';
    assert.deepEqual(found({ governors: [{ governor, driver: 'acpi-cpufreq' }] }), [
      'slow-governor: cpupower frequency-set -g performance',
    ]);
    assert.deepEqual(found({ governors: [{ governor, driver: 'intel_pstate' }] }), []);
  });

  it('tells of an old kernel, of a single CPU and of a missing compiler', () => {
    assert.deepEqual(found({ blockRings: false }), ['no-block-rings: -']);
    assert.deepEqual(found({ cpuCount: 1 }), ['one-processor: -']);
    assert.match(found({ libpcap: undefined })[0]!, /^no-libpcap: apt-get install libpcap0\.8/);
  });
});
