import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseSoftnet, readHostFacts } from '../../../src/sys/host-facts.js';

const skip = process.platform === 'linux' ? false : 'needs Linux';

/** Files of a host with limits, as the kernel writes them. */
const FILES = {
  'proc/self/status': 'Name:\tnode\nCapPrm:\t0000000000003000\nCapEff:\t0000000000002000\n',
  'proc/self/cgroup': '0::/system.slice/capture.service\n',
  'proc/meminfo': 'MemTotal:       16384000 kB\nMemAvailable:    1048576 kB\n',
  'proc/net/softnet_stat': `${'0000abcd 00000010 00000003'.padEnd(101, ' 00000000')} 00000005\n`,
  'proc/sys/net/core/rmem_max': '212992\n',
  'proc/sys/net/core/netdev_max_backlog': '1000\n',
  'proc/sys/net/core/netdev_budget': '300\n',
  'proc/sys/net/core/netdev_budget_usecs': '8000\n',
  'sys/devices/system/cpu/cpu0/topology/core_id': '0\n',
  'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'ondemand\n',
  'sys/devices/system/cpu/cpu0/cpufreq/scaling_driver': 'acpi-cpufreq\n',
  'sys/devices/system/cpu/cpu1/topology/core_id': '1\n',
  'sys/devices/system/cpu/cpu1/cpufreq/scaling_governor': 'ondemand\n',
  'sys/devices/system/cpu/cpu1/cpufreq/scaling_driver': 'acpi-cpufreq\n',
  'sys/fs/cgroup/system.slice/cpu.max': '400000 100000\n',
  'sys/fs/cgroup/system.slice/memory.max': '268435456\n',
  'sys/fs/cgroup/system.slice/capture.service/cpu.max': '50000 200000\n',
  'sys/fs/cgroup/system.slice/capture.service/cpu.stat': 'nr_periods 90\nnr_throttled 17\n',
  'sys/fs/cgroup/system.slice/capture.service/memory.max': 'max\n',
};

describe('readHostFacts', { skip }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-host-'));
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  it("reads the kernel's files", () => {
    const facts = readHostFacts({ proc: join(folder, 'proc'), sys: join(folder, 'sys') });
    assert.equal(facts.capabilities, 0x2000n);
    assert.equal(facts.receiveBufferMaxBytes, 212_992);
    assert.equal(facts.backlogLimit, 1000);
    assert.equal(facts.budget, 300);
    assert.equal(facts.budgetUs, 8000);
    assert.equal(facts.memoryAvailableBytes, 2 ** 30);
    assert.deepEqual(facts.governors, [{ governor: 'ondemand', driver: 'acpi-cpufreq' }]);
    assert.deepEqual(facts.softnet, [{ cpu: 5, processed: 0xabcd, dropped: 16, squeezed: 3 }]);
  });

  it('takes the tightest limits of the control groups around the process', () => {
    const { cgroup } = readHostFacts({ proc: join(folder, 'proc'), sys: join(folder, 'sys') });
    assert.deepEqual(cgroup, {
      cpuFolder: join(folder, 'sys/fs/cgroup/system.slice/capture.service'),
      cpuLimit: 0.25,
      cpuPeriodMs: 200,
      throttledCount: 17,
      memoryFolder: join(folder, 'sys/fs/cgroup/system.slice'),
      memoryLimitBytes: 2 ** 28,
    });
  });

  it('takes what it cannot read as unknown', () => {
    const facts = readHostFacts({ proc: join(folder, 'none'), sys: join(folder, 'none') });
    assert.equal(facts.capabilities, undefined);
    assert.equal(facts.receiveBufferMaxBytes, undefined);
    assert.equal(facts.memoryAvailableBytes, undefined);
    assert.deepEqual(facts.softnet, []);
    assert.deepEqual(facts.governors, []);
    assert.equal(facts.cgroup.cpuLimit, undefined);
    for (const { steering } of facts.interfaces) assert.deepEqual(steering, []);
  });
});

describe('parseSoftnet', () => {
  it('numbers the lines where the kernel does not name the CPU', () => {
    const line = (start: string): string => `${start}${' 00000000'.repeat(8)}`;
    assert.deepEqual(parseSoftnet(`${line('00000001 00000002')}\n${line('ffffffff 00000000')}\n`), [
      { cpu: 0, processed: 1, dropped: 2, squeezed: 0 },
      { cpu: 1, processed: 0xffff_ffff, dropped: 0, squeezed: 0 },
    ]);
  });
});
