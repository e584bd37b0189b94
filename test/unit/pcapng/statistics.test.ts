import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BlockParser } from '../../../src/pcapng/block-parser.js';
import { InterfaceClock } from '../../../src/pcapng/interface-clock.js';
import {
  decodeStatistics,
  interpretStatistics,
  type StatisticsBlock,
} from '../../../src/pcapng/statistics.js';
import { block, concat, type Field, option, sectionHeader } from '../../support/block-bytes.js';
import { MemoryInput } from '../../support/memory-input.js';

const NS = new InterfaceClock(9);

function decode(order: 'little' | 'big', ...body: readonly Field[]): StatisticsBlock {
  const bytes = concat(sectionHeader(order), block(order, 5, ...body));
  const parser = new BlockParser(new MemoryInput(bytes));
  parser.fill();
  assert.ok(parser.next() && parser.next());
  return decodeStatistics(parser);
}

function statistics(fields: Partial<StatisticsBlock>): StatisticsBlock {
  return {
    localInterfaceId: 0,
    timestampTicks: 1_795_355_060_089_260_729n,
    startTicks: undefined,
    endTicks: undefined,
    interfaceReceived: undefined,
    interfaceDropped: undefined,
    filterAccepted: undefined,
    systemDropped: undefined,
    userDelivered: undefined,
    comments: [],
    ...fields,
  };
}

describe('decodeStatistics', () => {
  for (const order of ['little', 'big'] as const) {
    it(`reads counts as u64 and times as high and low half, ${order} endian`, () => {
      const decoded = decode(
        order,
        [3, 4],
        [0x01020304, 4],
        [0x05060708, 4],
        option(order, 1, 'why'),
        option(order, 2, [0x11, 4], [0x12, 4]),
        option(order, 3, [0x21, 4], [0x22, 4]),
        option(order, 4, [2n ** 64n - 1n, 8]),
        option(order, 5, [5, 8]),
        option(order, 6, [6, 8]),
        option(order, 7, [7, 8]),
        option(order, 8, [0x0102030405060708n, 8]),
      );
      assert.deepEqual(decoded, {
        localInterfaceId: 3,
        timestampTicks: 0x0102030405060708n,
        startTicks: 0x1100000012n,
        endTicks: 0x2100000022n,
        interfaceReceived: 2n ** 64n - 1n,
        interfaceDropped: 5n,
        filterAccepted: 6n,
        systemDropped: 7n,
        userDelivered: 0x0102030405060708n,
        comments: ['why'],
      });
    });
  }
});

describe('interpretStatistics', () => {
  it('takes every count by the specification', () => {
    const raw = statistics({
      startTicks: 1_795_355_000_000_000_000n,
      endTicks: 1_795_355_061_000_000_000n,
      interfaceReceived: 11n,
      interfaceDropped: 12n,
      filterAccepted: 13n,
      systemDropped: 14n,
      userDelivered: 15n,
      comments: ['x', 'y'],
    });
    assert.deepEqual(interpretStatistics(raw, NS), {
      timestampNs: 1_795_355_060_089_260_729n,
      startNs: 1_795_355_000_000_000_000n,
      endNs: 1_795_355_061_000_000_000n,
      interfaceReceived: 11,
      interfaceDropped: 12,
      received: 13,
      dropped: 14,
      delivered: 15,
      comment: 'x',
      backlogDropped: undefined,
      finalBounds: undefined,
      leftOut: undefined,
      lossesPlaced: false,
      quirks: [],
      raw,
    });
  });

  it('knows nothing that the block doesn’t say', () => {
    const known = interpretStatistics(statistics({}), NS);
    for (const name of [
      'received',
      'dropped',
      'delivered',
      'interfaceReceived',
      'startNs',
    ] as const) {
      assert.equal(known[name], undefined);
    }
  });

  it('finds the kernel’s drops where dumpcap puts them, and its times in microseconds', () => {
    const raw = statistics({
      timestampTicks: 1_795_355_060_089_260n,
      startTicks: 1_795_355_000_000_001n,
      endTicks: 1_795_355_060_089_259n,
      interfaceReceived: 345_681n,
      interfaceDropped: 54_319n,
      comments: ['Counters provided by dumpcap'],
    });
    const known = interpretStatistics(raw, NS);
    assert.deepEqual(known.quirks, ['dumpcap counters', 'times in microseconds']);
    assert.equal(known.received, 400_000);
    assert.equal(known.dropped, 54_319);
    assert.equal(known.delivered, 345_681);
    assert.equal(known.interfaceReceived, undefined);
    assert.equal(known.interfaceDropped, undefined);
    assert.equal(known.timestampNs, 1_795_355_060_089_260_000n);
    assert.equal(known.startNs, 1_795_355_000_000_001_000n);
    assert.equal(known.endNs, 1_795_355_060_089_259_000n);
  });

  it('leaves times alone that are plausible, in microseconds already, or early in any unit', () => {
    const micro = new InterfaceClock(6);
    const at = (ticks: bigint, clock: InterfaceClock) =>
      interpretStatistics(statistics({ timestampTicks: ticks }), clock).timestampNs;
    assert.equal(at(1_795_355_060_089_260n, micro), 1_795_355_060_089_260_000n);
    assert.equal(at(1_795_355_060_089_260_729n, NS), 1_795_355_060_089_260_729n);
    assert.equal(at(0n, NS), 0n);
    assert.equal(at(5_000_000_000n, NS), 5_000_000_000n);
    assert.equal(at(31_536_000_000_000_000n, NS), 31_536_000_000_000_000n);
  });

  it('finds the bounds of the final gap in any of the comments', () => {
    const bounds =
      'gapcap: bounded, at least 3 and at most 5 frames lost here; the sum over group 2 is exact';
    const known = interpretStatistics(statistics({ comments: ['about', bounds] }), NS);
    assert.deepEqual(known.finalBounds, { atLeast: 3, atMost: 5, group: 2 });
    assert.equal(known.comment, 'about');
  });

  it('gives no number for a count above 2^53 − 1, but keeps it in the block', () => {
    const raw = statistics({ filterAccepted: 2n ** 64n - 1n, systemDropped: 2n ** 53n - 1n });
    const known = interpretStatistics(raw, NS);
    assert.equal(known.received, undefined);
    assert.equal(known.dropped, Number.MAX_SAFE_INTEGER);
    assert.equal(known.raw.filterAccepted, 2n ** 64n - 1n);
  });
});
