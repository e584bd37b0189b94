import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError, StateError } from '../../../src/core/errors.js';
import { exactLoss } from '../../../src/core/loss.js';
import { BlockEncoder } from '../../../src/pcapng/block-encoder.js';
import { ByteCollector } from '../../support/byte-collector.js';
import { fakeInterface } from '../../support/fake-source.js';
import { hex, toHex } from '../../support/hex.js';
import { readyEncoder } from '../../support/ready-encoder.js';
import { type SingleFrame, singleFrame } from '../../support/single-frame.js';

function encoded(encode: (encoder: BlockEncoder) => void, interfaceCount = 4): string {
  const [encoder, output] = readyEncoder(interfaceCount);
  encode(encoder);
  encoder.flush();
  return toHex(output.bytes);
}

describe('BlockEncoder.sectionHeader', () => {
  it('writes the bare header of 28 bytes', () => {
    const output = new ByteCollector();
    const encoder = new BlockEncoder(output);
    encoder.sectionHeader();
    encoder.flush();
    const expected = hex`
      0a 0d 0d 0a              // block type
      1c 00 00 00              // length
      4d 3c 2b 1a              // byte-order magic
      01 00 00 00              // version 1.0
      ff ff ff ff ff ff ff ff  // section length: not known
      1c 00 00 00
    `;
    assert.equal(toHex(output.bytes), toHex(expected));
  });

  it('writes comment, hardware, system and application, each padded to 32 bits', () => {
    const expected = hex`
      0a 0d 0d 0a  40 00 00 00  4d 3c 2b 1a  01 00 00 00
      ff ff ff ff ff ff ff ff
      01 00 05 00  68 69 20 c3 a9 00 00 00  // opt_comment "hi é"
      02 00 01 00  78 00 00 00              // shb_hardware "x"
      03 00 00 00                           // shb_os ""
      04 00 02 00  67 63 00 00              // shb_userappl "gc"
      00 00 00 00                           // opt_endofopt
      40 00 00 00
    `;
    const actual = encoded((encoder) =>
      encoder.sectionHeader({ application: 'gc', os: '', hardware: 'x', comment: 'hi é' }),
    );
    assert.equal(actual, toHex(expected));
  });

  it('starts the numbers of interfaces at 0 again', () => {
    const [encoder] = readyEncoder(2);
    encoder.sectionHeader();
    assert.throws(() => encoder.frame(singleFrame()), { code: 'UNKNOWN_INTERFACE' });
    encoder.interfaceDescription(fakeInterface(0));
    encoder.frame(singleFrame());
  });
});

describe('BlockEncoder.interfaceDescription', () => {
  it('writes every option that the interface has', () => {
    const output = new ByteCollector();
    const encoder = new BlockEncoder(output);
    encoder.sectionHeader();
    encoder.flush();
    output.writes.length = 0;
    encoder.interfaceDescription({
      id: 0,
      name: 'veth9',
      linkType: 276,
      snapshotLength: 0x01020304,
      description: 'up',
      filter: 'udp',
      speedBps: 0x0102030405060708n,
      macAddress: '02:00:5E:10:a0:01',
      hardware: 'card',
      os: 'Linux',
      comment: 'c',
    });
    encoder.flush();
    const expected = hex`
      01 00 00 00  70 00 00 00
      14 01 00 00                                  // LINKTYPE_LINUX_SLL2, reserved
      04 03 02 01                                  // snaplen
      01 00 01 00  63 00 00 00                     // opt_comment "c"
      02 00 05 00  76 65 74 68 39 00 00 00         // if_name "veth9"
      03 00 02 00  75 70 00 00                     // if_description "up"
      06 00 06 00  02 00 5e 10 a0 01 00 00         // if_MACaddr
      08 00 08 00  08 07 06 05 04 03 02 01         // if_speed
      09 00 01 00  09 00 00 00                     // if_tsresol 10^-9
      0b 00 04 00  00 75 64 70                     // if_filter: libpcap string "udp"
      0c 00 05 00  4c 69 6e 75 78 00 00 00         // if_os "Linux"
      0f 00 04 00  63 61 72 64                     // if_hardware "card"
      00 00 00 00
      70 00 00 00
    `;
    assert.equal(toHex(output.bytes), toHex(expected));
  });

  it('writes no option but the resolution where nothing is known', () => {
    const actual = encoded(
      (encoder) => encoder.interfaceDescription(fakeInterface(2, { name: undefined })),
      2,
    );
    const expected = hex`
      01 00 00 00  20 00 00 00  01 00 00 00  00 00 00 00
      09 00 01 00  09 00 00 00  00 00 00 00
      20 00 00 00
    `;
    assert.equal(actual, toHex(expected));
  });

  it('takes interfaces only in the order of their numbers, after a section header', () => {
    const [encoder] = readyEncoder(1);
    assert.throws(() => encoder.interfaceDescription(fakeInterface(0)), {
      name: 'ArgumentError',
      code: 'BAD_INTERFACE_ID',
    });
    const bare = new BlockEncoder(new ByteCollector());
    assert.throws(() => bare.interfaceDescription(fakeInterface(0)), StateError);
  });

  it('rejects what is no MAC address', () => {
    const [encoder] = readyEncoder(0);
    for (const macAddress of ['02:00:5e:10:00', '02005e100001', 'zz:00:5e:10:00:01']) {
      assert.throws(() => encoder.interfaceDescription(fakeInterface(0, { macAddress })), {
        code: 'BAD_MAC_ADDRESS',
      });
    }
  });

  it('rejects an option longer than 65,535 bytes', () => {
    const [encoder] = readyEncoder(0);
    assert.throws(
      () => encoder.interfaceDescription(fakeInterface(0, { description: 'é'.repeat(32768) })),
      { code: 'OPTION_TOO_LONG' },
    );
  });
});

