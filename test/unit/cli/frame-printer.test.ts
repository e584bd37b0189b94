import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FramePrinter } from '../../../src/cli/frame-printer.js';
import type { FrameBatch, FrameLine, Loss } from '../../../src/index.js';
import { fakeInterface } from '../../support/fake-source.js';

/** Stands in for the real lines: says what it was asked for. */
const askedLines = {
  mostBytes: 100,
  write: (number: number, _frame: unknown, linkType: number, out: Uint8Array, at: number) => {
    const line = `frame ${number} of ${linkType}\n`;
    assert.ok(at + 100 <= out.length);
    out.set(Buffer.from(line), at);
    return at + line.length;
  },
  gap: (loss: Loss, durationNs: bigint | undefined, name?: string) =>
    `gap ${loss.lost} in ${durationNs} on ${name}`,
} as unknown as FrameLine;

function batch(fields: Partial<FrameBatch>): FrameBatch {
  return {
    interfaceId: 0,
    seconds: 0,
    nanoseconds: 0,
    lostBefore: undefined,
    ...fields,
  } as FrameBatch;
}

const lost = (count: number): Loss => ({
  lost: count,
  certainty: 'exact',
  atLeast: count,
  atMost: count,
  group: undefined,
});

describe('FramePrinter', () => {
  it('puts the gap before its frame, with the time since the last frame of the same interface', () => {
    const written: string[] = [];
    const interfaces = [fakeInterface(0), fakeInterface(1, { linkType: 276 })];
    const printer = new FramePrinter(
      askedLines,
      () => interfaces,
      (bytes) => written.push(Buffer.from(bytes).toString()),
    );
    printer.frame(batch({ seconds: 10 }), 1);
    printer.frame(batch({ interfaceId: 1, seconds: 11, lostBefore: lost(3) }), 2);
    printer.frame(batch({ seconds: 12, nanoseconds: 5, lostBefore: lost(40) }), 3);
    assert.deepEqual(written, []);
    printer.flush();
    printer.flush();
    assert.deepEqual(written, [
      'frame 1 of 1\ngap 3 in undefined on eth1\nframe 2 of 276\ngap 40 in 2000000005 on eth0\nframe 3 of 1\n',
    ]);
  });

  it('names no interface where there is one', () => {
    const written: string[] = [];
    const printer = new FramePrinter(
      askedLines,
      () => [fakeInterface(0)],
      (bytes) => written.push(Buffer.from(bytes).toString()),
    );
    printer.frame(batch({ lostBefore: lost(1) }), 1);
    printer.flush();
    assert.deepEqual(written, ['gap 1 in undefined on undefined\nframe 1 of 1\n']);
  });

  it('lets no more than 64 KiB of text wait', () => {
    const written: string[] = [];
    const printer = new FramePrinter(
      askedLines,
      () => [fakeInterface(0)],
      (bytes) => written.push(Buffer.from(bytes).toString()),
    );
    for (let number = 1; number <= 10_000; number++) printer.frame(batch({}), number);
    assert.ok(written.length >= 2);
    for (const text of written) {
      assert.ok(text.length <= 65_536);
      assert.ok(text.endsWith('\n'));
    }
  });
});
