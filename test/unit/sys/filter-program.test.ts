import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  acceptAll,
  encodeFilter,
  REJECT_ALL,
  withDirection,
} from '../../../src/sys/filter-program.js';
import { runFilter } from '../../support/filter-machine.js';

describe('encodeFilter', () => {
  it('lays instructions out as struct sock_filter', () => {
    const program = [
      { code: 0x0028, jt: 0, jf: 0, k: 12 },
      { code: 0x0015, jt: 1, jf: 2, k: 0x0800 },
      { code: 0x0006, jt: 0, jf: 0, k: 0xffff_ffff },
    ];
    assert.deepEqual(
      [...encodeFilter(program)],
      [
        ...[0x28, 0x00, 0, 0, 0x0c, 0x00, 0x00, 0x00],
        ...[0x15, 0x00, 1, 2, 0x00, 0x08, 0x00, 0x00],
        ...[0x06, 0x00, 0, 0, 0xff, 0xff, 0xff, 0xff],
      ],
    );
  });

  it('has no byte for an empty program', () => {
    assert.equal(encodeFilter([]).length, 0);
  });
});

describe('REJECT_ALL', () => {
  it('returns 0: keep no byte of any frame', () => {
    assert.deepEqual([...encodeFilter(REJECT_ALL)], [6, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe('acceptAll', () => {
  it('returns the snapshot length', () => {
    assert.deepEqual([...encodeFilter(acceptAll(0x0102_0304))], [6, 0, 0, 0, 4, 3, 2, 1]);
  });

  it('takes lengths up to 2^32 − 1', () => {
    assert.deepEqual([...encodeFilter(acceptAll(2 ** 32 - 1)).subarray(4)], [255, 255, 255, 255]);
  });
});

describe('withDirection', () => {
  /** The kernel's number for what it knows of a frame's way (SKF_AD_PKTTYPE). */
  const WAY = 4;
  const OUTGOING = 4;
  /** What a program keeps of frames to this host, to all, to others, and of those that are sent. */
  const keptOf = (direction: 'in' | 'out', program = acceptAll(96)): number[] =>
    [0, 1, 3, OUTGOING].map((way) =>
      runFilter(withDirection(program, direction), {
        bytes: Uint8Array.of(1),
        ancillary: new Map([[WAY, way]]),
      }),
    );

  it('lets the program judge frames of one direction alone', () => {
    assert.deepEqual(keptOf('in'), [96, 96, 96, 0]);
    assert.deepEqual(keptOf('out'), [0, 0, 0, 96]);
  });

  it('takes none that the program rejects', () => {
    assert.deepEqual(keptOf('in', REJECT_ALL), [0, 0, 0, 0]);
    assert.deepEqual(keptOf('out', REJECT_ALL), [0, 0, 0, 0]);
  });
});