describe('BlockEncoder.frame', () => {
  it('writes a frame without options', () => {
    const actual = encoded((encoder) =>
      encoder.frame(
        singleFrame({
          data: hex`11 22 33 44 55`,
          originalLength: 0x010203,
          interfaceId: 3,
          seconds: 1_795_355_060,
          nanoseconds: 89_260_729,
        }),
      ),
    );
    const expected = hex`
      06 00 00 00  28 00 00 00
      03 00 00 00              // interface
      ea 61 ea 18              // 1795355060089260729 = 0x18ea61ea 3a520ab9, upper half
      b9 0a 52 3a              // lower half
      05 00 00 00              // captured
      03 02 01 00              // original
      11 22 33 44 55 00 00 00
      28 00 00 00
    `;
    assert.equal(1_795_355_060_089_260_729n, 0x18ea61ea_3a520ab9n);
    assert.equal(actual, toHex(expected));
  });

  it('writes flags, drop count and queue', () => {
    const actual = encoded((encoder) =>
      encoder.frame(
        singleFrame({
          data: hex`01 02 03 04`,
          flags: 0x605,
          lostBefore: exactLoss(0x1_0203_0405_06),
        }),
        { queue: 0x0708 },
      ),
    );
    const expected = hex`
      06 00 00 00  44 00 00 00  00 00 00 00
      00 00 00 00  00 00 00 00  04 00 00 00  04 00 00 00
      01 02 03 04
      02 00 04 00  05 06 00 00              // epb_flags
      04 00 08 00  06 05 04 03 02 01 00 00  // epb_dropcount
      06 00 04 00  08 07 00 00              // epb_queue
      00 00 00 00
      44 00 00 00
    `;
    assert.equal(actual, toHex(expected));
  });

  it('writes flags with all 32 bits and the queue alone without a loss', () => {
    const flagged = encoded((encoder) => encoder.frame(singleFrame({ flags: 0x80000001 | 0 })));
    assert.equal(
      flagged,
      toHex(hex`
        06 00 00 00  2c 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
        02 00 04 00  01 00 00 80  00 00 00 00
        2c 00 00 00
      `),
    );
    const queued = encoded((encoder) => encoder.frame(singleFrame(), { queue: 0 }));
    assert.equal(
      queued,
      toHex(hex`
        06 00 00 00  2c 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
        06 00 04 00  00 00 00 00  00 00 00 00
        2c 00 00 00
      `),
    );
  });

  it('says in a comment how far a bounded loss is known, and leaves a count of 0 out', () => {
    const text =
      'gapcap: bounded, at least 0 and at most 12 frames lost here; the sum over group 7 is exact';
    const textHex = Buffer.from(text).toString('hex');
    const actual = encoded((encoder) =>
      encoder.frame(
        singleFrame({
          lostBefore: { lost: 0, certainty: 'bounded', atLeast: 0, atMost: 12, group: 7 },
        }),
        { comments: ['a'] },
      ),
    );
    const expected = hex`
      06 00 00 00  8c 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
      01 00 01 00  61 00 00 00
      01 00 5a 00  ${textHex}  00 00
      00 00 00 00
      8c 00 00 00
    `;
    assert.equal(text.length, 0x5a);
    assert.equal(actual, toHex(expected));
  });

  it('refuses to record a loss that no counter saw', () => {
    const [encoder] = readyEncoder();
    const lostBefore = {
      lost: 3,
      certainty: 'inferred',
      atLeast: 3,
      atMost: 3,
      group: undefined,
    } as const;
    assert.throws(() => encoder.frame(singleFrame({ lostBefore })), ArgumentError);
  });

  it('writes the interface that the extras name instead of the batch’s own', () => {
    const actual = encoded((encoder) =>
      encoder.frame(singleFrame({ interfaceId: 9 }), { interfaceId: 2 }),
    );
    assert.equal(actual.split(' ')[2], '02000000');
  });

  it('rejects a frame of an interface that isn’t described', () => {
    const [encoder] = readyEncoder(2);
    assert.throws(() => encoder.frame(singleFrame({ interfaceId: 2 })), {
      name: 'StateError',
      code: 'UNKNOWN_INTERFACE',
    });
  });

  it('copies bytes alike from every alignment, for every length, up to the end of the memory', () => {
    const [encoder, output] = readyEncoder(1, 4096);
    const check = (frame: SingleFrame & { data: Uint8Array }): void => {
      const { length } = frame.data;
      output.writes.length = 0;
      encoder.frame(singleFrame(frame));
      encoder.flush();
      const block = output.bytes;
      const padded = (length + 3) & ~3;
      assert.equal(block.length, 32 + padded);
      const expected = new Uint8Array(padded);
      expected.set(frame.data);
      assert.deepEqual(block.subarray(28, 28 + padded), expected);
      assert.equal(new DataView(block.buffer).getUint32(block.length - 4, true), block.length);
    };
    const lengths = [0, 1, 2, 3, 4, 5, 59, 60, 61, 63, 64, 159, 160, 511, 1500];
    for (let length = 161; length <= 196; length++) lengths.push(length);
    for (const length of lengths) {
      const data = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff);
      for (const byteOffset of [0, 1, 2, 3, 4, 82]) {
        for (const slackBytes of [0, 1, 2, 3, 4, 19, 20, 24, 28, 32, 64]) {
          check({ data, byteOffset, slackBytes });
          check({ data, byteOffset, slackBytes, inLongs: true });
        }
      }
    }
  });

  it('keeps time exact over a change of seconds and up to the limit of u32 seconds', () => {
    const times: readonly (readonly [number, number])[] = [
      [0, 0],
      [4, 294_967_295], // 2^32 − 1 ns
      [4, 294_967_296], // 2^32 ns: the carry
      [4, 999_999_999],
      [1_795_355_060, 0],
      [1_795_355_060, 999_999_999],
      [0xffff, 1],
      [0x10000, 1],
      [0x7fffffff, 999_999_999],
      [0x80000000, 0],
      [0xffffffff, 999_999_999],
      [3, 5],
    ];
    for (const [seconds, nanoseconds] of times) {
      const [encoder, output] = readyEncoder();
      encoder.frame(singleFrame({ seconds: 1, nanoseconds: 1 }));
      encoder.frame(singleFrame({ seconds, nanoseconds }));
      encoder.flush();
      const view = new DataView(output.bytes.buffer);
      const stored = (BigInt(view.getUint32(44, true)) << 32n) | BigInt(view.getUint32(48, true));
      assert.equal(stored, BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
    }
  });

  it('hands on what it has before a frame that doesn’t fit, and a huge frame in pieces', () => {
    const [encoder, output] = readyEncoder(1, 128);
    const small = Uint8Array.from({ length: 60 }, (_, i) => i + 1);
    const huge = Uint8Array.from({ length: 1001 }, (_, i) => (i * 7) & 0xff);
    encoder.frame(singleFrame({ data: small }));
    assert.equal(output.writes.length, 0);
    encoder.frame(singleFrame({ data: small, byteOffset: 2 }));
    assert.equal(output.writes.length, 1);
    encoder.frame(singleFrame({ data: huge, flags: 2, lostBefore: exactLoss(9) }));
    encoder.frame(singleFrame({ data: huge, flags: 2 }));
    encoder.frame(singleFrame({ data: small }));
    encoder.flush();
    const [wide, wideOutput] = readyEncoder(1, 65536);
    wide.frame(singleFrame({ data: small }));
    wide.frame(singleFrame({ data: small, byteOffset: 2 }));
    wide.frame(singleFrame({ data: huge, flags: 2, lostBefore: exactLoss(9) }));
    wide.frame(singleFrame({ data: huge, flags: 2 }));
    wide.frame(singleFrame({ data: small }));
    wide.flush();
    assert.equal(wideOutput.writes.length, 1);
    assert.equal(toHex(output.bytes), toHex(wideOutput.bytes));
    assert.equal(encoder.bytesWritten, wide.bytesWritten);
  });

  it('leaves no trace of an earlier, longer frame in the padding', () => {
    const [encoder, output] = readyEncoder(1, 128);
    for (const length of [65, 65, 1, 2, 3, 5]) {
      encoder.flush();
      output.writes.length = 0;
      encoder.frame(singleFrame({ data: new Uint8Array(length).fill(0xff), byteOffset: 1 }));
    }
    encoder.flush();
    assert.deepEqual(output.bytes.subarray(28, 36), hex`ff ff ff ff ff 00 00 00`);
  });
});

