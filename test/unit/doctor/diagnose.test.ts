import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemCallError } from '../../../src/core/errors.js';
import { diagnose } from '../../../src/doctor/diagnose.js';
import { fakeCard, fakeHost } from '../../support/fake-host.js';

const bufferSizeBytes = 64 * 2 ** 20;

describe('diagnose', () => {
  it('finds nothing on a well-kept host', () => {
    const diagnosis = diagnose(fakeHost({ interfaces: [fakeCard()] }), { bufferSizeBytes });
    assert.deepEqual(diagnosis, { findings: [], interfaceNames: ['eth0'], healthy: true });
  });

  it('puts what prevents capturing first, then losses that have happened, then the rest', () => {
    const host = fakeHost({
      capabilities: 0n,
      libpcap: undefined,
      softnet: [{ cpu: 0, processed: 10, dropped: 5, squeezed: 9 }],
      interfaces: [fakeCard({ missed: 7, receiveRing: { size: 256, most: 4096 } })],
    });
    const { findings, healthy } = diagnose(host, { bufferSizeBytes });
    assert.deepEqual(
      findings.map(({ severity, code }) => `${severity} ${code}`),
      [
        'error no-permission',
        'warning backlog-overflow',
        'warning lost-in-card',
        'warning small-receive-buffer',
        'warning budget-short',
        'warning small-receive-ring',
        'note no-libpcap',
      ],
    );
    assert.equal(healthy, false);
  });

  it('is healthy with notes alone', () => {
    const host = fakeHost({ interfaces: [fakeCard({ genericReceiveOffload: true })] });
    const { findings, healthy } = diagnose(host, { bufferSizeBytes });
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['generic-receive-offload'],
    );
    assert.ok(healthy);
  });

  it('looks at the interfaces that are up, or at the one that is named', () => {
    const interfaces = [
      fakeCard({ name: 'lo', loopback: true }),
      fakeCard(),
      fakeCard({ name: 'eth1', up: false }),
    ];
    const host = fakeHost({ interfaces });
    assert.deepEqual(diagnose(host, { bufferSizeBytes }).interfaceNames, ['eth0']);
    const named = diagnose(host, { bufferSizeBytes, interfaceName: 'eth1' });
    assert.deepEqual(named.interfaceNames, ['eth1']);
    assert.equal(named.findings[0]?.code, 'interface-down');
    assert.throws(
      () => diagnose(host, { bufferSizeBytes, interfaceName: 'eth2' }),
      (error) => error instanceof SystemCallError && /lo, eth0, eth1/.test(error.hint ?? ''),
    );
  });
});
