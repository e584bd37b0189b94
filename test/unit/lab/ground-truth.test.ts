import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FormatError } from '../../../src/core/errors.js';
import { type GroundTruthOptions, judgeCapture } from '../../../src/lab/ground-truth.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-truth-'));
after(() => rmSync(folder, { recursive: true }));

function u16(value: number): Buffer {
  return Buffer.from(Uint16Array.of(value).buffer);
}

function u32(...values: number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

function u64(value: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

function option(code: number, value: Buffer): Buffer {
  return Buffer.concat([u16(code), u16(value.length), padded(value)]);
}

function block(type: number, body: Buffer): Buffer {
  const length = u32(body.length + 12);
  return Buffer.concat([u32(type), length, body, length]);
}

const head = Buffer.concat([
  block(0x0a0d0d0a, Buffer.concat([u32(0x1a2b3c4d), u16(1), u16(0), u32(0xffffffff, 0xffffffff)])),
  block(1, Buffer.concat([u16(1), u16(0), u32(0)])),
  block(1, Buffer.concat([u16(1), u16(0), u32(0)])),
]);

interface FrameShape {
  drop?: number;
  comment?: string;
  stream?: number;
  interface?: number;
  queue?: number;
  foreign?: boolean;
}

/** An EPB with 61 bytes of frame, written by hand from the documented layout. */
function frame(sequence: number, shape: FrameShape = {}): Buffer {
  const data = Buffer.alloc(61, 0xee);
  if (shape.foreign !== true) {
    data.writeUInt16BE(0x88b5, 12);
    data.write('gapcap', 14, 'latin1');
    data.writeUInt16BE(shape.stream ?? 3, 20);
    data.writeBigUInt64BE(BigInt(sequence), 22);
  }
  const parts = [u32(shape.interface ?? 0, 0, 0, 61, 61), padded(data), option(2, u32(1))];
  if (shape.comment !== undefined) parts.push(option(1, Buffer.from(shape.comment)));
  if (shape.drop !== undefined) parts.push(option(4, u64(shape.drop)));
  if (shape.queue !== undefined) parts.push(option(6, u32(shape.queue)));
  parts.push(option(0, Buffer.alloc(0)));
  return block(6, Buffer.concat(parts));
}

function statistics(osDrop: number, comment?: string): Buffer {
  const parts = [u32(0, 0, 0), option(7, u64(osDrop))];
  if (comment !== undefined) parts.push(option(1, Buffer.from(comment)));
  return block(5, Buffer.concat([...parts, u32(0)]));
}

function bounded(atLeast: number, atMost: number, group: number): string {
  return `gapcap: bounded, at least ${atLeast} and at most ${atMost} frames lost here; the sum over group ${group} is exact`;
}

let files = 0;
function judge(blocks: Buffer[], options?: GroundTruthOptions) {
  const path = join(folder, `${++files}.pcapng`);
  writeFileSync(path, Buffer.concat([head, ...blocks]));
  return judgeCapture(path, options);
}

describe('judgeCapture', () => {
  it('finds a capture right whose every gap is recorded exactly', () => {
    const blocks = [frame(3, { drop: 2 }), frame(4), frame(45, { drop: 40 }), statistics(47)];
    const truth = judge(blocks, { firstSent: 1, lastSent: 50 });
    assert.deepEqual(truth, {
      right: true,
      frames: 3,
      foreignFrames: 0,
      gaps: 2,
      exactRight: 2,
      bounded: { marked: 0, splitRight: 0, groups: 0 },
      wrongCount: 0,
      wrong: [],
      disorder: 0,
      missingTotal: 47,
      recordedTotal: 47,
      firstSequence: 3,
      lastSequence: 45,
      finalGaps: [{ interfaceId: 0, missing: 5, recorded: 5, bounds: undefined }],
    });
  });

  it('finds a number wrong that is one off, absent, or where nothing is missing', () => {
    const blocks = [frame(1), frame(5, { drop: 2 }), frame(8), frame(9, { drop: 1 })];
    const truth = judge(blocks);
    assert.equal(truth.right, false);
    assert.equal(truth.exactRight, 0);
    assert.deepEqual(
      truth.wrong.map((w) => [w.frame, w.missing, w.recorded]),
      [
        [2, 3, 2],
        [3, 2, 0],
        [4, 0, 1],
      ],
    );
  });

  it('finds two errors wrong that cancel each other in the total', () => {
    const truth = judge([frame(1), frame(4, { drop: 1 }), frame(6, { drop: 2 }), statistics(3)], {
      firstSent: 1,
      lastSent: 6,
    });
    assert.equal(truth.missingTotal, truth.recordedTotal);
    assert.equal(truth.wrongCount, 2);
    assert.equal(truth.right, false);
  });

  it('judges loss before the first frame only where it knows what was sent', () => {
    assert.equal(judge([frame(10)]).right, true);
    assert.equal(judge([frame(10)], { firstSent: 1 }).right, false);
    assert.equal(judge([frame(10, { drop: 9 })], { firstSent: 1 }).right, true);
  });

  it('finds a final gap wrong that the totals do not account for, or not at all', () => {
    assert.equal(judge([frame(1), statistics(4)], { lastSent: 5 }).right, true);
    assert.equal(judge([frame(1), statistics(3)], { lastSent: 5 }).right, false);
    const without = judge([frame(1)], { lastSent: 5 });
    assert.equal(without.right, false);
    assert.deepEqual(without.finalGaps, [
      { interfaceId: 0, missing: 4, recorded: undefined, bounds: undefined },
    ]);
  });

  it('takes the last statistics of an interface, whatever else is in between', () => {
    const unknown = block(0x0bad, Buffer.alloc(8));
    const blocks = [statistics(0), frame(1), unknown, statistics(1), frame(2), statistics(8)];
    assert.equal(judge(blocks, { firstSent: 1, lastSent: 10 }).right, true);
  });

  it('knows that all was lost where no frame was delivered', () => {
    assert.equal(judge([statistics(10)], { firstSent: 1, lastSent: 10 }).right, true);
    assert.equal(judge([statistics(9)], { firstSent: 1, lastSent: 10 }).right, false);
  });

  it('allows a bounded group any split within its bounds whose sum is exact', () => {
    const comment = bounded(0, 7, 1);
    const blocks = [frame(1), frame(4, { comment, drop: 7 }), frame(10, { comment })];
    const truth = judge(blocks);
    assert.equal(truth.right, true);
    assert.deepEqual(truth.bounded, { marked: 2, splitRight: 0, groups: 1 });
    assert.equal(truth.exactRight, 0);
  });

  it('finds a bounded gap wrong that leaves its bounds, or a group with another sum', () => {
    const narrow = [
      frame(1),
      frame(4, { comment: bounded(3, 7, 1), drop: 7 }),
      frame(10, { comment: bounded(0, 5, 1) }),
    ];
    const out = judge(narrow);
    assert.equal(out.wrongCount, 1);
    assert.equal(out.wrong[0]!.frame, 2);
    const comment = bounded(0, 9, 4);
    const sum = judge([frame(1), frame(4, { comment, drop: 3 }), frame(5, { comment, drop: 1 })]);
    assert.equal(sum.wrongCount, 1);
    assert.deepEqual(sum.wrong[0], {
      frame: undefined,
      interfaceId: 0,
      missing: 2,
      recorded: 4,
      reason: 'the sum over group 4 is not exact',
    });
  });

  it('takes a bounded final gap into the sum of its group', () => {
    const sent = { firstSent: 1, lastSent: 10 };
    const inner = frame(5, { comment: bounded(0, 8, 2), drop: 6 });
    const right = judge([frame(1), inner, statistics(8, bounded(0, 8, 2))], sent);
    assert.equal(right.right, true);
    assert.deepEqual(right.finalGaps, [
      { interfaceId: 0, missing: 5, recorded: 2, bounds: { atLeast: 0, atMost: 8, group: 2 } },
    ]);
    assert.equal(judge([frame(1), inner, statistics(8)], sent).right, false);
    assert.equal(judge([frame(1), inner, statistics(8, bounded(0, 4, 2))], sent).right, false);
    assert.equal(judge([frame(1), inner, statistics(9, bounded(0, 8, 2))], sent).right, false);
    assert.equal(judge([frame(1), inner, statistics(8, bounded(0, 8, 3))], sent).right, false);
    // Without the last number sent nobody knows the sum; the bounds inside are held to all the same.
    assert.equal(judge([frame(1), inner, statistics(8, bounded(0, 8, 2))]).right, true);
    assert.equal(judge([frame(1), inner, statistics(8)]).right, false);
  });

  it('does not let a comment of another wording excuse a wrong number', () => {
    const comment = 'gapcap: bounded, more or less';
    assert.equal(judge([frame(1), frame(4, { comment, drop: 1 })]).right, false);
    const other = 'gapcap: bounding box';
    assert.equal(judge([frame(1), frame(4, { comment: other, drop: 1 })]).right, false);
  });

  it('counts the groups of each interface apart', () => {
    const comment = bounded(0, 9, 1);
    const truth = judge([
      frame(1),
      frame(1, { interface: 1 }),
      frame(4, { comment, drop: 3 }),
      frame(6, { interface: 1, comment, drop: 3 }),
    ]);
    assert.equal(truth.wrongCount, 2);
    assert.equal(truth.bounded.groups, 2);
  });

  it('keeps interfaces apart, and queues where asked to', () => {
    const interfaces = [
      frame(1),
      frame(1, { interface: 1 }),
      frame(3, { drop: 1 }),
      frame(2, { interface: 1 }),
    ];
    assert.equal(judge(interfaces).right, true);
    const queues = [
      frame(1, { queue: 0 }),
      frame(1, { queue: 1 }),
      frame(3, { queue: 0, drop: 1 }),
      frame(2, { queue: 1 }),
    ];
    assert.equal(judge(queues).right, false);
    assert.equal(judge(queues, { perQueue: true }).right, true);
  });

  it('counts loss recorded at foreign frames for the next numbered one', () => {
    const foreign = [
      frame(1),
      frame(0, { foreign: true, drop: 2 }),
      frame(99, { stream: 4, drop: 1 }),
      frame(6, { drop: 1 }),
      frame(0, { foreign: true, drop: 3 }),
      statistics(8),
    ];
    const truth = judge(foreign, { firstSent: 1, lastSent: 10 });
    assert.equal(truth.foreignFrames, 3);
    assert.equal(truth.wrongCount, 0);
    assert.deepEqual(truth.finalGaps, [
      { interfaceId: 0, missing: 4, recorded: 4, bounds: undefined },
    ]);
    assert.equal(truth.right, true);
  });

  it('finds disorder and repetition', () => {
    assert.equal(judge([frame(1), frame(3, { drop: 1 }), frame(2)]).disorder, 1);
    assert.equal(judge([frame(1), frame(1)]).disorder, 1);
    assert.equal(judge([frame(1), frame(1)]).right, false);
  });

  it('follows blocks across its reading chunks, longer ones than a chunk included', () => {
    const large = block(0x0bad, Buffer.alloc(9 << 20));
    const blocks = [frame(1), large];
    for (let i = 2; i < 50_000; i++) blocks.push(frame(i));
    blocks.push(large, frame(50_001, { drop: 1 }));
    const truth = judge(blocks, { firstSent: 1 });
    assert.equal(truth.frames, 50_000);
    assert.equal(truth.exactRight, 1);
    assert.equal(truth.right, true);
  });

  it('refuses a file that ends inside a block, is big-endian, or is none', () => {
    const path = join(folder, 'bad.pcapng');
    const bytes = Buffer.concat([head, frame(1)]);
    for (const bad of [
      bytes.subarray(0, bytes.length - 1),
      Buffer.concat([head, frame(1).subarray(0, 20)]),
      Buffer.from('0a0d0d0a0000001c1a2b3c4d00010000ffffffffffffffff0000001c', 'hex'),
      Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex'),
    ]) {
      writeFileSync(path, bad);
      assert.throws(() => judgeCapture(path), FormatError);
    }
  });
});