describe('BlockEncoder.interfaceStatistics', () => {
  it('writes counts as u64 and times as high and low half', () => {
    const actual = encoded((encoder) =>
      encoder.interfaceStatistics(1, {
        timestampNs: 0x0102030405060708n,
        startNs: 0x1112131415161718n,
        endNs: 0x2122232425262728n,
        interfaceReceived: 0x3132,
        interfaceDropped: 0,
        received: 0x0102030405060708n,
        dropped: 2 ** 40,
        delivered: 7,
        comment: 'c',
      }),
    );
    const expected = hex`
      05 00 00 00  78 00 00 00
      01 00 00 00                                  // interface
      04 03 02 01  08 07 06 05                     // timestamp
      01 00 01 00  63 00 00 00                     // opt_comment
      02 00 08 00  14 13 12 11  18 17 16 15        // isb_starttime
      03 00 08 00  24 23 22 21  28 27 26 25        // isb_endtime
      04 00 08 00  32 31 00 00 00 00 00 00         // isb_ifrecv
      05 00 08 00  00 00 00 00 00 00 00 00         // isb_ifdrop
      06 00 08 00  08 07 06 05 04 03 02 01         // isb_filteraccept
      07 00 08 00  00 00 00 00 00 01 00 00         // isb_osdrop
      08 00 08 00  07 00 00 00 00 00 00 00         // isb_usrdeliv
      00 00 00 00
      78 00 00 00
    `;
    assert.equal(actual, toHex(expected));
  });

  it('leaves out what isn’t known', () => {
    const actual = encoded((encoder) =>
      encoder.interfaceStatistics(0, { timestampNs: 1n, dropped: 5 }),
    );
    const expected = hex`
      05 00 00 00  28 00 00 00  00 00 00 00  00 00 00 00  01 00 00 00
      07 00 08 00  05 00 00 00 00 00 00 00
      00 00 00 00
      28 00 00 00
    `;
    assert.equal(actual, toHex(expected));
  });

  it('rejects an interface that isn’t described', () => {
    const [encoder] = readyEncoder(1);
    assert.throws(() => encoder.interfaceStatistics(1, { timestampNs: 0n }), StateError);
  });
});

