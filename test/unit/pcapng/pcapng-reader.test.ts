import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { copyFrame } from '../../../src/core/frame.js';
import { exactLoss } from '../../../src/core/loss.js';
import { PcapngReader, type RawBlock } from '../../../src/pcapng/pcapng-reader.js';
import {
  type ByteOrder,
  block,
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  fields,
  interfaceDescription,
  option,
  padded,
  sectionHeader,
} from '../../support/block-bytes.js';
import { hex } from '../../support/hex.js';
import { MemoryInput } from '../../support/memory-input.js';

const ORDERS: readonly ByteOrder[] = ['little', 'big'];
const BOUNDS =
  'gapcap: bounded, at least 12 and at most 52 frames lost here; the sum over group 3 is exact';

function reader(...blocks: readonly Uint8Array[]): PcapngReader {
  return new PcapngReader(new MemoryInput(concat(...blocks)));
}

/** What `describe` makes of each frame. */
function readAll<T>(source: PcapngReader, describe: (batch: PcapngReader['batch']) => T): T[] {
  const seen: T[] = [];
  while (!source.ended) {
    const batch = source.read();
    while (batch.next()) seen.push(describe(batch));
  }
  return seen;
}

function failureCode(...blocks: readonly Uint8Array[]): string {
  try {
    readAll(reader(...blocks), () => 0);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
}

describe('PcapngReader on enhanced packets', () => {
  for (const order of ORDERS) {
    it(`reads every field and the options that matter, ${order} endian`, () => {
      const source = reader(
        sectionHeader(order),
        interfaceDescription(order, 0, option(order, 9, [9, 1])),
        interfaceDescription(order, 0),
        enhancedPacket(
          order,
          1,
          0x0004c39c_8d8e81dan, // 1340977064.083930 s in microseconds
          hex`11 22 33 44 55`,
          option(order, 1, 'first'),
          option(order, 5, [1, 8]), // epb_packetid
          option(order, 2, [0x80000605, 4]),
          option(order, 4, [0x0001_0203_0405_0607n, 8]),
          option(order, 6, [0x01020304, 4]),
          option(order, 1, 'second é'),
          END_OF_OPTIONS,
          option(order, 2, [1, 4]), // after the end: not an option
        ),
        enhancedPacket(order, 0, 1_795_355_060_089_260_729n, hex`01`),
      );
      const [first, second] = readAll(source, (batch) => ({
        ...copyFrame(batch),
        comments: batch.comments(),
        queue: batch.queue,
        hasTimestamp: batch.hasTimestamp,
        frameNumber: batch.frameNumber,
      }));
      assert.deepEqual(first, {
        data: hex`11 22 33 44 55`,
        originalLength: 0x105,
        timestampNs: 0x0004c39c_8d8e81dan * 1000n,
        interfaceId: 1,
        flags: 0x80000605,
        lostBefore: exactLoss(0x0001_0203_0405_0607),
        comments: ['first', 'second é'],
        queue: 0x01020304,
        hasTimestamp: true,
        frameNumber: 1,
      });
      assert.deepEqual(second, {
        data: hex`01`,
        originalLength: 0x101,
        timestampNs: 1_795_355_060_089_260_729n,
        interfaceId: 0,
        flags: 0,
        lostBefore: undefined,
        comments: [],
        queue: undefined,
        hasTimestamp: true,
        frameNumber: 2,
      });
      assert.equal(source.end, 'complete');
    });

    it(`reads bounded losses, with a count and without, ${order} endian`, () => {
      const bounds = { certainty: 'bounded', atLeast: 12, atMost: 52, group: 3 };
      const zero = BOUNDS.replace('12', '0');
      const source = reader(
        sectionHeader(order),
        interfaceDescription(order),
        enhancedPacket(order, 0, 0n, hex`01`, option(order, 1, BOUNDS), option(order, 4, [40, 8])),
        enhancedPacket(order, 0, 0n, hex`01`, option(order, 1, zero)),
        enhancedPacket(order, 0, 0n, hex`01`, option(order, 1, BOUNDS), option(order, 4, [60, 8])),
        enhancedPacket(
          order,
          0,
          0n,
          hex`01`,
          option(order, 1, 'gapcap: hi'),
          option(order, 4, [0, 8]),
        ),
      );
      assert.deepEqual(
        readAll(source, (batch) => batch.lostBefore),
        [{ lost: 40, ...bounds }, { lost: 0, ...bounds, atLeast: 0 }, exactLoss(60), undefined],
      );
    });
  }

  it('rejects a drop count that no exact number holds', () => {
    const frame = (count: bigint) =>
      enhancedPacket('big', 0, 0n, hex`01`, option('big', 4, [count, 8]));
    const start = [sectionHeader('big'), interfaceDescription('big')] as const;
    assert.equal(failureCode(...start, frame(2n ** 53n - 1n)), 'none');
    assert.equal(failureCode(...start, frame(2n ** 53n)), 'BAD_DROP_COUNT');
  });

  it('rejects lengths that reach out of the block, wrong option lengths, unknown interfaces', () => {
    const start = [sectionHeader('little'), interfaceDescription('little')] as const;
    const packet = (captured: number, ...rest: readonly Uint8Array[]) =>
      block('little', 6, [0, 4], [0, 8], [captured, 4], [captured, 4], ...rest);
    assert.equal(failureCode(...start, packet(4, hex`01 02 03 04`)), 'none');
    assert.equal(failureCode(...start, packet(5, hex`01 02 03 04`)), 'BAD_CAPTURED_LENGTH');
    assert.equal(
      failureCode(...start, packet(0xffffffff, hex`01 02 03 04`)),
      'BAD_CAPTURED_LENGTH',
    );
    assert.equal(failureCode(...start, block('little', 6, [0, 4], [0, 8])), 'BAD_BLOCK_LENGTH');
    assert.equal(
      failureCode(...start, enhancedPacket('little', 1, 0n, hex`01`)),
      'UNKNOWN_INTERFACE',
    );
    for (const [code, length] of [
      [2, 8],
      [4, 4],
      [6, 2],
    ] as const) {
      const bad = option('little', code, new Uint8Array(length));
      assert.equal(failureCode(...start, packet(0, bad)), 'BAD_OPTION_LENGTH');
    }
    const overlong = fields('little', [1, 2], [9, 2], [0, 8]);
    assert.equal(failureCode(...start, packet(0, overlong)), 'BAD_OPTION_LENGTH');
  });

  it('gives the frames before a damaged block, then the error, then nothing', () => {
    const source = reader(
      sectionHeader('little'),
      interfaceDescription('little'),
      enhancedPacket('little', 0, 0n, hex`01`),
      enhancedPacket('little', 0, 0n, hex`02`),
      enhancedPacket('little', 7, 0n, hex`03`),
      enhancedPacket('little', 0, 0n, hex`04`),
    );
    const batch = source.read();
    let count = 0;
    while (batch.next()) count++;
    assert.equal(count, 2);
    assert.equal(source.ended, false);
    assert.throws(() => source.read(), {
      name: 'FormatError',
      code: 'UNKNOWN_INTERFACE',
      offset: 28 + 20 + 36 + 36,
      blockType: 6,
      section: 0,
    });
    assert.equal(source.ended, true);
    assert.equal(source.end, undefined);
    assert.equal(source.read().next(), false);
  });
});

describe('PcapngReader on the other packet blocks', () => {
  for (const order of ORDERS) {
    it(`reads simple packets of the first interface, cut by its snapshot length, ${order}`, () => {
      const source = reader(
        sectionHeader(order),
        interfaceDescription(order, 6),
        interfaceDescription(order, 0),
        block(order, 3, [5, 4], padded(hex`01 02 03 04 05`)),
        block(order, 3, [0x1234, 4], padded(hex`01 02 03 04 05 06`)),
      );
      const seen = readAll(source, (batch) => ({
        ...copyFrame(batch),
        hasTimestamp: batch.hasTimestamp,
      }));
      assert.deepEqual(
        seen.map((frame) => [frame.data.length, frame.originalLength, frame.interfaceId]),
        [
          [5, 5, 0],
          [6, 0x1234, 0],
        ],
      );
      assert.ok(seen.every((frame) => !frame.hasTimestamp && frame.timestampNs === 0n));
      assert.deepEqual(seen[1]!.data, hex`01 02 03 04 05 06`);
    });

    it(`reads obsolete packets, whose options have other codes, ${order} endian`, () => {
      const obsolete = (drops: number, ...options: readonly Uint8Array[]) =>
        block(
          order,
          2,
          [1, 2],
          [drops, 2],
          [0, 4],
          [1_500_000, 4],
          [3, 4],
          [9, 4],
          padded(hex`0a 0b 0c`),
          ...options,
        );
      const source = reader(
        sectionHeader(order),
        interfaceDescription(order),
        interfaceDescription(order),
        obsolete(0x0102, option(order, 2, [0x605, 4]), option(order, 4, [77, 8]), END_OF_OPTIONS),
        obsolete(0),
        obsolete(0xffff),
      );
      const seen = readAll(source, copyFrame);
      assert.deepEqual(seen[0], {
        data: hex`0a 0b 0c`,
        originalLength: 9,
        timestampNs: 1_500_000_000n,
        interfaceId: 1,
        flags: 0x605,
        lostBefore: exactLoss(0x0102),
      });
      assert.equal(seen[1]!.lostBefore, undefined);
      assert.equal(seen[2]!.lostBefore, undefined);
    });
  }

  it('rejects a simple packet without an interface and one that its block can’t hold', () => {
    const simple = block('little', 3, [9, 4], [0, 8]);
    assert.equal(failureCode(sectionHeader('little'), simple), 'UNKNOWN_INTERFACE');
    assert.equal(
      failureCode(sectionHeader('little'), interfaceDescription('little'), simple),
      'BAD_CAPTURED_LENGTH',
    );
  });
});

describe('PcapngReader on sections and interfaces', () => {
  it('numbers interfaces over sections and reads each in its own byte order and clock', () => {
    const source = reader(
      sectionHeader('big', option('big', 4, 'one')),
      interfaceDescription('big', 0, option('big', 2, 'a'), option('big', 14, [-1n, 8])),
      interfaceDescription('big', 0, option('big', 2, 'b')),
      enhancedPacket('big', 1, 1_000_000n, hex`01`),
      sectionHeader('little', option('little', 3, 'two')),
      interfaceDescription('little', 0, option('little', 2, 'c'), option('little', 9, [0x8a, 1])),
      enhancedPacket('little', 0, 1536n, hex`02`),
      sectionHeader('big'),
      sectionHeader('big'),
      interfaceDescription('big', 0, option('big', 14, [5n, 8])),
      enhancedPacket('big', 0, 1_000_000n, hex`03`),
    );
    assert.deepEqual(
      readAll(source, (batch) => [batch.interfaceId, batch.seconds, batch.nanoseconds]),
      [
        [1, 1, 0],
        [2, 1, 500_000_000],
        [3, 6, 0],
      ],
    );
    assert.deepEqual(
      source.interfaces.map(({ id, name, section }) => [id, name, section]),
      [
        [0, 'a', 0],
        [1, 'b', 0],
        [2, 'c', 1],
        [3, undefined, 3],
      ],
    );
    assert.deepEqual(
      source.sections.map((section) => [
        section.index,
        section.byteOrder,
        section.firstInterfaceId,
        section.application,
        section.os,
      ]),
      [
        [0, 'big', 0, 'one', undefined],
        [1, 'little', 2, undefined, 'two'],
        [2, 'big', 3, undefined, undefined],
        [3, 'big', 3, undefined, undefined],
      ],
    );
  });

  for (const order of ORDERS) {
    it(`reads all that a section and an interface say, ${order} endian`, () => {
      const source = reader(
        block(
          order,
          0x0a0d0d0a,
          [0x1a2b3c4d, 4],
          [1, 2],
          [2, 2],
          [0x0102, 8],
          option(order, 1, 'c1'),
          option(order, 2, 'machine\0'),
          option(order, 3, 'Linux'),
          option(order, 4, 'gapcap'),
          option(order, 1, 'c2'),
        ),
        interfaceDescription(
          order,
          0x01020304,
          option(order, 1, 'note'),
          option(order, 2, 'eth7'),
          option(order, 3, 'up'),
          option(order, 4, [1, 8]), // if_IPv4addr: a drop count only on a packet
          option(order, 6, hex`02 00 5e 10 a0 01`),
          option(order, 8, [10_000_000_000n, 8]),
          option(order, 9, [9, 1]),
          option(order, 11, [0, 1], 'tcp'),
          option(order, 12, 'BSD'),
          option(order, 13, [4, 1]),
          option(order, 14, [-7n, 8]),
          option(order, 15, 'card'),
          option(order, 0x7777, 'unknown'),
        ),
      );
      readAll(source, () => 0);
      assert.deepEqual(source.sections[0], {
        index: 0,
        offset: 0,
        byteOrder: order,
        versionMajor: 1,
        versionMinor: 2,
        lengthBytes: 0x0102n,
        firstInterfaceId: 0,
        hardware: 'machine',
        os: 'Linux',
        application: 'gapcap',
        comments: ['c1', 'c2'],
      });
      assert.deepEqual(source.interfaces[0], {
        id: 0,
        section: 0,
        linkType: 1,
        snapshotLength: 0x01020304,
        name: 'eth7',
        description: 'up',
        filter: 'tcp',
        speedBps: 10_000_000_000n,
        macAddress: '02:00:5e:10:a0:01',
        hardware: 'card',
        os: 'BSD',
        comments: ['note'],
        timestampResolution: 9,
        timestampOffsetSeconds: -7n,
        fcsLength: 4,
      });
    });
  }

  it('knows no filter text where the filter is BPF code', () => {
    const source = reader(
      sectionHeader('little'),
      interfaceDescription('little', 0, option('little', 11, [1, 1], [0, 8])),
    );
    readAll(source, () => 0);
    assert.equal(source.interfaces[0]!.filter, undefined);
  });

  it('rejects options of a wrong length, and blocks too short for their fields', () => {
    const start = sectionHeader('little');
    const bad = (code: number, size: number) =>
      interfaceDescription('little', 0, option('little', code, new Uint8Array(size)));
    for (const [code, size] of [
      [8, 4],
      [9, 2],
      [13, 4],
      [14, 7],
    ] as const) {
      assert.equal(failureCode(start, bad(code, size)), 'BAD_OPTION_LENGTH');
    }
    assert.equal(failureCode(start, block('little', 1, [1, 4])), 'BAD_BLOCK_LENGTH');
    assert.equal(failureCode(start, block('little', 5, [0, 8])), 'BAD_BLOCK_LENGTH');
    assert.equal(
      failureCode(sectionHeader('little', fields('little', [4, 2], [5, 2], [0, 4]))),
      'BAD_OPTION_LENGTH',
    );
  });
});

describe('PcapngReader on other blocks', () => {
  it('hands on blocks that it doesn’t read, as they are and in their order', () => {
    const names = block('little', 4, [0, 4]);
    const secrets = block('little', 10, 'TLSK', [3, 4], 'abc');
    const custom = block('big', 0x40000bad, [32473, 4], 'xyz');
    const seen: RawBlock[] = [];
    const source = new PcapngReader(
      new MemoryInput(
        concat(
          sectionHeader('little'),
          names,
          interfaceDescription('little'),
          enhancedPacket('little', 0, 0n, hex`01`),
          secrets,
          sectionHeader('big'),
          custom,
        ),
      ),
      { onOtherBlock: (raw) => seen.push({ ...raw, bytes: raw.bytes.slice() }) },
    );
    readAll(source, () => 0);
    assert.deepEqual(seen, [
      { type: 4, section: 0, offset: 28, byteOrder: 'little', bytes: names },
      { type: 10, section: 0, offset: 28 + 16 + 20 + 36, byteOrder: 'little', bytes: secrets },
      { type: 0x40000bad, section: 1, offset: 152, byteOrder: 'big', bytes: custom },
    ]);
  });

  it('keeps the last statistics of each interface and rejects those of an unknown one', () => {
    const statistics = (id: number, dropped: number) =>
      block('big', 5, [id, 4], [0, 8], option('big', 7, [dropped, 8]));
    const start = [sectionHeader('big'), interfaceDescription('big'), interfaceDescription('big')];
    const source = reader(...start, statistics(1, 5), statistics(0, 7), statistics(1, 9));
    readAll(source, () => 0);
    assert.equal(source.statistics(0)!.dropped, 7);
    assert.equal(source.statistics(1)!.dropped, 9);
    assert.equal(source.statistics(2), undefined);
    assert.equal(failureCode(...start, statistics(2, 1)), 'UNKNOWN_INTERFACE');
  });
});

describe('PcapngReader.read', () => {
  it('goes on with an unfinished batch instead of skipping its rest', () => {
    const source = reader(
      sectionHeader('little'),
      interfaceDescription('little'),
      ...[1, 2, 3, 4].map((n) => enhancedPacket('little', 0, 0n, Uint8Array.of(n))),
    );
    const seen: number[] = [];
    while (!source.ended) {
      const batch = source.read();
      if (batch.next()) seen.push(batch.bytes[batch.byteOffset]!);
    }
    assert.deepEqual(seen, [1, 2, 3, 4]);
  });

  it('gives nothing after stop and doesn’t say how the file ended', () => {
    const source = reader(
      sectionHeader('little'),
      interfaceDescription('little'),
      enhancedPacket('little', 0, 0n, hex`01`),
      enhancedPacket('little', 0, 0n, hex`02`),
    );
    const batch = source.read();
    source.stop();
    assert.equal(source.ended, true);
    assert.equal(source.end, undefined);
    assert.equal(batch.next(), false);
    assert.equal(source.read().next(), false);
  });
});
