import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type GroundTruth, judgeCaptures } from '../../src/lab/ground-truth.js';
import { runGapcap } from '../cli/gapcap-process.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { toolSkip } from '../support/tools.js';
import { runTool } from '../support/wireshark.js';
import { type CaptureJson, CaptureRun } from './capture-run.js';
import { untilArrived } from './fault-network.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-rotation-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The files of a series in their order. */
function seriesOf(name: string, ending = '\\.pcapng'): string[] {
  const pattern = new RegExp(`^${name}_\\d{5}_\\d{14}${ending}$`);
  return readdirSync(folder)
    .filter((file) => pattern.test(file))
    .sort()
    .map((file) => join(folder, file));
}

interface Outcome {
  readonly files: readonly string[];
  readonly json: CaptureJson;
  readonly truth: GroundTruth;
  readonly sent: number;
}

/** Frames sent to the captures that rotate by size. */
const SIZE_FRAMES = 1_500_000;

/** Floods while the capture rotates and is stopped now and then; judges all files as one stream. */
async function floodSeries(
  name: string,
  args: readonly string[],
  frames: number,
): Promise<Outcome> {
  using network = new TestNetwork();
  const ending = args.includes('gzip') ? 'pcapng.gz' : 'pcapng';
  const options = ['-w', join(folder, `${name}.${ending}`), '--json', ...args];
  const run = await CaptureRun.start(network, options);
  const flooding = network.flood({ frameCount: frames });
  await untilArrived(network, frames / 20);
  for (let i = 0; i < 5; i++) {
    await run.stall(60);
    await sleep(90);
  }
  const flood = await flooding;
  const { status, stdout, stderr } = await run.end();
  assert.equal(status, 0, stderr);
  for (const file of seriesOf(name, '\\.pcapng\\.gz')) {
    writeFileSync(file.slice(0, -'.gz'.length), gunzipSync(readFileSync(file)));
  }
  const files = seriesOf(name);
  const truth = judgeCaptures(files, { firstSent: 1, lastSent: flood.lastSequence! });
  return { files, json: JSON.parse(stdout) as CaptureJson, truth, sent: flood.sent };
}

/** Every frame sent is in exactly one file, or in exactly one gap. */
function assertWhole({ json, truth, sent }: Outcome): void {
  const [account] = json.interfaces;
  assert.deepEqual(truth.wrong, []);
  assert.ok(truth.right);
  assert.equal(truth.disorder, 0);
  assert.equal(truth.foreignFrames, 0);
  assert.equal(account!.received, sent, 'every frame sent was received');
  assert.equal(truth.frames, json.frames);
  assert.equal(truth.frames + truth.missingTotal, sent);
  assert.equal(truth.recordedTotal, json.lost);
}

const ENGINES = [
  ['ring', ['-B', '2M', '--block-size', '64k']],
  ['socket', ['-B', '1M', '--engine', 'socket']],
] as const;

describe('a rotating capture under a flood, stopped five times', { skip: liveSkip() }, () => {
  for (const [engine, buffer] of ENGINES) {
    it(`has every frame in one file and every gap in one place (${engine}, by size)`, async (t) => {
      const name = `size-${engine}`;
      const args = [...buffer, '-b', 'filesize:5000'];
      const outcome = await floodSeries(name, args, SIZE_FRAMES);
      assertWhole(outcome);
      assert.ok(outcome.json.lost > 0, 'nothing was lost, so nothing was tested');
      assert.ok(outcome.files.length >= 5, `only ${outcome.files.length} files`);
      for (const file of outcome.files.slice(0, -1)) {
        const { size } = statSync(file);
        // The frame that reaches the size, and the statistics, are in it too.
        assert.ok(size >= 5_000_000 && size < 5_000_800, `${size} bytes`);
      }
      t.diagnostic(
        `${outcome.files.length} files, ${outcome.truth.frames} frames, ${outcome.truth.gaps} gaps`,
      );
    });

    it(`rotates a hundred times and more within blocks (${engine}, by frames)`, async () => {
      const outcome = await floodSeries(
        `packets-${engine}`,
        [...buffer, '-b', 'packets:3001'],
        500_000,
      );
      assertWhole(outcome);
      assert.equal(outcome.files.length, Math.floor(outcome.truth.frames / 3001) + 1);
    });
  }

  it('has every frame in one file also when they are compressed', async () => {
    const [, buffer] = ENGINES[0];
    const args = [...buffer, '-b', 'filesize:9000', '--compress', 'gzip'];
    const outcome = await floodSeries('compressed', args, 1_000_000);
    assertWhole(outcome);
    assert.ok(outcome.json.lost > 0, 'nothing was lost, so nothing was tested');
    assert.ok(outcome.files.length >= 3, `only ${outcome.files.length} files`);
  });

  it('gives the whole run again when gapcap gaps reads all files', async () => {
    const files = seriesOf('size-ring');
    const { stdout, status } = await runGapcap(['gaps', ...files]);
    assert.equal(status, 0);
    const whole = judgeCaptures(files, { firstSent: 1, lastSent: SIZE_FRAMES });
    const [, lost] = / ([\d,]+) lost in /.exec(stdout.trimEnd().split('\n').at(-1)!)!;
    assert.equal(Number(lost!.replaceAll(',', '')), whole.recordedTotal);
  });

  it('has files that capinfos takes one by one', { skip: toolSkip('capinfos') }, () => {
    for (const file of seriesOf('packets-socket').slice(0, 5)) {
      assert.match(runTool('capinfos', '-cM', file), /Number of packets: +3001\b/);
    }
  });
});
