import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InferredLoss, TcpLossFacts } from '../../../src/analysis/inferred-loss.js';
import { TcpAckLoss, type TcpAckLossOptions } from '../../../src/analysis/tcp-ack-loss.js';
import { batchOn } from '../../support/frame-list-source.js';
import { flagsOf, TcpScript } from '../../support/tcp-script.js';

function infer({ frames }: TcpScript, options: TcpAckLossOptions = {}): TcpLossFacts {
  const inference = new TcpAckLoss(options);
  for (const [i, frame] of frames.entries()) inference.take(batchOn(frame), i + 1, 1);
  return inference.finish();
}

/** What a loss says, without times. */
function told(facts: TcpLossFacts): Partial<InferredLoss>[] {
  return facts.losses.map(({ cause, side, reason, bytes, after, before, proof, resent }) => ({
    cause,
    ...(side === undefined ? {} : { side }),
    reason,
    bytes,
    after,
    before,
    proof,
    ...(resent === undefined ? {} : { resent }),
  }));
}

/** The client's first byte of payload in scripts that start at 1000. */
const FIRST = 1001;

describe('TcpAckLoss', () => {
  it('finds nothing in a conversation that is whole', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 500 })
      .client({ length: 1460 })
      .server()
      .server({ length: 1460 })
      .client()
      .client({ flags: flagsOf('FA') })
      .server({ flags: flagsOf('FA') })
      .client();
    const facts = infer(script);
    assert.deepEqual(facts.losses, []);
    assert.deepEqual(facts.flows, []);
    assert.equal(facts.connections, 1);
    assert.equal(facts.tcpFrames, 11);
  });

  it('lays acknowledged bytes that were never seen to the capture, with their place and proof', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 1000 })
      .missed(1460)
      .missed(1460)
      .client({ length: 700 })
      .server();
    const facts = infer(script);
    assert.deepEqual(told(facts), [
      { cause: 'capture', reason: 'acknowledged', bytes: 2920, after: 4, before: 5, proof: 6 },
    ]);
    const [loss] = facts.losses;
    assert.equal(loss!.segments, 2);
    assert.equal(loss!.certainty, 'inferred');
    assert.equal(loss!.endNs! - loss!.startNs!, 10_000_000n);
    assert.deepEqual(facts.flows[0]!.lost.capture, { count: 1, bytes: 2920, segments: 2 });
    assert.equal(facts.flows[0]!.source, '10.0.0.1:40000');
    assert.equal(facts.flows[0]!.destination, '10.0.0.2:443');
  });

  it('follows sequence numbers over their wrap', () => {
    const script = new TcpScript(2 ** 32 - 600)
      .handshake()
      .client({ length: 500 })
      .missed(300)
      .client({ length: 100 })
      .server();
    assert.deepEqual(
      told(infer(script)).map(({ cause, bytes }) => [cause, bytes]),
      [['capture', 300]],
    );
  });

  it('takes a selective acknowledgment as proof, and leaves the rest of the hole open', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 100 })
      .missed(1000)
      .client({ length: 100 })
      .server({ acknowledgment: FIRST + 100, sacks: [[FIRST + 400, FIRST + 1200]] });
    assert.deepEqual(told(infer(script)), [
      {
        cause: 'undecided',
        reason: 'unacknowledged',
        bytes: 300,
        after: 4,
        before: 5,
        proof: undefined,
      },
      { cause: 'capture', reason: 'sacked', bytes: 700, after: 4, before: 5, proof: 6 },
    ]);
  });

  it('lays a hole that is filled after the receiver asked to the network before the tap', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 100 })
      .missed(1460)
      .client({ length: 200 })
      .server({ acknowledgment: FIRST + 100, sacks: [[FIRST + 1560, FIRST + 1760]] })
      .client({ sequence: FIRST + 100, length: 1460 })
      .server();
    assert.deepEqual(told(infer(script)), [
      {
        cause: 'network',
        side: 'before',
        reason: 'lacked',
        bytes: 1460,
        after: 4,
        before: 5,
        proof: 8,
        resent: 7,
      },
    ]);
  });

  it('lays bytes that are seen twice after the receiver asked to the network after the tap', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 1460 })
      .client({ length: 200 })
      .server({ acknowledgment: FIRST, sacks: [[FIRST + 1460, FIRST + 1660]] })
      .client({ sequence: FIRST, length: 1460 })
      .server();
    const facts = infer(script);
    assert.deepEqual(told(facts), [
      {
        cause: 'network',
        side: 'after',
        reason: 'lacked',
        bytes: 1460,
        after: 4,
        before: 7,
        proof: 8,
        resent: 7,
      },
    ]);
  });

  it('sees by a duplicate report that a filled hole was lost to the capture', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 100 })
      .missed(1000)
      .client({ length: 200 })
      .client({ sequence: FIRST + 100, length: 1000, afterUs: 250_000 })
      .server({ sacks: [[FIRST + 100, FIRST + 1100]] });
    assert.deepEqual(told(infer(script)), [
      {
        cause: 'capture',
        reason: 'duplicate',
        bytes: 1000,
        after: 4,
        before: 5,
        proof: 7,
        resent: 6,
      },
    ]);
  });

  it('sees no loss where a duplicate is reported of bytes that the file holds twice', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 1000 })
      .client({ sequence: FIRST, length: 1000, afterUs: 250_000 })
      .server({ sacks: [[FIRST, FIRST + 1000]] });
    const facts = infer(script);
    assert.deepEqual(facts.losses, []);
    assert.equal(facts.spuriousBytes, 1000);
  });

  it('takes no report of a duplicate from a block that the closing acknowledgment repeats', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 100 })
      .missed(1460)
      .client({ length: 1460 })
      .missed(500)
      .client({ length: 200 })
      .server({
        acknowledgment: FIRST + 100,
        sacks: [
          [FIRST + 3520, FIRST + 3720],
          [FIRST + 1560, FIRST + 3020],
        ],
      })
      .client({ sequence: FIRST + 3020, length: 500 })
      .server({ acknowledgment: FIRST + 100, sacks: [[FIRST + 1560, FIRST + 3720]] })
      .client({ sequence: FIRST + 100, length: 1460 })
      .server({ sacks: [[FIRST + 1560, FIRST + 3720]] });
    assert.deepEqual(
      told(infer(script)).map(({ cause, side, bytes }) => [cause, side, bytes]),
      [
        ['network', 'before', 1460],
        ['network', 'before', 500],
      ],
    );
  });

  it('leaves it open who lost bytes that came again when nothing tells of the first copy', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 1000 })
      .client({ sequence: FIRST, length: 1000, afterUs: 250_000 })
      .server();
    assert.deepEqual(
      told(infer(script)).map(({ cause, reason, bytes }) => [cause, reason, bytes]),
      [['undecided', 'unknown-order', 1000]],
    );
  });

  it('lays to the capture what was acknowledged before it came again', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 100 })
      .missed(1000)
      .client({ length: 200 })
      .server()
      .client({ sequence: FIRST + 100, length: 1000, afterUs: 250_000 })
      .server({ sacks: [[FIRST + 100, FIRST + 1100]] });
    assert.deepEqual(
      told(infer(script)).map(({ cause, reason, bytes }) => [cause, reason, bytes]),
      [['capture', 'acknowledged', 1000]],
    );
  });

  it('says so where the network lost one copy and the capture the next', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 100 })
      .missed(1000)
      .client({ length: 200 })
      .server({ acknowledgment: FIRST + 100, sacks: [[FIRST + 1100, FIRST + 1300]] })
      .server();
    assert.deepEqual(told(infer(script)), [
      { cause: 'capture', reason: 'asked', bytes: 1000, after: 4, before: 5, proof: 7 },
    ]);
  });

  it('makes no claim where frames are only recorded after their acknowledgment', () => {
    const script = new TcpScript()
      .handshake()
      .server({ acknowledgment: FIRST + 1000 })
      .client({ length: 1000, afterUs: 20 });
    const facts = infer(script);
    assert.deepEqual(facts.losses, []);
    assert.equal(facts.outOfOrder, 1);
  });

  it('tells segments out of order from retransmissions by the identification, however late', () => {
    const script = new TcpScript().handshake();
    for (let i = 0; i < 5; i += 1) script.client({ length: 100, identification: 10 + i });
    script
      .client({ sequence: FIRST + 600, length: 100, identification: 16 })
      .client({ sequence: FIRST + 500, length: 100, identification: 15, afterUs: 50_000 })
      .server({ acknowledgment: FIRST + 700 });
    const facts = infer(script);
    assert.deepEqual(facts.losses, []);
    assert.equal(facts.outOfOrder, 1);
  });

  it('tells them apart by timestamps, however soon', () => {
    const script = new TcpScript().handshake({ maximumSegmentSize: 1460, timestamp: 1 });
    script
      .client({ length: 100, timestamp: 5 })
      .missed(100)
      .client({ length: 100, timestamp: 6 })
      .server({ acknowledgment: FIRST + 100, sacks: [[FIRST + 200, FIRST + 300]], afterUs: 100 })
      .client({ sequence: FIRST + 100, length: 100, timestamp: 7, afterUs: 100 })
      .server({ acknowledgment: FIRST + 300, afterUs: 100 });
    assert.deepEqual(
      told(infer(script)).map(({ cause, side }) => [cause, side]),
      [['network', 'before']],
    );
  });

  it('takes a frame that is in the file twice for what it is', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 1000 })
      .copy(3)
      .server()
      .copy(3)
      .client({ length: 500 })
      .copy(200_000)
      .server();
    const facts = infer(script);
    assert.deepEqual(facts.losses, []);
    assert.equal(facts.copies, 2);
    assert.equal(facts.spuriousBytes, 0);
  });

  it('ignores keep-alives and probes of a closed window', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 1000 })
      .server({ window: 0 })
      .client({ sequence: FIRST + 999, length: 0, afterUs: 7_000_000 })
      .server({ window: 0 })
      .client({ sequence: FIRST + 999, length: 1, afterUs: 7_000_000 })
      .server({ sacks: [[FIRST + 999, FIRST + 1000]] })
      .client({ sequence: FIRST + 1000, length: 1 })
      .server({ acknowledgment: FIRST + 1000, window: 0 })
      .client({ sequence: FIRST + 1000, length: 500, afterUs: 500_000 })
      .server({ acknowledgment: FIRST + 1500 });
    assert.deepEqual(infer(script).losses, []);
  });

  it('counts FIN and SYN as one position and never as a byte', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 1000 })
      .missed(501) // 500 bytes and a FIN
      .server()
      .server({ flags: flagsOf('FA') })
      .client();
    assert.deepEqual(
      told(infer(script)).map(({ cause, bytes }) => [cause, bytes]),
      [['capture', 500]],
    );
  });

  it('says of a lost FIN alone that it was a frame without a byte', () => {
    const script = new TcpScript().handshake().client({ length: 100 }).server().missed(1).server();
    const [loss] = infer(script).losses;
    assert.equal(loss!.bytes, 0);
    assert.equal(loss!.segments, 1);
  });

  it('claims nothing of what may have been sent before the capture began', () => {
    const script = new TcpScript(1000)
      .client({ sequence: 9000, length: 100 })
      .server({ acknowledgment: 20_000 })
      .client({ sequence: 20_000, length: 100 })
      .server({ acknowledgment: 20_100 });
    assert.deepEqual(infer(script).losses, []);
  });

  it('claims again once two rounds have passed', () => {
    const script = new TcpScript(9000)
      .client({ length: 100 })
      .server()
      .client({ length: 100 })
      .server()
      .client({ length: 100 })
      .missed(1000)
      .client({ length: 100 })
      .server();
    assert.deepEqual(
      told(infer(script)).map(({ cause, bytes }) => [cause, bytes]),
      [['capture', 1000]],
    );
  });

  it('calls a capture of acknowledgments alone one-way and claims no loss', () => {
    const script = new TcpScript().server({ acknowledgment: 5000 });
    script.server({ acknowledgment: 9000 }).server({ acknowledgment: 30_000 });
    const facts = infer(script);
    assert.deepEqual(facts.losses, []);
    assert.equal(facts.oneWayConnections, 1);
    assert.equal(facts.flows[0]!.seen, 'receiver');
    assert.equal(facts.flows[0]!.unseenBytes, 25_000);
  });

  it('leaves it open who lost what is missing in a capture of data alone', () => {
    const script = new TcpScript().client({ flags: flagsOf('S'), acknowledgment: 0 });
    script.client({ length: 100 }).missed(700).client({ length: 100 });
    const facts = infer(script);
    assert.deepEqual(
      told(facts).map(({ cause, reason, bytes }) => [cause, reason, bytes]),
      [['undecided', 'one-way', 700]],
    );
    assert.equal(facts.flows[0]!.seen, 'sender');
  });

  it('begins anew with a SYN between the same ports', () => {
    const script = new TcpScript(1000).handshake().client({ length: 500 }).server();
    const again = new TcpScript(800_000_000, 70_000).handshake().client({ length: 500 }).server();
    script.frames.push(...again.frames.map((one) => ({ ...one, timeUs: one.timeUs + 5_000_000 })));
    const facts = infer(script);
    assert.deepEqual(facts.losses, []);
    assert.equal(facts.connections, 2);
  });

  it('takes nothing from an RST', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 500 })
      .server({ flags: flagsOf('RA'), acknowledgment: FIRST + 90_000 })
      .client({ flags: flagsOf('R'), sequence: FIRST + 400_000 });
    assert.deepEqual(
      told(infer(script)).filter(({ cause }) => cause === 'capture'),
      [],
    );
  });

  it('makes no loss of data in a SYN that is sent again', () => {
    const script = new TcpScript()
      .client({ flags: flagsOf('S'), acknowledgment: 0, length: 300 })
      .server({ flags: flagsOf('SA'), acknowledgment: FIRST })
      .client({ sequence: FIRST, length: 300 })
      .server();
    assert.deepEqual(infer(script).losses, []);
  });

  it('measures payload by the IP length, whatever was captured', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 1460, capturedLength: 54 })
      .server({ capturedLength: 54 });
    assert.deepEqual(infer(script).losses, []);
  });

  it('claims nothing after a fragment, whose payload is only partly measured', () => {
    const script = new TcpScript()
      .handshake()
      .client({ length: 480, moreFragments: true })
      .missed(900)
      .client({ length: 100 })
      .server();
    const facts = infer(script);
    assert.deepEqual(facts.losses, []);
    assert.equal(facts.unmeasuredFrames, 1);
  });

  it('claims fewer frames where one frame may hold several segments', () => {
    const script = new TcpScript()
      .handshake({ maximumSegmentSize: 1460 })
      .client({ length: 29_200 })
      .missed(100_000)
      .client({ length: 1460 })
      .server();
    const [loss] = infer(script).losses;
    assert.equal(loss!.bytes, 100_000);
    assert.equal(loss!.segments, 2);
  });

  it('gives up the idlest connection where there are too many, and says so', () => {
    const script = new TcpScript().handshake();
    for (let port = 1; port <= 3; port += 1) {
      script.client({ flags: flagsOf('S'), sequence: 77, ports: [port, 443] });
    }
    script.client({ length: 100 });
    const facts = infer(script, { maxFlows: 3 });
    assert.equal(facts.limits.flowsEvicted, 2);
    assert.equal(facts.connections, 5);
  });

  it('keeps sums of losses that are too many to keep one by one', () => {
    const script = new TcpScript().handshake();
    for (let i = 0; i < 5; i += 1)
      script.client({ length: 100 }).missed(200).client({ length: 10 }).server();
    const facts = infer(script, { maxLosses: 2 });
    assert.equal(facts.losses.length, 2);
    assert.equal(facts.limits.lossesOmitted, 3);
    assert.equal(facts.lost.capture.bytes, 1000);
    assert.equal(facts.lost.capture.count, 5);
  });

  it('reads options of any length without leaving the frame', () => {
    for (const options of [
      [5, 0],
      [5, 1, 0, 0],
      [5, 34, 1, 1],
      [8, 40, 0, 0],
      [0, 5, 10, 0],
    ]) {
      const script = new TcpScript().handshake().client({ length: 10 });
      const { data } = script.frames.at(-1)!;
      const broken = Uint8Array.from([...data, ...options]);
      broken[46] = 0x60;
      script.frames.push({ ...script.frames.at(-1)!, data: broken, wireLength: broken.length + 6 });
      infer(script);
    }
  });
});
