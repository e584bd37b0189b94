import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DurationUnit,
  formatSize,
  parseCount,
  parseDuration,
  parseSize,
  SizeUnit,
} from '../../../src/cli/quantity.js';
import { UsageError } from '../../../src/cli/usage-error.js';

/** Asserts a refusal that repeats the option and the value and says what would be right. */
function refuses(action: () => unknown, option: string, text: string): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof UsageError);
    assert.ok(error.message.includes(option), error.message);
    assert.ok(error.message.includes(`'${text}'`), error.message);
    assert.ok(error.hint !== undefined && error.hint.length > 10);
    return true;
  });
}

describe('parseSize', () => {
  it('counts a bare number in the unit of its option', () => {
    assert.equal(parseSize('2', '-B', SizeUnit.MiB), 2_097_152);
    assert.equal(parseSize('1.9G', '-B', SizeUnit.MiB), 2_040_109_465);
    assert.equal(parseSize('4096', '--block-size', SizeUnit.Byte), 4096);
  });

  it('takes suffixes as powers of 1024, whatever the bare unit', () => {
    for (const [text, bytes] of [
      ['512k', 524_288],
      ['64M', 67_108_864],
      ['1G', 1_073_741_824],
      ['1.5M', 1_572_864],
      ['64MiB', 67_108_864],
      ['3K', 3072],
      ['100B', 100],
      ['0.5kib', 512],
    ] as const) {
      assert.equal(parseSize(text, '-B', SizeUnit.MiB), bytes, text);
    }
  });

  for (const text of [
    '',
    'abc',
    '-1',
    '0',
    '0M',
    '1T',
    '64MB',
    '1.2.3M',
    '1e3',
    ' 64M',
    '0.0001k',
    '9999999999G',
    '1_000',
    '64M\n',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      refuses(() => parseSize(text, '-B', SizeUnit.MiB), '-B', text);
    });
  }

  it('says which unit a bare number has', () => {
    const hint = (unit: number): string => {
      try {
        parseSize('x', '-B', unit);
      } catch (error) {
        return (error as UsageError).hint ?? '';
      }
      return '';
    };
    assert.match(hint(SizeUnit.MiB), /counts in MiB/);
    assert.match(hint(SizeUnit.Byte), /counts in bytes/);
  });
});

describe('parseDuration', () => {
  it('takes ms, s, m and h, with fractions', () => {
    for (const [text, milliseconds] of [
      ['10', 10_000],
      ['1.5', 1500],
      ['250ms', 250],
      ['1.5s', 1500],
      ['2m', 120_000],
      ['0.5h', 1_800_000],
      ['596h', 2_145_600_000],
    ] as const) {
      assert.equal(parseDuration(text, '-a', DurationUnit.Second), milliseconds, text);
    }
    assert.equal(parseDuration('50', '--retire', DurationUnit.Millisecond), 50);
  });

  for (const text of ['', 'ten', '0', '-5', '1d', '0.1ms', '597h', '1:30', 'Infinity', 's']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      refuses(() => parseDuration(text, '-a', DurationUnit.Second), '-a', text);
    });
  }
});

describe('parseCount', () => {
  it('takes decimal whole numbers within the range', () => {
    assert.equal(parseCount('0', '-s', { least: 0, most: 262_144 }), 0);
    assert.equal(parseCount('262144', '-s', { least: 0, most: 262_144 }), 262_144);
  });

  for (const text of ['', '0', '11', '1.5', '0x5', '-3', '99999999999999999999', 'NaN']) {
    it(`refuses ${JSON.stringify(text)} for 1 to 10`, () => {
      refuses(() => parseCount(text, '-c', { least: 1, most: 10 }), '-c', text);
    });
  }

  it('names the largest number to whom it matters, although nobody needs one so large', () => {
    const range = { least: 1, most: Number.MAX_SAFE_INTEGER };
    const hintFor = (text: string): string | undefined => {
      try {
        parseCount(text, '-c', range);
      } catch (error) {
        return (error as UsageError).hint;
      }
      return undefined;
    };
    assert.equal(hintFor('0'), 'Give a whole number of at least 1.');
    assert.equal(hintFor('9007199254740992'), 'Give a whole number from 1 to 9007199254740991.');
    assert.equal(hintFor('9'.repeat(30)), 'Give a whole number from 1 to 9007199254740991.');
  });
});

describe('formatSize', () => {
  it('uses the largest unit that leaves at least one', () => {
    assert.equal(formatSize(67_108_864), '64 MiB');
    assert.equal(formatSize(1_073_741_824), '1 GiB');
    assert.equal(formatSize(1536), '1.5 KiB');
    assert.equal(formatSize(1023), '1023 bytes');
  });
});
