import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  dnsResponseCode,
  dnsTypeName,
  isDnsResponse,
  looksLikeDns,
  readDnsQuestion,
} from '../../../src/headers/dns.js';
import { dnsMessage, dnsName, hex, join } from '../../support/packet-bytes.js';

/** One question whose name is the given bytes, type AAAA. */
const question = (name: Uint8Array): Uint8Array => dnsMessage(0x0100, name, 28);
const read = (message: Uint8Array, complete = true): ReturnType<typeof readDnsQuestion> =>
  readDnsQuestion(message, 0, message.length, complete);

describe('readDnsQuestion', () => {
  it('reads name and type', () => {
    assert.deepEqual(read(question(dnsName('www.example.com'))), {
      name: 'www.example.com',
      type: 28,
      defect: undefined,
    });
    assert.equal(read(question(hex`00`))?.name, '.');
  });

  it('refuses compression pointers, which can only go round or forward in a first question', () => {
    const toItself = question(hex`04 636f7265 c00c`); // "core", then back to its beginning
    assert.deepEqual(read(toItself), { name: 'core', type: undefined, defect: 'malformed' });
    assert.equal(read(question(hex`c012 0001 00`))?.defect, 'malformed');
  });

  it('escapes whatever is not printable (RFC 1035 section 5.1)', () => {
    const name = hex`0c 1b5d303b6576696c0720c29b 05 612e625c63 00`;
    assert.equal(read(question(name))?.name, '\\027]0;evil\\007\\032\\194\\155.a\\.b\\\\c');
  });

  it('gives the part that was captured, and says that it is a part', () => {
    const whole = question(dnsName('www.example.com'));
    for (let length = 13; length < 12 + 17 + 2; length += 1) {
      const part = readDnsQuestion(whole, 0, length, false);
      assert.equal(part?.defect, 'cut');
      assert.ok('www.example.com'.startsWith(part.name.replace(/\.$/, '')));
    }
    assert.equal(readDnsQuestion(whole, 0, 20, true)?.defect, 'malformed');
  });

  it('refuses names over 255 bytes and label types that do not exist', () => {
    const label = join([63], Buffer.from('x'.repeat(63)));
    assert.equal(read(question(join(label, label, label, label, [0])))?.defect, 'malformed');
    assert.equal(read(question(hex`40 61 00`))?.defect, 'malformed');
  });

  it('gives undefined where there is no question', () => {
    assert.equal(read(hex`beef 8400 0000 0000 0000 0000`), undefined);
  });
});

describe('looksLikeDns', () => {
  it('refuses counts that the length can not hold, and unassigned opcodes', () => {
    const message = question(dnsName('a.example'));
    assert.equal(looksLikeDns(message, 0, message.length), true);
    const counts = join(message);
    counts[7] = 9; // nine answers
    assert.equal(looksLikeDns(counts, 0, counts.length), false);
    const opcode = join(message);
    opcode[2] = 0x39;
    assert.equal(looksLikeDns(opcode, 0, opcode.length), false);
  });
});

describe('DNS header', () => {
  it('tells a response and its code', () => {
    const message = dnsMessage(0x8183, dnsName('a'), 1);
    assert.equal(isDnsResponse(message, 0), true);
    assert.equal(dnsResponseCode(message, 0), 3);
    assert.equal(isDnsResponse(question(dnsName('a')), 0), false);
  });

  it('names types, and numbers those without a name (RFC 3597)', () => {
    assert.equal(dnsTypeName(28), 'AAAA');
    assert.equal(dnsTypeName(65280), 'TYPE65280');
  });
});
