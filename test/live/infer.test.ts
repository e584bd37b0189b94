import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InferenceJson } from '../../src/report/infer-json.js';
import { runGapcap } from '../cli/gapcap-process.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { send, startProgram, TapPath } from '../support/tap-path.js';
import { tunnelSkip } from '../support/tunnel.js';
import { CaptureRun, type FinishedCapture } from './capture-run.js';
import {
  judgeInference,
  readAcknowledgments,
  readSegments,
  type Score,
  scoreLine,
  type Verdict,
} from './inference-truth.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-infer-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Of what the capture missed, all that an acknowledgment in it covers; how much that is, is chance. */
function assertProvableFound({ capture, provableBytes }: Verdict): void {
  assert.ok(provableBytes > 0, 'nothing can be proved');
  assert.ok(capture.rightBytes >= 0.98 * provableBytes, 'recall of what can be proved');
}

/** A ring that holds some hundreds of full segments. */
const SMALL_RING = ['-B', '1M', '--block-size', '128k'];
/** Times that a capture which is to lose is stopped for a while. */
const STALLS = 8;

/** More than all frames of a test together. */
const LARGE_RING = ['-B', '256M'];

async function infer(file: string): Promise<InferenceJson> {
  const run = await runGapcap(['infer', '--json', file]);
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout) as InferenceJson;
}

function assertComplete({ status, stderr }: FinishedCapture): void {
  assert.equal(status, 0, stderr);
}

function tell(t: TestContext, verdict: Verdict, inferred: InferenceJson): void {
  t.diagnostic(
    `${verdict.missed} of ${verdict.passed} segments missed, ${verdict.undecidedBytes} bytes undecided`,
  );
  t.diagnostic(scoreLine('capture', verdict.capture));
  t.diagnostic(`${verdict.provableBytes} of them provable: acknowledged in the capture`);
  t.diagnostic(scoreLine('before the tap', verdict.beforeTap));
  t.diagnostic(scoreLine('after the tap', verdict.afterTap));
  t.diagnostic(scoreLine('network, side open', verdict.eitherSide));
  if (verdict.capture.right < verdict.capture.claims) {
    const claims = inferred.losses.filter(({ cause }) => cause === 'capture');
    t.diagnostic(JSON.stringify(claims.slice(0, 5)));
  }
  const { inOneGap, inSeveralGaps, beforeSocket, gaps } = inferred.agreement;
  t.diagnostic(
    `recorded gaps: ${inferred.recorded.gaps.length}; losses in one gap ${inOneGap.count}, in several ${inSeveralGaps.count}, outside ${beforeSocket.count}; exceeded ${gaps.filter(({ exceeded }) => exceeded).length}`,
  );
}

/** What a whole capture must give: nearly all of it, and nearly nothing that isn't so. */
function assertFound(score: Score): void {
  assert.ok(score.claims > 10, `only ${score.claims} claims`);
  assert.ok(score.rightBytes >= 0.95 * score.claimedBytes, 'precision');
  assert.ok(score.rightBytes >= 0.9 * score.trueBytes, 'recall');
}

interface PathCase {
  readonly name: string;
  readonly dropBefore: number;
  readonly dropAfter: number;
  /** Whether the capture loses. */
  readonly lossy: boolean;
}

/** Real TCP over a path that loses what the case says, with a capture at its mirror. */
async function runPath(t: TestContext, one: PathCase): Promise<[Verdict, InferenceJson]> {
  const { dropBefore, dropAfter } = one;
  const log = join(folder, `${one.name}.log`);
  const file = join(folder, `${one.name}.pcapng`);
  using path = new TapPath(log, { seed: 20_091_002, dropBefore, dropAfter });
  const ring = one.lossy ? SMALL_RING : LARGE_RING;
  const run = await CaptureRun.start(path.mirror, ['-w', file, ...ring]);
  await path.open();
  let done = false;
  const exchange = path.exchange(6, one.lossy ? 12_000_000 : 4_000_000).finally(() => {
    done = true;
  });
  // The capture is whole at its end: what no later acknowledgment covers can't be found.
  for (let stall = 0; one.lossy && !done && stall < STALLS; stall += 1) {
    await sleep(150);
    await run.stall(45);
  }
  await exchange;
  const finished = await run.end();
  assertComplete(finished);
  const segments = await path.close();
  const inferred = await infer(file);
  const verdict = judgeInference(segments, readSegments(file), inferred, readAcknowledgments(file));
  tell(t, verdict, inferred);
  return [verdict, inferred];
}

