import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AccountingError } from '../../../src/core/errors.js';
import { toLossJson } from '../../../src/report/loss-json.js';
import { fakeFacts, fakeGap, fakeInterfaceAccount } from '../../support/fake-facts.js';

describe('toLossJson', () => {
  it('has the documented shape, key by key', () => {
    const expected =
      '{"file":"x.pcapng","format":"pcapng","frames":10000,"lost":45,"truncated":false,' +
      '"interfaces":[{"id":0,"name":"eth0","linkType":1,"frames":10000,"received":10045,' +
      '"lost":45,"finalGap":5,"unplaced":0}],' +
      '"gaps":[{"interface":0,"lost":40,"after":302,"before":303,' +
      '"start":"1795355060.089260729","end":"1795355060.101272729","certainty":"exact"},' +
      '{"interface":0,"lost":5,"after":10000,"before":null,' +
      '"start":"1795355061.000000000","end":null,"certainty":"exact"}]}';
    assert.equal(JSON.stringify(toLossJson(fakeFacts())), expected);
  });

  it('says null for what is unknown, never 0', () => {
    const unknown = {
      name: undefined,
      linkType: undefined,
      received: undefined,
      dropped: undefined,
      lost: undefined,
      finalGap: undefined,
      unplaced: undefined,
    };
    const facts = fakeFacts(
      { file: undefined, format: undefined },
      {
        lost: undefined,
        interfaces: [fakeInterfaceAccount(unknown)],
        gaps: [fakeGap({ after: undefined, startNs: undefined })],
      },
    );
    const json = toLossJson(facts);
    assert.deepEqual(
      [json.file, json.format, json.lost, json.gaps[0]?.after, json.gaps[0]?.start],
      [null, null, null, null, null],
    );
    assert.deepEqual(json.interfaces[0], {
      id: 0,
      name: null,
      linkType: null,
      frames: 10_000,
      received: null,
      lost: null,
      finalGap: null,
      unplaced: null,
    });
  });

  it('adds the bounds and the group of a bounded gap', () => {
    const gap = fakeGap({ certainty: 'bounded', atLeast: 38, atMost: 43, group: 2 });
    const [json] = toLossJson(fakeFacts({}, { gaps: [gap] })).gaps;
    assert.deepEqual(json && [json.certainty, json.atLeast, json.atMost, json.group], [
      'bounded',
      38,
      43,
      2,
    ]);
  });

  it('says what was left out, and what contradicts itself', () => {
    const mismatch = new AccountingError('LEDGER_MISMATCH', 'eth0: off by one', {
      interface: 'eth0',
      received: 3,
      delivered: 1,
      dropped: 1,
      unread: 0,
    });
    const json = toLossJson(fakeFacts({ mismatches: [mismatch] }, { gapsOmitted: 7 }));
    assert.equal(json.gapsOmitted, 7);
    assert.deepEqual(json.mismatches, ['eth0: off by one']);
  });
});
