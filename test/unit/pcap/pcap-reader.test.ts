import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError } from '../../../src/core/errors.js';
import { copyFrame, FrameFlags } from '../../../src/core/frame.js';
import { PcapReader } from '../../../src/pcap/pcap-reader.js';
import { hex } from '../../support/hex.js';
import { MemoryInput } from '../../support/memory-input.js';

/** 2.4, snapshot length 65535, Ethernet; microseconds, little-endian. */
const LITTLE = hex`
  d4 c3 b2 a1 02 00 04 00 // magic, version
  00 00 00 00 00 00 00 00 // time zone, accuracy
  ff ff 00 00 01 00 00 00 // snapshot length, link type
`;
/** 2026-11-23 03:44:20.123456, 5 of 66 bytes. */
const LITTLE_RECORD = hex`
  b4 d9 03 6b 40 e2 01 00 // seconds, microseconds
  05 00 00 00 42 00 00 00 // captured, original
  a1 a2 a3 a4 a5
`;

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

interface ReadFrame {
  readonly data: string;
  readonly original: number;
  readonly time: string;
  readonly flags: number;
}

function readAll(
  bytes: Uint8Array,
  pieceBytes?: number,
): { frames: ReadFrame[]; reader: PcapReader } {
  const reader = new PcapReader(new MemoryInput(bytes, pieceBytes), { chunkBytes: 64 });
  const frames: ReadFrame[] = [];
  while (!reader.ended) {
    const batch = reader.read();
    while (batch.next()) {
      const { data, originalLength, flags } = copyFrame(batch);
      assert.equal(batch.frameNumber, frames.length + 1);
      assert.equal(batch.lostBefore, undefined);
      frames.push({
        data: Buffer.from(data).toString('hex'),
        original: originalLength,
        time: `${batch.seconds}.${String(batch.nanoseconds).padStart(9, '0')}`,
        flags,
      });
    }
  }
  return { frames, reader };
}

const FRAME = { data: 'a1a2a3a4a5', original: 66, time: '1795414452.123456000', flags: 0 };

