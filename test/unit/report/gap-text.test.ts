import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { captureSummary, gapSentence, lossShare } from '../../../src/report/gap-text.js';
import { fakeFacts, fakeGap, fakeInterfaceAccount } from '../../support/fake-facts.js';

const untimed = { startNs: undefined, endNs: undefined };

describe('gapSentence', () => {
  it('says how many frames are missing, and between which', () => {
    assert.equal(gapSentence(fakeGap()), '40 frames lost between frames 302 and 303 (12.01 ms)');
  });

  it('names the interface and groups digits', () => {
    const gap = fakeGap({
      lost: 194_104,
      after: 6896,
      before: 6897,
      startNs: 0n,
      endNs: 1_503_000_000n,
    });
    assert.equal(
      gapSentence(gap, 'eth0'),
      '194,104 frames lost between frames 6,896 and 6,897 on eth0 (1.503 s)',
    );
  });

  it('says 1 frame, not 1 frames', () => {
    assert.match(gapSentence(fakeGap({ lost: 1 })), /^1 frame lost between/);
  });

  it('says before which frame where none precedes it', () => {
    const first = fakeGap({ after: undefined, before: 1, ...untimed });
    assert.equal(gapSentence(first), '40 frames lost before frame 1');
    const later = fakeGap({ after: undefined, before: 7, ...untimed });
    assert.equal(
      gapSentence(later, 'eth1'),
      '40 frames lost before frame 7, the first one on eth1',
    );
  });

  it('says after which frame where none follows', () => {
    const final = fakeGap({ lost: 5, after: 10_000, before: undefined, ...untimed });
    assert.equal(gapSentence(final), '5 frames lost after frame 10,000, the last one');
    const all = fakeGap({ lost: 9, after: undefined, before: undefined, ...untimed });
    assert.equal(gapSentence(all, 'eth0'), '9 frames lost with no frame captured on eth0');
  });

  it('gives the range of a bounded gap, and what is exact about it', () => {
    const gap = fakeGap({ certainty: 'bounded', atLeast: 38, atMost: 43, group: 2 });
    assert.equal(
      gapSentence(gap),
      '38 to 43 frames lost between frames 302 and 303 ' +
        '(12.01 ms; 40 counted here; the sum over group 2 is exact)',
    );
    const possible = fakeGap({
      lost: 0,
      certainty: 'bounded',
      atLeast: 0,
      atMost: 1,
      group: 2,
      ...untimed,
    });
    assert.equal(
      gapSentence(possible),
      '0 to 1 frame lost between frames 302 and 303 ' +
        '(none counted here; the sum over group 2 is exact)',
    );
  });

  it('marks what was inferred', () => {
    const gap = fakeGap({ certainty: 'inferred', ...untimed });
    assert.match(gapSentence(gap), /\(inferred from the traffic\)$/);
  });

  it("makes an interface's name harmless", () => {
    assert.match(gapSentence(fakeGap(), 'e\x1b[31m'), / on e\\x1b\[31m \(/);
  });
});

describe('captureSummary', () => {
  it('says what was captured, received and dropped', () => {
    const one = fakeInterfaceAccount({
      frames: 7896,
      received: 202_000,
      dropped: 194_104,
      lost: 194_104,
      gapCount: 1,
    });
    const { account } = fakeFacts({}, { interfaces: [one] });
    assert.equal(
      captureSummary(account),
      '7,896 frames captured, 202,000 received by filter, 194,104 dropped by kernel in 1 gap',
    );
  });

  it('gives each of several interfaces a line with its name', () => {
    const clean = fakeInterfaceAccount({
      id: 1,
      name: undefined,
      frames: 1,
      received: 3,
      dropped: 0,
      unread: 2,
      lost: 0,
      gapCount: 0,
    });
    const bounded = fakeInterfaceAccount({ boundedGapCount: 1 });
    const { account } = fakeFacts({}, { interfaces: [bounded, clean] });
    assert.equal(
      captureSummary(account),
      'eth0: 10,000 frames captured, 10,045 received by filter, ' +
        '45 dropped by kernel in 2 gaps (1 bounded)\n' +
        'interface 1: 1 frame captured, 3 received by filter, 0 dropped by kernel, 2 left unread',
    );
  });

  it("doesn't say 0 where nothing is known", () => {
    const one = fakeInterfaceAccount({
      received: undefined,
      dropped: undefined,
      lost: undefined,
      gapCount: 0,
    });
    const { account } = fakeFacts({}, { interfaces: [one] });
    assert.equal(captureSummary(account), '10,000 frames captured, loss unknown');
  });
});

describe('lossShare', () => {
  it('is lost out of received', () => {
    assert.equal(lossShare(fakeFacts().account), '0.448 % of 10,045 received');
  });

  it('is undefined where the loss is unknown or nothing came', () => {
    assert.equal(lossShare(fakeFacts({}, { lost: undefined }).account), undefined);
    const nothing = fakeInterfaceAccount({ frames: 0, received: 0, lost: 0 });
    assert.equal(lossShare(fakeFacts({}, { lost: 0, interfaces: [nothing] }).account), undefined);
  });

  it('takes frames and losses together where a file names no received', () => {
    const unknown = fakeInterfaceAccount({ frames: 60, received: undefined, lost: 40 });
    const { account } = fakeFacts({}, { lost: 40, interfaces: [unknown] });
    assert.equal(lossShare(account), '40 % of 100 received');
  });
});
