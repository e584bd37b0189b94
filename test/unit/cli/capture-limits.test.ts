import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAutostop, parseRingCriterion, toLimits } from '../../../src/cli/capture-limits.js';
import { UsageError } from '../../../src/cli/usage-error.js';

function refuses(action: () => unknown, ...words: readonly string[]): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof UsageError);
    for (const word of words) assert.ok(error.message.includes(word), error.message);
    assert.ok(error.hint !== undefined && error.hint.length > 10);
    return true;
  });
}

describe('parseAutostop', () => {
  it("takes dumpcap's conditions in dumpcap's units", () => {
    assert.deepEqual(parseAutostop('duration:1.5'), { durationMs: 1500 });
    assert.deepEqual(parseAutostop('filesize:10'), { fileSizeBytes: 10_000 });
    assert.deepEqual(parseAutostop('packets:7'), { packets: 7 });
    assert.deepEqual(parseAutostop('files:3'), { files: 3 });
  });

  it('takes suffixes too, which count in powers of 1024', () => {
    assert.deepEqual(parseAutostop('filesize:10M'), { fileSizeBytes: 10_485_760 });
    assert.deepEqual(parseAutostop('duration:2m'), { durationMs: 120_000 });
  });

  it('adds to the conditions given before', () => {
    const both = parseAutostop('packets:7', parseAutostop('duration:1'));
    assert.deepEqual(both, { durationMs: 1000, packets: 7 });
  });

  for (const text of ['10', 'duration', 'event:10', ':10', 'DURATION:1', '']) {
    it(`refuses the condition '${text}'`, () => {
      refuses(() => parseAutostop(text), '-a', `'${text}'`);
    });
  }

  it('refuses a nonsense value by naming the value alone', () => {
    refuses(() => parseAutostop('duration:soon'), '-a duration', "'soon'");
    refuses(() => parseAutostop('filesize:0'), '-a filesize', "'0'");
    refuses(() => parseAutostop('files:100000'), '-a files', "'100000'");
    refuses(() => parseAutostop('packets:'), '-a packets', "''");
  });
});

describe('parseRingCriterion', () => {
  it("takes dumpcap's criteria in dumpcap's units, one after the other", () => {
    const criteria = [
      'duration:0.5',
      'interval:3600',
      'filesize:1000',
      'packets:9',
      'files:5',
      'printname:a:b',
    ];
    const all = criteria.reduce((before, text) => parseRingCriterion(text, before), {});
    assert.deepEqual(all, {
      durationMs: 500,
      intervalSeconds: 3600,
      fileSizeBytes: 1_000_000,
      packets: 9,
      files: 5,
      printName: 'a:b',
    });
  });

  for (const text of ['10', 'size:10', 'printname:', 'files']) {
    it(`refuses the criterion '${text}'`, () => {
      refuses(() => parseRingCriterion(text), '-b', `'${text}'`);
    });
  }

  it('refuses intervals that are no whole seconds', () => {
    refuses(() => parseRingCriterion('interval:1.5'), "'1.5'");
    assert.deepEqual(parseRingCriterion('interval:1h'), { intervalSeconds: 3600 });
  });
});

describe('toLimits', () => {
  it('takes the smaller of -c and -a packets', () => {
    assert.equal(toLimits({ count: 9, autostop: { packets: 7 } }, undefined).maxFrames, 7);
    assert.equal(toLimits({ count: 9 }, undefined).maxFrames, 9);
    assert.equal('maxFrames' in toLimits({}, undefined), false);
  });

  it('ends the capture by -a filesize, but with -b only the file', () => {
    const autostop = { fileSizeBytes: 5000 };
    assert.equal(toLimits({ autostop }, 'x').maxFileSizeBytes, 5000);
    const limits = toLimits({ autostop, ringBuffer: { files: 3 } }, 'x');
    assert.deepEqual(limits.rotation, { fileSizeBytes: 5000, files: 3 });
    assert.equal(limits.maxFileSizeBytes, undefined);
  });

  it('refuses what lacks a file or a criterion', () => {
    const ringBuffer = { packets: 1 };
    refuses(() => toLimits({ autostop: { fileSizeBytes: 1 } }, undefined), '-a filesize');
    refuses(() => toLimits({ autostop: { files: 1 } }, 'x'), '-a files');
    refuses(() => toLimits({ ringBuffer }, undefined), '-b');
    refuses(() => toLimits({ ringBuffer }, '-'), '-b', 'standard output');
    refuses(() => toLimits({ ringBuffer: { files: 2, printName: '-' } }, 'x'), '-b', 'next file');
  });
});
