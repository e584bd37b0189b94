import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type FleetMessage,
  messageId,
  parseFleetMessage,
} from '../../../src/fleet/fleet-message.js';
import { subjectOf } from '../../../src/fleet/fleet-subject.js';
import fc from '../../support/fixed-check.js';

const end = { kind: 'end', sensor: 'edge1', run: 'r', timeMs: 5, reason: 'stopped' } as const;
const message: FleetMessage = { version: 1, number: 3, lostMessages: 0, lostGaps: 0, event: end };

describe('parseFleetMessage', () => {
  it('reads what was written', () => {
    assert.deepEqual(parseFleetMessage(JSON.stringify(message)), message);
  });

  it('refuses anything else, and never throws', () => {
    for (const text of [
      '',
      'null',
      '[]',
      '{"version":1}',
      JSON.stringify({ ...message, version: 2 }),
      JSON.stringify({ ...message, number: -1 }),
      JSON.stringify({ ...message, event: { ...end, kind: 'other' } }),
      JSON.stringify({ ...message, event: { ...end, sensor: 7 } }),
      JSON.stringify({ ...message, event: { ...end, kind: 'start', interfaces: [null] } }),
      JSON.stringify({ ...message, event: { ...end, kind: 'gaps', gaps: {} } }),
    ]) {
      assert.equal(parseFleetMessage(text), undefined, text);
    }
    fc.assert(fc.property(fc.json(), (text) => assert.equal(parseFleetMessage(text), undefined)));
  });

  it('has an identity for each message of a run', () => {
    assert.equal(messageId(message), 'r-3');
  });
});

describe('subjectOf', () => {
  it('names sensor, interface and kind', () => {
    assert.equal(subjectOf(end), 'gapcap.edge1._all.end');
    const gaps = { ...end, kind: 'gaps', interfaceName: 'eth0.7', gaps: [] } as const;
    assert.equal(subjectOf(gaps), 'gapcap.edge1.eth0%2E7.gaps');
  });

  it('is four tokens without wildcards, whatever the names are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (sensor, interfaceName) => {
        const subject = subjectOf({ ...end, kind: 'gaps', sensor, interfaceName, gaps: [] });
        assert.match(subject, /^gapcap\.[^.*>\s]+\.[^.*>\s]+\.gaps$/u);
      }),
    );
  });
});
