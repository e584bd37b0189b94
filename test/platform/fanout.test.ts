/** How a fanout group shares an interface's frames among its sockets. One probe a sentence. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startFlood } from '../../src/lab/flood.js';
import { createFanout, type FanoutMode, joinFanout } from '../../src/sys/fanout.js';
import { acceptAll, REJECT_ALL } from '../../src/sys/filter-program.js';
import { PacketSocket } from '../../src/sys/packet-socket.js';
import { setLinkDown, setLinkUp } from '../../src/sys/rtnetlink.js';
import { processorNumbers } from '../../src/sys/thread.js';
import { Cable } from '../support/cable.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';
import { readStatistics } from './probe-ring.js';

const skip =
  liveSkip() || (processorNumbers() < 2 ? 'it takes two processors to see who gets what' : false);
if (skip === false) enterOwnNamespace();

/** Sockets of one group on the far end of a cable. */
class Group implements Disposable {
  readonly sockets: PacketSocket[] = [];

  constructor(cable: Cable, count: number, mode: FanoutMode = 'cpu') {
    let group: number | undefined;
    for (let i = 0; i < count; i++) {
      const socket = PacketSocket.open(false);
      this.sockets.push(socket);
      socket.attachFilter(REJECT_ALL);
      socket.bind(cable.far.index);
      if (group === undefined) group = createFanout(socket, mode);
      else joinFanout(socket, group, mode);
    }
    for (const socket of this.sockets) {
      readStatistics(socket);
      socket.attachFilter(acceptAll(100));
    }
  }

  /** Frames that each was offered since it was last asked. */
  received(): number[] {
    return this.sockets.map((socket) => readStatistics(socket).packets);
  }

  [Symbol.dispose](): void {
    for (const socket of this.sockets) socket.close();
  }
}

/** Sends from that processor, which then handles the frames. */
async function sendFrom(cable: Cable, cpu: number, frameCount: number): Promise<void> {
  using flood = await startFlood({
    interfaceName: cable.near.name,
    frameCount,
    cpu,
    ratePps: 20_000,
  });
  await flood.finished;
  await cable.settle();
}

describe('fanout groups', { skip }, () => {
  it('with PACKET_FANOUT_CPU the socket that joined as number i gets what processor i handles', async () => {
    using cable = new Cable('fanout');
    using group = new Group(cable, 2);
    await sendFrom(cable, 0, 40);
    assert.deepEqual(group.received(), [40, 0]);
    await sendFrom(cable, 1, 30);
    assert.deepEqual(group.received(), [0, 30]);
  });

  it('where there are fewer sockets than processors, the number is taken modulo theirs', async () => {
    using cable = new Cable('modulo');
    using group = new Group(cable, 1);
    await sendFrom(cable, 0, 20);
    await sendFrom(cable, 1, 20);
    assert.deepEqual(group.received(), [40]);
  });

  it('each socket of a group counts frames and drops of its own', async () => {
    using cable = new Cable('counts');
    using group = new Group(cable, 2);
    group.sockets[1]!.setReceiveBuffer(4096);
    await sendFrom(cable, 0, 50);
    await sendFrom(cable, 1, 200);
    const [first, second] = group.sockets.map(readStatistics);
    assert.deepEqual([first!.packets, first!.drops], [50, 0]);
    assert.equal(second!.packets, 200);
    assert.ok(second!.drops > 100);
  });

  it('a socket that is closed leaves its place to the last one', async () => {
    using cable = new Cable('leave');
    using group = new Group(cable, 3);
    group.sockets.shift()!.close();
    // Second and third are left; the third is now number 0.
    await sendFrom(cable, 0, 20);
    assert.deepEqual(group.received(), [0, 20]);
  });

  it('members share frames by processor again after the interface was down', async () => {
    using cable = new Cable('flap');
    using group = new Group(cable, 2);
    setLinkDown(cable.far.name);
    setLinkUp(cable.far.name);
    await cable.settle();
    await sendFrom(cable, 0, 40);
    const first = group.received();
    await sendFrom(cable, 1, 30);
    const second = group.received();
    // Whichever is which now: one has all of the one processor, the other all of the other.
    assert.deepEqual(
      [...first].sort((a, b) => a - b),
      [0, 40],
    );
    assert.deepEqual(second, first[0] === 0 ? [30, 0] : [0, 30]);
  });

  it('a group of a number of its own is made for each first socket', () => {
    using cable = new Cable('unique');
    using one = new Group(cable, 1);
    using other = new Group(cable, 1);
    assert.equal(one.sockets.length + other.sockets.length, 2);
    const [first, second] = [PacketSocket.open(false), PacketSocket.open(false)];
    try {
      for (const socket of [first, second]) socket.bind(cable.far.index);
      assert.notEqual(createFanout(first, 'cpu'), createFanout(second, 'cpu'));
    } finally {
      first.close();
      second.close();
    }
  });
});
