import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { numberedFileName } from '../../../src/capture/file-name.js';

/** Local time, as it is in the names. */
const time = new Date(2026, 0, 31, 23, 59, 7);

describe('numberedFileName', () => {
  for (const [path, number, expected] of [
    ['x.pcapng', 1, 'x_00001_20260131235907.pcapng'],
    ['/a/b.c/x.pcapng', 12, '/a/b.c/x_00012_20260131235907.pcapng'],
    ['./x.pcapng', 99_999, './x_99999_20260131235907.pcapng'],
    ['x.pcapng', 123_456, 'x_123456_20260131235907.pcapng'],
    ['x', 1, 'x_00001_20260131235907'],
    ['x.pcapng.gz', 2, 'x_00002_20260131235907.pcapng.gz'],
    ['x.gz', 2, 'x_00002_20260131235907.gz'],
    ['.hidden', 1, '.hidden_00001_20260131235907'],
    ['a.b.pcapng', 1, 'a.b_00001_20260131235907.pcapng'],
    ['../x_1.pcap', 1, '../x_1_00001_20260131235907.pcap'],
  ] as const) {
    it(`makes ${expected} of ${path}`, () => {
      assert.equal(numberedFileName(path, number, time), expected);
    });
  }
});
