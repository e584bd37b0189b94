import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type InferenceFacts, inferLoss } from '../../../src/analysis/infer-loss.js';
import { FrameListSource } from '../../support/frame-list-source.js';
import { TcpScript } from '../../support/tcp-script.js';

const FIRST = 1001;

/** Infers from a script whose interface records losses: those in the script and so many at the end. */
function infer({ frames }: TcpScript, finalGap = 0): InferenceFacts {
  const placed = frames.reduce((sum, one) => sum + (one.lostBefore?.lost ?? 0), 0);
  return inferLoss(new FrameListSource(frames, placed + finalGap));
}

describe('inferLoss', () => {
  it('finds the recorded gap in which a flow lost bytes', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 100 })
      .missed(2920)
      .client({ length: 100, lost: 40 })
      .server();
    const { agreement, tcp } = infer(script);
    assert.deepEqual(agreement.gaps, [
      {
        gap: 0,
        flows: [0],
        lost: { count: 1, bytes: 2920, segments: 2 },
        sharedCount: 0,
        exceeded: false,
      },
    ]);
    assert.deepEqual(agreement.inOneGap, { count: 1, bytes: 2920, segments: 2 });
    assert.deepEqual(agreement.places, [{ first: 0, count: 1 }]);
    assert.equal(tcp.losses.length, 1);
  });

  it('finds a gap recorded before a frame of the other direction', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 100 })
      .missed(1000)
      .server({ lost: 3 })
      .client({ length: 100 });
    assert.equal(infer(script).agreement.inOneGap.bytes, 1000);
  });

  it('says where bytes were lost outside every recorded gap: before the socket', () => {
    const script = new TcpScript()
      .handshake({ lost: 0 })
      .client({ length: 100 })
      .missed(1000)
      .client({ length: 100 })
      .server()
      .client({ length: 100, lost: 7 })
      .server();
    const { agreement } = infer(script);
    assert.equal(agreement.beforeSocket.bytes, 1000);
    assert.equal(agreement.inOneGap.count + agreement.inSeveralGaps.count, 0);
    assert.deepEqual(agreement.gaps, []);
  });

  it('leaves that open where the interface records no loss', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 100 })
      .missed(1000)
      .client({ length: 100 })
      .server();
    const { agreement } = inferLoss(new FrameListSource(script.frames));
    assert.equal(agreement.beforeSocket.count + agreement.unrecorded.count, 1);
    const { recorded } = inferLoss(new FrameListSource(script.frames));
    assert.equal(agreement.unrecorded.count, recorded.account.lost === undefined ? 1 : 0);
  });

  it('counts a loss with several recorded gaps around it in none of them', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 100 })
      .missed(500)
      .server({ acknowledgment: FIRST + 100, lost: 2 })
      .missed(500)
      .client({ length: 100, lost: 2 })
      .server();
    const { agreement } = infer(script);
    assert.equal(agreement.inSeveralGaps.bytes, 1000);
    assert.deepEqual(
      agreement.gaps.map(({ gap, sharedCount, lost }) => [gap, sharedCount, lost.count]),
      [
        [0, 1, 0],
        [1, 1, 0],
      ],
    );
  });

  it('says so where TCP lost more at a gap than it counts', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 100 })
      .missed(14_600)
      .client({ length: 100, lost: 4 })
      .server();
    const [gap] = infer(script).agreement.gaps;
    assert.equal(gap!.lost.segments, 10);
    assert.equal(gap!.exceeded, true);
  });

  it('leaves the side of the tap open where the network lost a frame at a recorded gap', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 100 })
      .missed(1460)
      .client({ length: 200, lost: 4 })
      .server({ acknowledgment: FIRST + 100, sacks: [[FIRST + 1560, FIRST + 1760]] })
      .client({ sequence: FIRST + 100, length: 1460 })
      .server();
    const { tcp } = infer(script);
    assert.equal(tcp.losses[0]!.cause, 'network');
    assert.equal(tcp.losses[0]!.side, undefined);
    assert.equal(tcp.lost.beforeTap.count, 0);
    assert.deepEqual(tcp.lost.network, { count: 1, bytes: 1460, segments: 1 });
    assert.deepEqual(tcp.flows[0]!.lost, tcp.lost);
  });

  it('keeps the gaps of two interfaces apart', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 100 })
      .missed(1000)
      .server({ acknowledgment: FIRST + 100, interfaceId: 1, lost: 9 })
      .client({ length: 100 })
      .server({ interfaceId: 1 });
    const { agreement } = inferLoss(new FrameListSource(script.frames, undefined, 2));
    assert.equal(agreement.inOneGap.count + agreement.inSeveralGaps.count, 0);
    assert.deepEqual(agreement.places, [undefined]);
  });
});
