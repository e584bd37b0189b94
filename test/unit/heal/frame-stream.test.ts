import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ClockFit } from '../../../src/heal/clock-fit.js';
import { FrameSample } from '../../../src/heal/frame-sample.js';
import { DonorStream } from '../../../src/heal/frame-stream.js';
import type { HeldFrame } from '../../../src/heal/held-frame.js';
import { RingSpans } from '../../../src/heal/ring-spans.js';
import { START_SECONDS, writeCapture } from '../../support/heal-traffic.js';

/** Enough for the file to be read by a loop, in memory that the next file gets. */
const COUNT = 4000;

describe('the frames of another capture', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-frame-stream-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function write(name: string, firstContent: number): void {
    const order = Array.from({ length: COUNT }, (_, i) => i);
    const traffic = order.map((i) => ({ content: firstContent + i, timeNs: i * 1000 }));
    writeCapture(path(name), traffic, {
      ...{ order, lost: order.map(() => false), stamp: (ns: number): number => ns },
    });
  }

  function open(name: string): DonorStream {
    return new DonorStream({
      ...{ path: path(name), donor: 1, interfaceId: 0, spans: new RingSpans() },
      clock: new ClockFit(new FrameSample(), new FrameSample()),
      beginnings: {
        baseSeconds: START_SECONDS,
        recognition: { exact: false, limit: 1500 },
        limits: {},
      },
    });
  }

  function readAll(name: string): HeldFrame[] {
    using stream = open(name);
    const frames: HeldFrame[] = [];
    for (let frame = stream.next(); frame !== undefined; frame = stream.next()) frames.push(frame);
    return frames;
  }

  it('know all bytes of the last one passed over when another file has got its memory', () => {
    write('a.pcapng', 0);
    write('b.pcapng', COUNT);
    const frames = readAll('a.pcapng');
    assert.equal(frames.length, COUNT);
    using stream = open('a.pcapng');
    for (const frame of frames) assert.ok(stream.skipIfSame(frame, 0));
    assert.equal(stream.next(), undefined);
    assert.equal(readAll('b.pcapng').length, COUNT);
    assert.equal(stream.isSkippedWhole(frames.at(-1)!), true);
  });
});
