/** Captures of one direction: the kernel leaves out the other, on wires and on loopback interfaces. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameFlags } from '../../src/core/frame.js';
import type { Direction } from '../../src/index.js';
import { compileLiveFilter } from '../../src/source/live-filter.js';
import { type Engine, type LiveSourceOptions, openLive } from '../../src/source/live-source.js';
import { FrameSender } from '../../src/sys/frame-sender.js';
import { libc } from '../../src/sys/libc.js';
import { setLinkUp } from '../../src/sys/rtnetlink.js';
import { Cable } from '../support/cable.js';
import { hex } from '../support/hex.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

const ENGINES: readonly Engine[] = ['ring', 'socket'];
const FRAME = hex`ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a010203 000000000000 0a010204`;

/** Looks for a frame that is still on its way, each of up to 20 ms. */
const PATIENCE = 100;

/**
 * The direction that each captured frame is said to have; what was captured is all that was counted.
 *
 * @param expected frames to wait for
 */
function waysOf(options: LiveSourceOptions, expected: number, send: () => void): number[] {
  using source = openLive({ retireMs: 5, ...options });
  const ways: number[] = [];
  const read = (): void => {
    const batch = source.read(20);
    while (batch.next()) ways.push(batch.flags & FrameFlags.Direction);
  };
  send();
  for (let i = 0; i < PATIENCE && ways.length < expected; i++) read();
  source.stop();
  while (!source.ended) read();
  assert.equal(source.counters(0)?.received, ways.length);
  return ways;
}

const { Inbound, Outbound } = FrameFlags;

describe('a capture of one direction', { skip }, () => {
  it('has what comes in, or what goes out, or both', () => {
    using cable = new Cable('way', { outgoingVisible: true });
    const { near, far } = cable;
    const back = new FrameSender({
      interfaceIndex: far.index,
      slotCount: 1,
      slotLength: 64,
      bypassQdisc: true,
    });
    back.frames.set(FRAME);
    back.setLength(0, 60);
    const send = (): void => {
      cable.sendBytes(FRAME);
      assert.equal(back.send(0, 1), 1);
    };
    for (const engine of ENGINES) {
      const one = { interfaceName: near.name, engine };
      assert.deepEqual(waysOf({ ...one, direction: 'in' }, 1, send), [Inbound]);
      assert.deepEqual(waysOf({ ...one, direction: 'out' }, 1, send), [Outbound]);
      assert.equal(waysOf({ ...one, direction: 'inout' }, 2, send).length, 2);
      const all = { interfaceName: 'any', engine };
      assert.deepEqual(waysOf({ ...all, direction: 'in' }, 2, send), [Inbound, Inbound]);
    }
    back.close();
  });

  it('is filtered further by an expression', () => {
    using cable = new Cable('expr', { outgoingVisible: true });
    const interfaceName = cable.near.name;
    const taken = (expression: string, direction: Direction, expected: number): number[] => {
      const filter = compileLiveFilter(expression, { interfaceName });
      return waysOf({ interfaceName, direction, filter }, expected, () => cable.sendBytes(FRAME));
    };
    assert.deepEqual(taken('arp', 'out', 1), [Outbound]);
    assert.deepEqual(taken('ip', 'out', 0), []);
    assert.deepEqual(taken('arp', 'in', 0), []);
  });

  it('has a frame of a loopback interface once, whichever it is', () => {
    setLinkUp('lo');
    const sender = new FrameSender({
      interfaceIndex: libc().if_nametoindex('lo'),
      slotCount: 1,
      slotLength: 64,
      bypassQdisc: false,
    });
    sender.frames.set(FRAME);
    sender.setLength(0, 60);
    const send = (): void => assert.equal(sender.send(0, 1), 1);
    for (const engine of ENGINES) {
      for (const interfaceName of ['lo', 'any']) {
        const one = { interfaceName, engine };
        assert.deepEqual(waysOf({ ...one, direction: 'in' }, 1, send), [Inbound]);
        assert.deepEqual(waysOf({ ...one, direction: 'out' }, 1, send), [Outbound]);
        assert.deepEqual(waysOf({ ...one, direction: 'inout' }, 1, send), [Inbound]);
      }
    }
    sender.close();
  });

  it('says so in the filter of the interface', () => {
    using cable = new Cable('said');
    const interfaceName = cable.near.name;
    const saidOf = (options: Omit<LiveSourceOptions, 'interfaceName'>): string | undefined => {
      using source = openLive({ interfaceName, ...options });
      return source.interfaces[0]!.filter;
    };
    const filter = compileLiveFilter('arp', { interfaceName });
    assert.equal(saidOf({ direction: 'in' }), 'inbound');
    assert.equal(saidOf({ direction: 'out', filter, filterText: 'arp' }), 'outbound and (arp)');
    assert.equal(saidOf({ direction: 'inout', filter, filterText: 'arp' }), 'arp');
    assert.equal(saidOf({ direction: 'inout' }), undefined);
    const program = '4,40 0 0 12,21 0 1 2054,6 0 0 262144,6 0 0 0';
    assert.equal(
      saidOf({ direction: 'in', filter, filterText: program }),
      `7,32 0 0 4294963204,21 0 1 4,6 0 0 0,${program.slice(2)}`,
    );
  });
});
