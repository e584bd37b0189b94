import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AccountingError } from '../../../src/core/errors.js';
import { lossText } from '../../../src/report/loss-text.js';
import { fakeFacts, fakeGap, fakeInterfaceAccount } from '../../support/fake-facts.js';

const second = 1_795_355_060_000_000_000n;

describe('lossText', () => {
  it('tells the totals, then each gap as a sentence', () => {
    assert.equal(
      lossText(fakeFacts()),
      [
        'x.pcapng: 10,000 frames, 45 lost in 2 gaps, 0.448 % of 10,045 received',
        '  40 frames lost between frames 302 and 303 (12.01 ms)',
        '  5 frames lost after frame 10,000, the last one',
      ].join('\n'),
    );
  });

  it('says that nothing is lost in one line', () => {
    const clean = fakeInterfaceAccount({ lost: 0, finalGap: 0, gapCount: 0 });
    const facts = fakeFacts({}, { lost: 0, gaps: [], gapCount: 0, interfaces: [clean] });
    assert.equal(lossText(facts), 'x.pcapng: 10,000 frames, none lost');
  });

  it('aligns many gaps in columns and says how many it left out', () => {
    const gaps = [
      fakeGap({ lost: 194_104, after: undefined, before: 1, startNs: undefined }),
      ...[2, 3, 4, 5].map((n) => fakeGap({ after: n, before: n + 1, startNs: second })),
      fakeGap({
        interfaceId: 1,
        lost: 1,
        certainty: 'bounded',
        atLeast: 0,
        atMost: 2,
        group: 1,
        after: 1000,
        before: undefined,
        startNs: second + 1n,
        endNs: undefined,
      }),
      ...Array.from({ length: 1204 }, () => fakeGap()),
    ];
    const interfaces = [fakeInterfaceAccount(), fakeInterfaceAccount({ id: 1, name: 'wlan0' })];
    const facts = fakeFacts({}, { gaps, gapCount: 1210, interfaces });
    assert.deepEqual(lossText(facts, { gapLimit: 6 }).split('\n'), [
      'x.pcapng: 10,000 frames, 45 lost in 1,210 gaps, 0.224 % of 20,090 received',
      '     lost  after  before  since (UTC)                   within  interface  certainty',
      '  194,104   none       1                                        eth0       exact',
      '       40      2       3  2026-11-22 13:44:20.000000  101.3 ms  eth0       exact',
      '       40      3       4  2026-11-22 13:44:20.000000  101.3 ms  eth0       exact',
      '       40      4       5  2026-11-22 13:44:20.000000  101.3 ms  eth0       exact',
      '       40      5       6  2026-11-22 13:44:20.000000  101.3 ms  eth0       exact',
      '        1  1,000    none  2026-11-22 13:44:20.000000            wlan0      bounded: 0 to 2, group 1',
      '  … and 1,204 more (use --all or --json)',
    ]);
  });

  it('says how many frames a copy left out, so that received adds up', () => {
    const copy = fakeInterfaceAccount({ frames: 3, leftOut: 9_997 });
    const facts = fakeFacts({}, { frames: 3, interfaces: [copy] });
    assert.equal(
      lossText(facts).split('\n')[0],
      'x.pcapng: 3 frames, 45 lost in 2 gaps, 0.448 % of 10,045 received, 9,997 left out of this copy on purpose',
    );
  });

  it('names the ring of each gap in the table, where several feed the interface', () => {
    const gaps = [0, 1, 0, 1, 0, undefined].map((queue) =>
      fakeGap(queue === undefined ? {} : { queue }),
    );
    const [, headings, first, second_, , , , last] = lossText(
      fakeFacts({}, { gaps, gapCount: 6 }),
    ).split('\n');
    assert.match(headings!, /within {2}ring {2}certainty$/);
    assert.match(first!, / ms {5}0 {2}exact$/);
    assert.match(second_!, / ms {5}1 {2}exact$/);
    assert.match(last!, / ms {8}exact$/);
  });

  it('lists all gaps where asked to, and says which were not kept', () => {
    const gaps = Array.from({ length: 70 }, () => fakeGap());
    const facts = fakeFacts({}, { gaps, gapCount: 80, gapsOmitted: 10 });
    const lines = lossText(facts, { gapLimit: Number.POSITIVE_INFINITY }).split('\n');
    assert.equal(lines.length, 1 + 1 + 70 + 1);
    assert.equal(lines.at(-1), '  … and 10 more that were counted but not kept');
    assert.equal(lossText(facts).split('\n').at(-2), '  … and 20 more (use --all or --json)');
  });

  it('says that places are unknown where only a total is', () => {
    const one = fakeInterfaceAccount({
      frames: 345_681,
      received: 400_000,
      dropped: 54_319,
      lost: 54_319,
      finalGap: undefined,
      unplaced: 54_319,
      gapCount: 0,
    });
    const facts = fakeFacts(
      { application: 'Dumpcap (Wireshark) 4.0.17' },
      { frames: 345_681, lost: 54_319, gaps: [], gapCount: 0, interfaces: [one] },
    );
    assert.equal(
      lossText(facts),
      [
        'x.pcapng: 345,681 frames, 54,319 lost, 13.6 % of 400,000 received',
        '  54,319 frames lost, places unknown: Dumpcap (Wireshark) 4.0.17 records only a total',
      ].join('\n'),
    );
  });

  it('says that the loss is unknown where the file records none', () => {
    const one = fakeInterfaceAccount({
      lost: undefined,
      finalGap: undefined,
      unplaced: undefined,
      gapCount: 0,
    });
    const facts = fakeFacts({}, { lost: undefined, gaps: [], gapCount: 0, interfaces: [one] });
    const [header, reason] = lossText(facts).split('\n');
    assert.equal(header, 'x.pcapng: 10,000 frames, loss unknown');
    assert.match(reason!, /records no loss/);
  });

  it('says what a missing end leaves unknown', () => {
    const open = fakeInterfaceAccount({ finalGap: undefined, unplaced: undefined });
    const facts = fakeFacts({}, { interfaces: [open] });
    assert.match(lossText(facts), /Loss after the last frame is unknown/);
    assert.match(lossText({ ...facts, truncated: true }), /The file is truncated/);
  });

  it('tells each contradiction', () => {
    const mismatch = new AccountingError('LEDGER_MISMATCH', 'eth0 off\x1b by one', {
      interface: 'eth0',
      received: 3,
      delivered: 1,
      dropped: 1,
      unread: 0,
    });
    const text = lossText(fakeFacts({ mismatches: [mismatch] }));
    assert.equal(text.split('\n').at(-1), '  eth0 off\\x1b by one');
  });

  it('makes names from outside harmless', () => {
    const evil = '\x1b]0;x\x07\u202e\n';
    const facts = fakeFacts(
      { file: evil, application: evil },
      {
        interfaces: [
          fakeInterfaceAccount({ name: evil, unplaced: 3 }),
          fakeInterfaceAccount({ id: 1, name: evil }),
        ],
      },
    );
    assert.doesNotMatch(lossText(facts), /[^\P{Cc}\n]|\u202e/u);
    assert.equal(lossText(facts).split('\n').length, 4);
  });

  it('sets off parts through the style it is given', () => {
    const style = {
      loss: (text: string) => `<${text}>`,
      warning: (text: string) => text,
      faint: (text: string) => text,
    };
    assert.match(lossText(fakeFacts(), { style }), /<45 lost in 2 gaps>, /);
  });
});
