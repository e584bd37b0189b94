import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readFileLoss } from '../../../src/analysis/file-loss.js';
import type { SourceCaptureOptions } from '../../../src/capture/capture-options.js';
import type { CaptureResult } from '../../../src/capture/capture-result.js';
import { CaptureSession } from '../../../src/capture/session.js';
import { AccountingError, ArgumentError } from '../../../src/core/errors.js';
import { exactLoss } from '../../../src/core/loss.js';
import type { Gap } from '../../../src/gaps/gap.js';
import type { LossFacts } from '../../../src/gaps/loss-facts.js';
import { openFile } from '../../../src/source/file-source.js';
import { type FakeFrame, FakeSource, fakeInterface } from '../../support/fake-source.js';

/** Frames of two interfaces in turn; three frames are lost before frame 5, seven before frame 8. */
const frames: readonly FakeFrame[] = Array.from({ length: 10 }, (_, i) => ({
  interfaceId: i % 2,
  timeNs: BigInt(1_000_000_000 + i) * 1_000_000_000n,
  ...(i === 4 ? { lostBefore: exactLoss(3) } : {}),
  ...(i === 7 ? { lostBefore: exactLoss(7) } : {}),
}));
/** Two more were lost after the last frame of the second interface. */
const counters = [
  { received: 5 + 3, dropped: 3, interfaceReceived: 100, interfaceDropped: 4 },
  { received: 5 + 7 + 2, dropped: 7 + 2 },
];

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-session-'));
});
after(() => rmSync(folder, { recursive: true }));

function capture(
  options: SourceCaptureOptions,
  source: FakeSource = new FakeSource({ frames, counters }),
): Promise<CaptureResult> {
  return CaptureSession.over(source, options).run();
}

function lossOf(path: string): LossFacts {
  using source = openFile(path);
  return readFileLoss(source);
}

function placesOf(gaps: readonly Gap[]): unknown[] {
  return gaps.map(({ interfaceId, lost, after: last, before: next }) => [
    interfaceId,
    lost,
    last,
    next,
  ]);
}