describe('PcapReader', () => {
  it('reads microseconds, little-endian', () => {
    const { frames, reader } = readAll(join(LITTLE, LITTLE_RECORD, LITTLE_RECORD));
    assert.deepEqual(frames, [FRAME, FRAME]);
    assert.equal(reader.end, 'complete');
    assert.equal(reader.header?.byteOrder, 'little');
    assert.equal(reader.header?.snapshotLength, 65_535);
    assert.equal(reader.header?.fcsLength, undefined);
  });

  it('reads nanoseconds, big-endian, with the length of the frame check sequence', () => {
    const { frames, reader } = readAll(hex`
      a1 b2 3c 4d 00 02 00 04 00 00 00 00 00 00 00 00
      00 04 00 00 24 00 01 14 // FCS of 2 × 16 bits; Linux cooked v2 (276)
      6b 03 d9 b4 07 5b cd 15 00 00 00 02 00 00 00 03 b1 b2
    `);
    assert.deepEqual(frames, [
      { data: 'b1b2', original: 3, time: '1795414452.123456789', flags: 0 },
    ]);
    assert.equal(reader.header?.linkType, 276);
    assert.equal(reader.header?.fcsLength, 4);
    assert.equal(reader.header?.nanoseconds, true);
  });

  it("reads Kuznetzov's records with index, protocol and packet type", () => {
    const record = hex`
      b4 d9 03 6b 40 e2 01 00 05 00 00 00 42 00 00 00
      02 00 00 00 08 00 04 00 // interface 2, IPv4, outgoing
      a1 a2 a3 a4 a5
    `;
    const file = join(LITTLE, record, record, record);
    const outgoing = { ...FRAME, flags: FrameFlags.Outbound };
    const patched = readAll(file);
    assert.deepEqual(patched.frames, [outgoing, outgoing, outgoing]);
    assert.equal(patched.reader.layout?.variant, 'ss990417');
    file.set(hex`34 cd b2 a1`);
    const later = readAll(file);
    assert.deepEqual(later.frames, [outgoing, outgoing, outgoing]);
    assert.equal(later.reader.layout?.variant, 'ss991029');
  });

  it('reads the records of the patch of September 1999 with a processor and padding', () => {
    const record = hex`
      b4 d9 03 6b 40 e2 01 00 05 00 00 00 42 00 00 00
      02 00 00 00 08 00 01 01 00 00 00 00 // interface 2, IPv4, broadcast, processor 1
      a1 a2 a3 a4 a5
    `;
    const file = join(hex`34 cd b2 a1`, LITTLE.subarray(4), record, record, record);
    const { frames, reader } = readAll(file);
    assert.equal(reader.layout?.variant, 'ss990915');
    const flags = FrameFlags.Inbound | FrameFlags.Broadcast;
    assert.deepEqual(frames, [
      { ...FRAME, flags },
      { ...FRAME, flags },
      { ...FRAME, flags },
    ]);
  });

  it("reads Nokia's records with four bytes more", () => {
    const record = hex`
      b4 d9 03 6b 40 e2 01 00 05 00 00 00 42 00 00 00
      ff ff 00 7f
      a1 a2 a3 a4 a5
    `;
    const { frames, reader } = readAll(join(LITTLE, record, record, record));
    assert.equal(reader.layout?.variant, 'nokia');
    assert.deepEqual(frames, [FRAME, FRAME, FRAME]);
  });

  it("reads Ixia's header with four bytes more, and its nanoseconds", () => {
    const { frames, reader } = readAll(
      join(hex`ac 01 00 1c`, LITTLE.subarray(4), hex`15 00 00 00`, LITTLE_RECORD),
    );
    assert.deepEqual(frames, [{ ...FRAME, time: '1795414452.000123456' }]);
    assert.equal(reader.end, 'complete');
  });

  it("reads AIX's nanoseconds and link types", () => {
    const file = join(LITTLE, LITTLE_RECORD);
    file.set(hex`02 00 02 00`, 4);
    file[20] = 6; // RFC 1573: Ethernet
    const { reader } = readAll(file);
    assert.equal(reader.header?.linkType, 1);
    assert.equal(reader.header?.nanoseconds, true);
    assert.equal(reader.header?.aix, true);
  });

  it('takes the lengths in the order of versions before 2.3, and 2.3 as they make sense', () => {
    for (const [minor, captured, original] of [
      [2, '42 00 00 00', '05 00 00 00'],
      [3, '42 00 00 00', '05 00 00 00'],
      [3, '05 00 00 00', '42 00 00 00'],
    ] as const) {
      const file = join(
        LITTLE,
        LITTLE_RECORD.subarray(0, 8),
        hex`${captured} ${original} a1 a2 a3 a4 a5`,
      );
      file[6] = minor;
      assert.deepEqual(readAll(file).frames, [FRAME], `version 2.${minor}`);
    }
  });

  it('carries fractions of a second or more over into the seconds', () => {
    const record = LITTLE_RECORD.slice();
    record.set(hex`41 42 0f 00`, 4); // 1,000,001 µs
    const { frames } = readAll(join(LITTLE, record, LITTLE_RECORD, LITTLE_RECORD));
    assert.equal(frames[0]?.time, '1795414453.000001000');
  });

  it('gives all whole frames of a file cut anywhere, and says truncated', () => {
    const file = join(LITTLE, LITTLE_RECORD, LITTLE_RECORD);
    for (let length = 4; length < file.length; length++) {
      const { frames, reader } = readAll(file.subarray(0, length));
      const whole = length < 24 ? 0 : Math.floor((length - 24) / LITTLE_RECORD.length);
      assert.equal(frames.length, whole, `${length} bytes`);
      const isBoundary = length >= 24 && (length - 24) % LITTLE_RECORD.length === 0;
      assert.equal(reader.end, isBoundary ? 'complete' : 'truncated', `${length} bytes`);
    }
  });

  it('reads byte by byte from a pipe', () => {
    assert.deepEqual(readAll(join(LITTLE, LITTLE_RECORD, LITTLE_RECORD), 1).frames, [FRAME, FRAME]);
  });

  it('reads a frame that is longer than its buffer', () => {
    const data = new Uint8Array(1000).fill(7);
    const { frames } = readAll(
      join(LITTLE, LITTLE_RECORD.subarray(0, 8), hex`e8 03 00 00 e8 03 00 00`, data, LITTLE_RECORD),
    );
    assert.equal(frames[0]?.data.length, 2000);
    assert.deepEqual(frames[1], FRAME);
  });

  it('gives the frames before a record that is nonsense, then says where it is', () => {
    const bad = hex`b4 d9 03 6b 40 e2 01 00 ff ff ff 7f ff ff ff 7f`;
    const four = join(LITTLE_RECORD, LITTLE_RECORD, LITTLE_RECORD, LITTLE_RECORD);
    const reader = new PcapReader(new MemoryInput(join(LITTLE, four, bad)));
    let count = 0;
    assert.throws(
      () => {
        while (!reader.ended) {
          const batch = reader.read();
          while (batch.next()) count++;
        }
      },
      (error: unknown) =>
        error instanceof FormatError &&
        error.code === 'BAD_CAPTURED_LENGTH' &&
        error.offset === 24 + 4 * LITTLE_RECORD.length,
    );
    assert.equal(count, 4);
    assert.equal(reader.ended, true);
    assert.equal(reader.end, undefined);
  });

  it('refuses version 1', () => {
    const file = LITTLE.slice();
    file[4] = 1;
    assert.throws(() => readAll(file), { code: 'BAD_VERSION', offset: 4 });
  });
});
