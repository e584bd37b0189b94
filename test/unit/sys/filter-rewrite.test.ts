import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UnsupportedError } from '../../../src/core/errors.js';
import type { FilterInstruction, FilterProgram } from '../../../src/sys/filter-program.js';
import { limitKeptBytes, toCookedView } from '../../../src/sys/filter-rewrite.js';
import { runFilter } from '../../support/filter-machine.js';
import { hex } from '../../support/hex.js';

const op = (code: number, k = 0, jt = 0, jf = 0): FilterInstruction => ({ code, jt, jf, k });
const ACCEPT = op(0x06, 262_144);
const REJECT = op(0x06, 0);

/** A frame with its cooked header: IPv4 (0800), interface 7, hardware type 1, outgoing (4). */
const COOKED = hex`0800 0000 00000007 0001 04 06 0200000000010000`;
const PACKET = hex`4500001c00010000 4011 0000 0a010203 0a0102ff 0009 0050 0008 0000`;
const RECORDED = { bytes: Uint8Array.from([...COOKED, ...PACKET]) };
/** The same as the kernel has it on a socket without link headers. */
const IN_KERNEL = {
  bytes: PACKET,
  ancillary: new Map([
    [0, 0x0800],
    [4, 4],
    [8, 7],
    [28, 1],
  ]),
};

function assertSameView(program: FilterProgram): void {
  assert.equal(runFilter(toCookedView(program), IN_KERNEL), runFilter(program, RECORDED));
}

describe('toCookedView', () => {
  it('loads header fields from where the kernel has them', () => {
    for (const [code, at, value] of [
      [0x28, 0, 0x0800],
      [0x20, 4, 7],
      [0x28, 8, 1],
      [0x30, 10, 4],
    ] as const) {
      const program = [op(code, at), op(0x15, value, 0, 1), ACCEPT, REJECT];
      assert.equal(runFilter(toCookedView(program), IN_KERNEL), 262_144);
      assertSameView([op(code, at), op(0x15, value + 1, 0, 1), ACCEPT, REJECT]);
    }
  });

  it('loads from the packet 20 bytes nearer, also through the index register', () => {
    for (const program of [
      [op(0x30, 29), op(0x16)],
      [op(0xb1, 20), op(0x48, 22), op(0x16)],
      [op(0x01, 9), op(0x50, 20), op(0x16)],
    ]) {
      assert.notEqual(runFilter(program, RECORDED), 0);
      assertSameView(program);
    }
  });

  it("counts the cooked header into a frame's length, moving jumps along", () => {
    const length = RECORDED.bytes.length;
    for (const limit of [length - 1, length, length + 1, length - 20]) {
      assertSameView([
        op(0x28, 0),
        op(0x15, 0x0800, 1, 0),
        op(0x05, 2),
        op(0x80),
        op(0x35, limit, 1, 0),
        REJECT,
        ACCEPT,
      ]);
    }
  });

  it('leaves what the kernel is asked for by name alone', () => {
    const program = [op(0x30, 0xffff_f004), op(0x16)];
    assert.deepEqual(toCookedView(program), program);
  });

  it('refuses what the kernel has not', () => {
    for (const instruction of [
      op(0x30, 12), // the sender's address
      op(0x30, 0), // half a field
      op(0x20, 0), // two fields
      op(0x50, 4), // the header, by an index
      op(0xb1, 4),
    ]) {
      assert.throws(
        () => toCookedView([instruction, ACCEPT]),
        (error) => error instanceof UnsupportedError && error.code === 'NO_SUCH_COOKED_FIELD',
      );
    }
  });

  it('refuses a comparison that would have to jump too far', () => {
    const lengths = Array.from({ length: 200 }, () => op(0x80));
    assert.throws(
      () => toCookedView([op(0x15, 1, 200, 0), ...lengths, ACCEPT]),
      (error) => error instanceof UnsupportedError && error.code === 'FILTER_TOO_LONG',
    );
  });
});

describe('limitKeptBytes', () => {
  it('keeps at most so many bytes of what is taken, and takes nothing more', () => {
    assert.deepEqual(limitKeptBytes([ACCEPT], 96), [op(0x06, 96)]);
    assert.deepEqual(limitKeptBytes([op(0x06, 60)], 96), [op(0x06, 60)]);
    assert.deepEqual(limitKeptBytes([REJECT], 96), [REJECT]);
  });

  it('limits a length that the program works out itself', () => {
    // Keeps as many bytes as the frame's byte 0 says; jumps over one such end to the other.
    const program = [op(0x30, 0), op(0x15, 50, 0, 1), op(0x16), op(0x16)];
    const limited = limitKeptBytes(program, 96);
    for (const [wanted, kept] of [
      [50, 50],
      [95, 95],
      [96, 96],
      [97, 96],
      [255, 96],
      [0, 0],
    ] as const) {
      assert.equal(runFilter(limited, { bytes: Uint8Array.of(wanted) }), kept);
    }
  });
});
