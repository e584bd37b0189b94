import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findControl32, SocketNumber } from '../../src/model/control-message.js';
import { type QueueStatistics, ReceiveQueue } from '../../src/model/receive-queue.js';
import fc from '../support/fixed-check.js';

const { MSG_PEEK, SOL_PACKET, PACKET_GAPDATA, SOL_SOCKET, SO_RXQ_OVFL } = SocketNumber;

type Event = { do: 'arrive'; lengths: number[] } | { do: 'receive' | 'peek' | 'statistics' };

const schedules = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('arrive' as const),
        lengths: fc.array(fc.constantFrom(60, 300, 1000, 1514, 9000), {
          minLength: 1,
          maxLength: 20,
        }),
      }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('receive' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('peek' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('statistics' as const) }) },
  ),
  { maxLength: 100 },
);

/** Counters near their wrap, or at 0. */
const start32 = fc.oneof(fc.constant(0), fc.integer({ min: 2 ** 32 - 40, max: 2 ** 32 - 1 }));

/** Frames carry their own number, so that what is missing can be read off what is received. */
function numbered(number: number): Uint8Array {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setUint32(0, number);
  return data;
}

function numberOf(data: Uint8Array | undefined): number {
  assert.ok(data !== undefined);
  return new DataView(data.buffer, data.byteOffset).getUint32(0);
}

/** An application: receives, peeks, adds up what it is told, and checks each gap at once. */
class Application {
  arrived = 0;
  delivered = 0;
  last = 0;
  gaps = 0;
  packets32 = 0;
  drops32 = 0;
  total32: number;
  readonly startGap: number;
  readonly queue: ReceiveQueue;

  constructor(queue: ReceiveQueue, start: { gap: number; total: number }) {
    this.queue = queue;
    this.startGap = start.gap;
    this.total32 = start.total;
    queue.setOverflowReport(true);
  }

  arrive(length: number): void {
    this.arrived++;
    this.queue.arrive(this.arrived, length, numbered(this.arrived));
  }

  receive(): boolean {
    const message = this.queue.recvmsg();
    if (message === undefined) return false;
    const number = numberOf(message.data);
    const missing = number - this.last - 1;
    const told = findControl32(message.control, SOL_PACKET, PACKET_GAPDATA) ?? 0;
    // What was pending before the first frame of the test is told with the first one.
    const pending = this.delivered === 0 ? this.startGap : 0;
    assert.equal(told, (missing + pending) >>> 0, `gap before frame ${number}`);
    const total32 = findControl32(message.control, SOL_SOCKET, SO_RXQ_OVFL) ?? 0;
    assert.equal((total32 - this.total32) >>> 0, missing, `total before frame ${number}`);
    this.total32 = total32;
    this.gaps += missing;
    this.last = number;
    this.delivered++;
    return true;
  }

  peek(): void {
    const before = this.queue.length;
    const message = this.queue.recvmsg(MSG_PEEK);
    assert.equal(this.queue.length, before);
    if (message === undefined) return;
    assert.equal(findControl32(message.control, SOL_PACKET, PACKET_GAPDATA), undefined);
  }

  readStatistics(): void {
    const read: QueueStatistics = this.queue.getStatistics();
    this.packets32 = (this.packets32 + read.packets) >>> 0;
    this.drops32 = (this.drops32 + read.drops) >>> 0;
  }
}

function play(application: Application, schedule: Event[]): void {
  for (const event of schedule) {
    switch (event.do) {
      case 'arrive':
        for (const length of event.lengths) application.arrive(length);
        break;
      case 'receive':
        application.receive();
        break;
      case 'peek':
        application.peek();
        break;
      case 'statistics':
        application.readStatistics();
        break;
    }
  }
}

describe('ReceiveQueue under any interleaving', () => {
  it('obeys the law, whether it is drained or closed with frames in it', () => {
    fc.assert(
      fc.property(
        schedules,
        fc.integer({ min: 1, max: 30_000 }),
        fc.boolean(),
        fc.boolean(),
        fc.record({ packets: start32, drops: start32, gap: start32, totalDrops: start32 }),
        (schedule, receiveBufferBytes, strict, drain, startCounters32) => {
          const queue = new ReceiveQueue({ receiveBufferBytes, strict, startCounters32 });
          const application = new Application(queue, {
            gap: startCounters32.gap,
            total: startCounters32.totalDrops,
          });
          play(application, schedule);
          while (drain && application.receive());
          application.readStatistics();
          const { arrived, delivered, last, gaps } = application;
          const start = (startCounters32.packets + startCounters32.drops) >>> 0;
          const received = (application.packets32 - start) >>> 0;
          const dropped = (application.drops32 - startCounters32.drops) >>> 0;
          assert.equal(received, arrived);
          assert.equal(received, delivered + dropped + queue.length);
          if (drain) assert.equal(dropped - gaps, arrived - last, 'the final gap');
        },
      ),
      { numRuns: 1000 },
    );
  });
});