describe('BlockEncoder', () => {
  it('counts what is pending and what is written', () => {
    const output = new ByteCollector();
    const encoder = new BlockEncoder(output);
    assert.equal(encoder.bytesPending, 0);
    encoder.sectionHeader();
    assert.equal(encoder.bytesPending, 28);
    assert.equal(encoder.bytesWritten, 28);
    encoder.flush();
    assert.equal(encoder.bytesPending, 0);
    assert.equal(encoder.bytesWritten, 28);
    encoder.flush();
    assert.equal(output.writes.length, 1);
  });

  it('keeps its bytes pending when the output throws', () => {
    let failing = true;
    const output = new ByteCollector();
    const encoder = new BlockEncoder({
      write: (bytes) => {
        if (failing) throw new Error('disk full');
        output.write(bytes);
      },
    });
    encoder.sectionHeader();
    assert.throws(() => encoder.flush(), /disk full/);
    assert.equal(encoder.bytesPending, 28);
    failing = false;
    encoder.flush();
    assert.equal(output.bytes.length, 28);
  });

  it('takes over raw blocks, also those longer than its buffer', () => {
    const [encoder, output] = readyEncoder(1, 64);
    const block = new Uint8Array(400).fill(7);
    encoder.rawBlock(block.subarray(0, 12));
    encoder.rawBlock(block);
    assert.equal(output.bytes.length, 412);
    assert.equal(encoder.bytesPending, 0);
  });

  it('rejects a buffer that is too small or no multiple of 4', () => {
    for (const bufferBytes of [0, 60, 4098, 1.5]) {
      assert.throws(() => new BlockEncoder(new ByteCollector(), { bufferBytes }), {
        code: 'BAD_BUFFER_SIZE',
      });
    }
  });
});
