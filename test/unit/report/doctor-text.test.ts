import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Diagnosis } from '../../../src/doctor/finding.js';
import { toDoctorJson } from '../../../src/report/doctor-json.js';
import { doctorText } from '../../../src/report/doctor-text.js';

const DIAGNOSIS: Diagnosis = {
  interfaceNames: ['eth0'],
  healthy: false,
  findings: [
    {
      code: 'small-receive-ring',
      severity: 'warning',
      interfaceName: 'eth0',
      what: 'The ring is small.',
      why: 'Bursts are long.',
      command: 'ethtool -G eth0 rx 4096',
    },
    {
      code: 'one-processor',
      severity: 'note',
      interfaceName: undefined,
      what: 'One\u001b[31m CPU.',
      why: 'It is busy.',
      command: undefined,
    },
  ],
};

describe('doctorText', () => {
  it('has a paragraph for each finding, its command where there is one, and a verdict', () => {
    assert.equal(
      doctorText(DIAGNOSIS),
      [
        'warning: The ring is small.',
        '  Bursts are long.',
        '  # ethtool -G eth0 rx 4096',
        '',
        'note: One\\x1b[31m CPU.',
        '  It is busy.',
        '',
        '1 warning (eth0). Commands after # are for root; settings of the kernel last until the next start.',
      ].join('\n'),
    );
  });

  it('says so where nothing loses frames', () => {
    const healthy = { findings: [], interfaceNames: [], healthy: true };
    assert.equal(doctorText(healthy), 'Nothing found that loses frames (no interface is up).');
  });
});

describe('toDoctorJson', () => {
  it('has null for what there is not', () => {
    const { findings, ...rest } = toDoctorJson(DIAGNOSIS);
    assert.deepEqual(rest, { healthy: false, interfaces: ['eth0'] });
    assert.equal(findings[0]?.command, 'ethtool -G eth0 rx 4096');
    assert.equal(findings[1]?.interface, null);
    assert.equal(findings[1]?.command, null);
  });
});