describe('CaptureSession', () => {
  it('divides a run among its files so that each obeys the law, and their sum is the run', async () => {
    const output = join(folder, 'divided.pcapng');
    const closed: string[] = [];
    const { account, files, fileCount } = await capture({
      output,
      rotation: { packets: 4 },
      onFileClosed: (path) => closed.push(path),
    });
    assert.equal(fileCount, 3);
    assert.deepEqual(
      files.map(({ path }) => path),
      closed,
    );
    const read = files.map(({ path }) => lossOf(path));
    for (const [i, facts] of read.entries()) {
      assert.deepEqual(facts.mismatches, []);
      assert.equal(facts.account.lost, files[i]!.account.lost);
      assert.deepEqual(placesOf(facts.account.gaps), placesOf(files[i]!.account.gaps));
    }
    assert.deepEqual(
      read.map(({ account: one }) => one.interfaces.map(({ frames: n, lost }) => [n, lost])),
      [
        [
          [2, 0],
          [2, 0],
        ],
        [
          [2, 3],
          [2, 7],
        ],
        [
          [1, 0],
          [1, 2],
        ],
      ],
    );
    assert.deepEqual(
      account.interfaces.map(({ frames: n, received, lost, finalGap }) => [
        n,
        received,
        lost,
        finalGap,
      ]),
      [
        [5, 8, 3, 0],
        [5, 14, 9, 2],
      ],
    );
  });

  it('counts each interface over the whole run, whichever file is being written', async () => {
    const output = join(folder, 'counted.pcapng');
    const source = new FakeSource({ frames, counters });
    const seen: unknown[] = [];
    const session = CaptureSession.over(source, {
      output,
      rotation: { packets: 4 },
      sink: {
        frame: (_, number) => {
          if (number !== 2) return;
          const { interfaces, fileNumber } = session.counts();
          seen.push([fileNumber, ...interfaces.map((one) => [one.frames, one.placed])]);
        },
        flush: () => {},
      },
    });
    assert.equal(session.fillOf(0), undefined);
    await session.run();
    assert.deepEqual(seen, [
      [1, [1, 0], [1, 0]],
      [2, [3, 3], [3, 0]],
      [3, [5, 3], [5, 7]],
    ]);
    const { interfaces, file, bytesWritten, backlogDropped } = session.counts();
    assert.deepEqual(
      interfaces.map((one) => [one.received, one.dropped, one.interfaceReceived]),
      [
        [8, 3, 100],
        [14, 9, undefined],
      ],
    );
    assert.match(file!, /counted_00003_/);
    assert.ok(bytesWritten! > 1_000);
    assert.equal(backlogDropped, undefined);
  });

  it('puts a gap that straddles two files into the later one, before its first frame', async () => {
    const output = join(folder, 'straddle.pcapng');
    const { files } = await capture({ output, rotation: { packets: 4 } });
    assert.deepEqual(
      files.map(({ account }) => placesOf(account.gaps)),
      [
        [],
        [
          [0, 3, undefined, 1],
          [1, 7, 2, 4],
        ],
        [[1, 2, 2, undefined]],
      ],
    );
  });

  it('ends an interval by the time of the frames', async () => {
    const output = join(folder, 'interval.pcapng');
    const { files } = await capture({
      output,
      rotation: { intervalSeconds: 5 },
      clock: () => 999_999_998n * 1_000_000_000n,
    });
    assert.deepEqual(
      files.map(({ account }) => account.frames),
      [0, 5, 5],
    );
  });

  it('obeys the law in every file when the clock is set back, and forward again', async () => {
    const output = join(folder, 'clock.pcapng');
    const jumps = frames.map((frame, i) => ({
      ...frame,
      timeNs: frame.timeNs! + (i >= 3 && i < 7 ? -86_400n : 0n) * 1_000_000_000n,
    }));
    const { files, account } = await capture(
      { output, rotation: { intervalSeconds: 100 }, clock: () => frames[0]!.timeNs! },
      new FakeSource({ frames: jumps, counters }),
    );
    assert.deepEqual(
      files.map((file) => [file.account.frames, file.account.lost]),
      [
        [3, 0],
        [4, 3],
        [3, 9],
      ],
    );
    for (const file of files) assert.deepEqual(lossOf(file.path).mismatches, []);
    assert.deepEqual([account.frames, account.lost], [10, 12]);
  });

  it('has written what was delivered when its source fails without warning', async () => {
    const output = join(folder, 'failed.pcapng');
    const source = new FakeSource({ frames, counters });
    let reads = 0;
    const { read } = FakeSource.prototype;
    source.read = function (timeoutMs: number) {
      if (++reads > 3) throw new RangeError('nobody foresaw this');
      return read.call(this, timeoutMs);
    };
    await assert.rejects(capture({ output }, source), RangeError);
    assert.ok(lossOf(output).account.frames > 0);
  });

  it('tells what was lost behind the frame that a limit ended with from what was lost before', async () => {
    // Frame 8, the last one, is of the second interface: 2 were lost behind it. Of the first
    // interface nobody knows on which side of it the last ones were lost.
    const ending = {
      frames: frames.slice(0, 8),
      counters: [
        { received: 9, dropped: 5 },
        { received: 4 + 9, dropped: 9 },
      ],
    };
    const { account, lostBeyondLimit } = await capture({ maxFrames: 8 }, new FakeSource(ending));
    assert.deepEqual([account.lost, lostBeyondLimit], [3 + 2 + 7 + 2, 2]);
    const whole = await capture({}, new FakeSource(ending));
    assert.deepEqual([whole.account.lost, whole.lostBeyondLimit], [14, 0]);
  });

  it('keeps the newest files only', async () => {
    const output = join(folder, 'kept.pcapng');
    const { files, fileCount } = await capture({ output, rotation: { packets: 1, files: 3 } });
    assert.equal(fileCount, 11);
    const there = readdirSync(folder).filter((name) => name.startsWith('kept_'));
    assert.deepEqual(
      there.sort().map((name) => join(folder, name)),
      files.map(({ path }) => path),
    );
    assert.equal(files.length, 3);
  });

  it('ends at the limit of files, and counts the frames behind it as unread', async () => {
    const output = join(folder, 'limited.pcapng');
    const source = new FakeSource({
      frames,
      batchSize: 10,
      counters: [
        { received: 5 + 3, dropped: 3 },
        { received: 5 + 7, dropped: 7 },
      ],
    });
    const result = await capture({ output, rotation: { packets: 3 }, maxFiles: 2 }, source);
    assert.equal(result.endReason, 'file count');
    assert.equal(result.fileCount, 2);
    assert.deepEqual(
      result.account.interfaces.map(({ frames: n, unread, finalGap }) => [n, unread, finalGap]),
      [
        [3, 2, 0],
        [3, 2, 7],
      ],
    );
  });

  it('completes the files before it says that the counts of an interface contradict each other', async () => {
    const output = join(folder, 'wrong.pcapng');
    const wrong = [{ received: 7, dropped: 3 }, counters[1]!];
    const source = new FakeSource({ frames, counters: wrong });
    await assert.rejects(capture({ output }, source), AccountingError);
    assert.equal(lossOf(output).account.frames, 10);
    assert.equal(source.closed, true);
  });

  it('calls interfaces as it is told to, in files and accounts', async () => {
    const output = join(folder, 'named.pcapng');
    const { account } = await capture({
      output,
      describe: (one) => ({ ...one, name: `port ${one.id + 1}` }),
    });
    const names = ['port 1', 'port 2'];
    assert.deepEqual(
      account.interfaces.map(({ name }) => name),
      names,
    );
    assert.deepEqual(
      lossOf(output).account.interfaces.map(({ name }) => name),
      names,
    );
  });

  it('refuses several link types in one pcap file, and several files on standard output', () => {
    const interfaces = [fakeInterface(0), fakeInterface(1, { linkType: 276 })];
    const source = new FakeSource({ frames, interfaces });
    const output = join(folder, 'mixed.pcap');
    assert.throws(() => CaptureSession.over(source, { output, format: 'pcap' }), ArgumentError);
    assert.equal(source.closed, true);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('mixed')),
      [],
    );
    const other = new FakeSource({ frames });
    assert.throws(
      () => CaptureSession.over(other, { output: '-', rotation: { packets: 1 } }),
      ArgumentError,
    );
  });
});
