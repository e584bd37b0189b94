/** Programs and their text, against libpcap's own words and tcpdump's output. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../src/core/errors.js';
import { LinkType } from '../../src/core/link-type.js';
import { Opcode } from '../../src/sys/filter-opcode.js';
import { encodeFilter, type FilterInstruction } from '../../src/sys/filter-program.js';
import { type FilterForm, formatFilter, parseFilter } from '../../src/sys/filter-text.js';
import { tryLoadLibrary } from '../../src/sys/libc.js';
import { compileExpression, tryLibpcapVersion } from '../../src/sys/libpcap.js';
import { toolSkip } from '../support/tools.js';

const skipLibrary = tryLibpcapVersion() === undefined ? 'needs libpcap' : false;
const skipTool = skipLibrary || toolSkip('tcpdump');

const EXPRESSIONS = [
  '',
  'ip',
  'arp or icmp6',
  'tcp port 80 and greater 100',
  'udp portrange 100-200 and not host 192.0.2.1',
  'ip[2:2] * 3 % 7 = 2',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  'net 2001:db8::/32',
  'ip protochain 6',
];
const ETHERNET_EXPRESSIONS = ['vlan', 'vlan 7 and ip', 'ether host 02:00:00:00:00:01', 'mpls 5'];

const FORMS: readonly (readonly [string, FilterForm])[] = [
  ['-d', 'assembly'],
  ['-dd', 'c'],
  ['-ddd', 'decimal'],
];

function tcpdump(linkType: string, flag: string, expression: string): string {
  const all = ['-y', linkType, flag, expression];
  return spawnSync('tcpdump', all, { encoding: 'utf8' }).stdout;
}

describe('formatFilter', () => {
  it("writes every instruction in libpcap's words", { skip: skipLibrary }, () => {
    const image = tryLoadLibrary(['libpcap.so.1', 'libpcap.so.0.8', 'libpcap.so'])!.func(
      'str bpf_image(void *, int)',
    ) as unknown as (instruction: Uint8Array, index: number) => string;
    const operands = [0, 1, 5, 14, 255, 262_144, 0x7fff_0000];
    for (const code of Object.values(Opcode)) {
      // libpcap doesn't know this one; no compiler makes it.
      if (code === Opcode.LDX_LEN) continue;
      for (const k of operands) {
        const instruction: FilterInstruction = { code, jt: 3, jf: 4, k };
        const words: string = image(encodeFilter([instruction]), 0);
        assert.equal(formatFilter([instruction], 'assembly'), `${words}\n`);
      }
    }
    for (let field = 0; field <= 60; field += 4) {
      const load = { code: Opcode.LD_W_ABS, jt: 0, jf: 0, k: 0xffff_f000 + field };
      const words: string = image(encodeFilter([load]), 0);
      // Versions of libpcap differ in which they name.
      if (/\d\]/.test(words)) continue;
      assert.equal(formatFilter([load], 'assembly'), `${words}\n`);
    }
  });
});

describe('compileExpression', { skip: skipTool }, () => {
  for (const [linkType, name, more] of [
    [LinkType.Ethernet, 'EN10MB', ETHERNET_EXPRESSIONS],
    [LinkType.RawIp, 'RAW', []],
    [LinkType.LinuxSll2, 'LINUX_SLL2', ['inbound', 'ifindex 3']],
  ] as const) {
    it(`makes the programs that tcpdump makes for ${name}, as text in all its forms`, () => {
      for (const expression of [...EXPRESSIONS, ...more]) {
        const program = compileExpression(expression, { linkType, snapshotLength: 262_144 });
        for (const [flag, form] of FORMS) {
          assert.equal(formatFilter(program, form), tcpdump(name, flag, expression), expression);
        }
      }
    });
  }

  it('makes programs that are read back from text, but for those with loops', () => {
    for (const expression of EXPRESSIONS) {
      const options = { linkType: LinkType.Ethernet, snapshotLength: 96 };
      const program = compileExpression(expression, options);
      if (expression.includes('protochain')) continue;
      assert.deepEqual(parseFilter(formatFilter(program, 'decimal')), program);
    }
  });

  it('returns the snapshot length for what it takes', () => {
    const options = { linkType: LinkType.Ethernet, snapshotLength: 96 };
    assert.deepEqual(compileExpression('', options), [{ code: 6, jt: 0, jf: 0, k: 96 }]);
  });

  it("tells a bad expression in libpcap's words, and how much of it is right", () => {
    for (const [expression, message, hint] of [
      [
        'tcp port 80 foo',
        'syntax error',
        "right up to 'tcp port 80'; 'foo' at character 13 doesn't fit, or something has to follow it.",
      ],
      ['ip and', 'syntax error', "right up to 'ip and', but something has to follow."],
      ['not', 'syntax error', "right up to 'not', but something has to follow."],
      ['ip and tcpx', 'syntax error', "right up to 'ip and'; 'tcpx' at character 8 doesn't fit"],
      ['ip or (tcpx and udp)', 'syntax error', "right up to 'ip or ('; 'tcpx' at character 8"],
      ['ip and (tcp or (udp', 'syntax error', "right but for its end: '))' is missing there."],
      ['tcp port', 'syntax error', "up to 'tcp'; 'port' at character 5 doesn't fit, or something"],
      [
        'tcp port port 80',
        'syntax error',
        "'port' at character 5 doesn't fit, or what follows it.",
      ],
      ['tcpx', 'syntax error', undefined],
      ['tcp port 99999', 'illegal port number 99999 > 65535', undefined],
      ['port gapcap-none', "unknown port 'gapcap-none'", undefined],
    ] as const) {
      assert.throws(
        () => compileExpression(expression, { linkType: LinkType.Ethernet, snapshotLength: 96 }),
        (error) => {
          assert.ok(error instanceof ArgumentError);
          assert.equal(error.code, 'BAD_FILTER');
          assert.equal(error.value, expression);
          assert.ok(error.message.includes(message), error.message);
          if (hint === undefined) assert.equal(error.hint, undefined);
          else assert.ok(error.hint?.includes(hint), error.hint);
          return true;
        },
      );
    }
  });
});
