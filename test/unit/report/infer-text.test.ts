import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inferLoss } from '../../../src/analysis/infer-loss.js';
import { toInferenceJson } from '../../../src/report/infer-json.js';
import { inferText } from '../../../src/report/infer-text.js';
import { FrameListSource } from '../../support/frame-list-source.js';
import { TcpScript } from '../../support/tcp-script.js';

const FIRST = 1001;

function lossyScript(lost?: number): TcpScript {
  return new TcpScript()
    .handshake({ maximumSegmentSize: 1460 })
    .client({ length: 100 })
    .missed(2920)
    .client({ length: 1460, ...(lost === undefined ? {} : { lost }) })
    .server()
    .client({ length: 1460 })
    .client({ length: 200 })
    .server({ acknowledgment: FIRST + 4480, sacks: [[FIRST + 5940, FIRST + 6140]] })
    .client({ sequence: FIRST + 4480, length: 1460 })
    .server();
}

describe('inferText', () => {
  it('tells sums, recorded gaps and places', () => {
    const facts = inferLoss(new FrameListSource(lossyScript(40).frames, 40), { file: 'x.pcapng' });
    assert.deepEqual(inferText(facts).split('\n'), [
      'x.pcapng: 11 frames, 11 of TCP in 1 connection; inferred from TCP:',
      '  2,920 bytes in at least 2 segments lost to the capture, at 1 place',
      '  1,460 bytes in at least 1 segment lost in the network after the tap, at 1 place',
      '  of what the capture lost, 2,920 bytes in at least 2 segments lie in recorded gaps',
      '    40 frames lost between frames 4 and 5 (10 ms): at least 2 of them were TCP segments of 1 flow (10.0.0.1:40000 > 10.0.0.2:443)',
      '  10.0.0.1:40000 > 10.0.0.2:443: 2,920 bytes lost to the capture, 1,460 bytes lost in the network after the tap',
      '    2,920 bytes in at least 2 segments lost to the capture between frames 4 and 5 (10 ms; inferred: acknowledged in frame 6; frames are recorded as lost there)',
      '    1,460 bytes in at least 1 segment lost in the network after the tap, out of frame 7 (inferred: sent again in frame 10, which the receiver had asked for)',
    ]);
  });

  it('names what was lost before the socket', () => {
    const facts = inferLoss(new FrameListSource(lossyScript().frames, 0));
    assert.match(inferText(facts), /outside every recorded gap: lost before the socket/);
  });

  it('says that nothing was found, and that nothing can be', () => {
    const whole = new TcpScript().handshake().client({ length: 9 }).server();
    assert.match(
      inferText(inferLoss(new FrameListSource(whole.frames, 0))),
      /\n {2}no sign of loss$/,
    );
    assert.equal(
      inferText(inferLoss(new FrameListSource([], 0))),
      '0 frames, none of TCP: nothing can be inferred',
    );
  });

  it('says what a one-way capture and a bound of memory leave out', () => {
    const oneWay = new TcpScript()
      .server({ acknowledgment: 5000 })
      .server({ acknowledgment: 9000 });
    const text = inferText(inferLoss(new FrameListSource(oneWay.frames, 0)));
    assert.match(text, /1 connection with one direction only/);
    assert.match(text, /one-way: none of its frames is in the file, 4,000 bytes acknowledged/);
    const two = lossyScript();
    two.client({ ports: [1, 2], length: 10 });
    const bounded = inferLoss(new FrameListSource(two.frames, 0), { maxFlows: 1 });
    assert.match(inferText(bounded), /1 connection given up to bound memory/);
  });
});

describe('toInferenceJson', () => {
  it('gives every loss with its place, null for what is unknown', () => {
    const facts = inferLoss(new FrameListSource(lossyScript(40).frames, 40), { file: 'x.pcapng' });
    const json = JSON.parse(JSON.stringify(toInferenceJson(facts))) as Record<string, unknown>;
    assert.deepEqual((json['losses'] as unknown[])[0], {
      flow: 0,
      interface: 0,
      cause: 'capture',
      side: null,
      reason: 'acknowledged',
      certainty: 'inferred',
      bytes: 2920,
      segments: 2,
      after: 4,
      earliest: 1,
      before: 5,
      proof: 6,
      resent: null,
      start: '1795355060.040000000',
      end: '1795355060.050000000',
      recordedGaps: { first: 0, count: 1 },
    });
    assert.deepEqual((json['agreement'] as { gaps: unknown[] }).gaps, [
      {
        gap: 0,
        recordedLost: 40,
        flows: [0],
        bytes: 2920,
        segments: 2,
        sharedCount: 0,
        exceeded: false,
      },
    ]);
    assert.equal((json['recorded'] as { lost: number }).lost, 40);
  });
});