describe('gapcap infer on real TCP', { skip: liveSkip() || tunnelSkip() }, () => {
  it('finds what the path lost before the tap, and claims nothing else', async (t) => {
    const one = { name: 'before', dropBefore: 0.01, dropAfter: 0, lossy: false };
    const [verdict, inferred] = await runPath(t, one);
    assert.equal(verdict.missed, 0, 'the capture holds everything');
    assert.equal(inferred.lost.capture.count, 0);
    assertFound(verdict.beforeTap);
    assert.ok(inferred.lost.afterTap.bytes <= 0.02 * verdict.beforeTap.trueBytes);
  });

  it('finds what the path lost after the tap, and claims nothing else', async (t) => {
    const one = { name: 'after', dropBefore: 0, dropAfter: 0.01, lossy: false };
    const [verdict, inferred] = await runPath(t, one);
    assert.equal(verdict.missed, 0, 'the capture holds everything');
    assert.equal(inferred.lost.capture.count, 0);
    assertFound(verdict.afterTap);
    assert.ok(inferred.lost.beforeTap.bytes <= 0.02 * verdict.afterTap.trueBytes);
  });

  it('tells apart what the path lost before and after the tap', async (t) => {
    const one = { name: 'path', dropBefore: 0.005, dropAfter: 0.005, lossy: false };
    const [verdict, inferred] = await runPath(t, one);
    assert.equal(inferred.lost.capture.count, 0);
    assertFound(verdict.beforeTap);
    assertFound(verdict.afterTap);
  });

  it('finds what a capture lost, on a path that loses nothing', async (t) => {
    const one = { name: 'capture', dropBefore: 0, dropAfter: 0, lossy: true };
    const [verdict, inferred] = await runPath(t, one);
    assert.ok(verdict.missed > 50, `only ${verdict.missed} segments missed`);
    assert.equal(verdict.capture.rightBytes, verdict.capture.claimedBytes);
    assertProvableFound(verdict);
    assert.equal(inferred.agreement.beforeSocket.count, 0);
    assert.ok(inferred.agreement.gaps.every(({ exceeded }) => !exceeded));
  });

  it('tells apart what the capture lost and what the path lost', async (t) => {
    const one = { name: 'both', dropBefore: 0.005, dropAfter: 0.005, lossy: true };
    const [verdict] = await runPath(t, one);
    assert.ok(verdict.missed > 50, `only ${verdict.missed} segments missed`);
    assert.equal(verdict.capture.right, verdict.capture.claims, 'precision');
    assertProvableFound(verdict);
    for (const score of [verdict.beforeTap, verdict.afterTap]) {
      assert.ok(score.rightBytes >= 0.9 * score.claimedBytes, 'precision');
    }
  });
});

describe('gapcap infer on TCP over a veth pair with offload', { skip: liveSkip() }, () => {
  it('finds what a small ring lost, by a large ring beside it', async (t) => {
    using network = new TestNetwork({ namespaces: 2 });
    for (const [end, address] of [
      [network.sender, '10.78.0.1/24'],
      [network.receiver, '10.78.0.2/24'],
    ] as const) {
      network.exec(end, 'ip', 'address', 'add', address, 'dev', end.interfaceName);
      network.exec(end, 'ip', 'link', 'set', 'dev', end.interfaceName, 'arp', 'on');
    }
    const whole = join(folder, 'whole.pcapng');
    const holed = join(folder, 'holed.pcapng');
    const reference = await CaptureRun.start(network, ['-w', whole, ...LARGE_RING]);
    const run = await CaptureRun.start(network, [
      ...['-w', holed, '-B', '1M', '--block-size', '256k'],
    ]);
    const server = await startProgram(network, 'receiver', 'tcp-traffic-main.js', [
      'serve',
      '8078',
    ]);
    let done = false;
    const sending = send(network, ['10.78.0.2', '8078', '4', '12000000']).finally(() => {
      done = true;
    });
    for (let stall = 0; !done && stall < STALLS; stall += 1) {
      await sleep(10);
      await run.stall(10);
    }
    await sending;
    server.kill();
    assertComplete(await run.end());
    assertComplete(await reference.end());
    const segments = readSegments(whole).map((one) => ({ ...one, fate: 'passed' as const }));
    const inferred = await infer(holed);
    assert.equal((await infer(whole)).recorded.lost, 0, 'the reference is whole');
    const verdict = judgeInference(
      segments,
      readSegments(holed),
      inferred,
      readAcknowledgments(holed),
    );
    tell(t, verdict, inferred);
    assert.ok(verdict.missed > 20, `only ${verdict.missed} segments missed`);
    assert.equal(verdict.capture.right, verdict.capture.claims);
    assertProvableFound(verdict);
    assert.ok(inferred.agreement.gaps.every(({ exceeded }) => !exceeded));
  });
});
