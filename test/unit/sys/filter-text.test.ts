import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError } from '../../../src/core/errors.js';
import type { FilterProgram } from '../../../src/sys/filter-program.js';
import { formatFilter, parseFilter } from '../../../src/sys/filter-text.js';

/** What `tcpdump -ddd 'tcp port 80 or vlan'` might begin with: every kind of line that matters. */
const PROGRAM: FilterProgram = [
  { code: 0x30, jt: 0, jf: 0, k: 0xffff_f030 },
  { code: 0x15, jt: 3, jf: 0, k: 1 },
  { code: 0xb1, jt: 0, jf: 0, k: 14 },
  { code: 0x48, jt: 0, jf: 0, k: 16 },
  { code: 0x54, jt: 0, jf: 0, k: 0x1fff },
  { code: 0x05, jt: 0, jf: 0, k: 1 },
  { code: 0x16, jt: 0, jf: 0, k: 0 },
  { code: 0x06, jt: 0, jf: 0, k: 262_144 },
];

function parseFault(text: string): string {
  let message = '';
  assert.throws(
    () => parseFilter(text),
    (error) => {
      assert.ok(error instanceof FormatError);
      assert.equal(error.code, 'BAD_FILTER_PROGRAM');
      message = error.message;
      return true;
    },
  );
  return message;
}

describe('formatFilter', () => {
  it('writes instructions for people, with the targets of jumps', () => {
    assert.equal(
      formatFilter(PROGRAM, 'assembly'),
      [
        '(000) ldb      [vlanp]',
        '(001) jeq      #0x1             jt 5\tjf 2',
        '(002) ldxb     4*([14]&0xf)',
        '(003) ldh      [x + 16]',
        '(004) and      #0x1fff',
        '(005) ja       7',
        '(006) ret      ',
        '(007) ret      #262144',
        '',
      ].join('\n'),
    );
  });

  it('writes initializers for C', () => {
    assert.equal(
      formatFilter(PROGRAM.slice(0, 2), 'c'),
      '{ 0x30, 0, 0, 0xfffff030 },\n{ 0x15, 3, 0, 0x00000001 },\n',
    );
  });

  it('writes decimal numbers that parseFilter reads back', () => {
    const text = formatFilter(PROGRAM, 'decimal');
    assert.equal(text.split('\n')[1], '48 0 0 4294963248');
    assert.deepEqual(parseFilter(text), PROGRAM);
  });
});

describe('parseFilter', () => {
  it('passes over comments, empty lines and carriage returns', () => {
    const text = '# from the other host\n\n1\r\n  6 0 0 96  # all\n';
    assert.deepEqual(parseFilter(text), [{ code: 6, jt: 0, jf: 0, k: 96 }]);
  });

  it('says in which line it goes wrong', () => {
    assert.match(parseFault(''), /it is empty/);
    assert.match(parseFault('tcp port 80\n'), /line 1: 'tcp port 80' is no count/);
    assert.match(parseFault('0\n'), /line 1: a program has 1 to 4096 instructions/);
    assert.match(parseFault('4097\n'), /line 1: a program has 1 to 4096 instructions/);
    assert.match(parseFault('2\n6 0 0 0\n'), /line 1: it promises 2 instructions and has 1/);
    assert.match(parseFault('1\n6 0 0 0\n6 0 0 0\n'), /line 1: it promises 1 .* has 2/);
    assert.match(parseFault('1\n6 0 0\n'), /line 2: '6 0 0' isn't four numbers/);
    assert.match(parseFault('1\n6 0 0 -1\n'), /line 2: '6 0 0 -1' isn't four numbers/);
    assert.match(parseFault('1\n65542 0 0 0\n'), /line 2: a code of 65542 is too large/);
    assert.match(parseFault('1\n21 0 256 0\n'), /line 2: a jump of 256 is too large/);
    assert.match(
      parseFault('1\n6 0 0 4294967296\n'),
      /line 2: an operand of 4294967296 is too large/,
    );
  });

  it('refuses what the kernel would refuse', () => {
    assert.match(parseFault('1\n255 0 0 0\n'), /line 2: the kernel knows no operation 0xff/);
    assert.match(parseFault('2\n21 0 1 0\n6 0 0 0\n'), /line 2: it jumps past the end/);
    assert.match(parseFault('2\n5 0 0 1\n6 0 0 0\n'), /line 2: it jumps past the end/);
    assert.match(parseFault('2\n6 0 0 0\n40 0 0 12\n'), /line 3: the last instruction has to/);
    assert.match(parseFault('2\n52 0 0 0\n6 0 0 0\n'), /line 2: it divides by 0/);
    assert.match(parseFault('2\n100 0 0 32\n6 0 0 0\n'), /line 2: it shifts by more than 31/);
    assert.match(parseFault('2\n2 0 0 16\n6 0 0 0\n'), /line 2: there are 16 words/);
  });
});
