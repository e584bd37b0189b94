import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findInterfaceFaults } from '../../../src/doctor/interface-rules.js';
import type { HostInterfaceFacts } from '../../../src/sys/interface-facts.js';
import { fakeCard } from '../../support/fake-host.js';

function found(changes: Partial<HostInterfaceFacts>, cpuCount = 8): string[] {
  return findInterfaceFaults(fakeCard(changes), cpuCount).map(
    ({ code, command }) => `${code}: ${command ?? '-'}`,
  );
}

const SMALL = { size: 256, most: 4096 };

describe('findInterfaceFaults', () => {
  it('finds nothing wrong with a well-set card, or with a driver that tells nothing', () => {
    assert.deepEqual(found({}), []);
    assert.deepEqual(
      found({
        missed: undefined,
        fifoErrors: undefined,
        driver: undefined,
        receiveRing: undefined,
        receiveChannels: undefined,
        channelKind: undefined,
        genericReceiveOffload: undefined,
        largeReceiveOffload: undefined,
        steering: [],
      }),
      [],
    );
  });

  it('sets an interface up', () => {
    assert.deepEqual(found({ up: false }), ['interface-down: ip link set dev eth0 up']);
  });

  it('has no shell run what an interface is called', () => {
    assert.deepEqual(found({ up: false, name: "a$(id)'b" }), [
      "interface-down: ip link set dev 'a$(id)'\\''b' up",
    ]);
  });

  it('enlarges the ring of a card as far as it goes', () => {
    const command = 'ethtool -G eth0 rx 4096';
    assert.deepEqual(found({ receiveRing: SMALL }), [`small-receive-ring: ${command}`]);
    assert.deepEqual(found({ missed: 5, receiveRing: SMALL }), [
      `lost-in-card: ${command}`,
      `small-receive-ring: ${command}`,
    ]);
    assert.deepEqual(found({ missed: 5 }), ['lost-in-card: -']);
    const [finding] = findInterfaceFaults(fakeCard({ missed: 1234, fifoErrors: 2 }), 8);
    assert.match(finding!.what, /has lost 1,234 frames since .*, 2 FIFO overruns\./);
  });

  it('names the queues that lost frames where the interface counts none', () => {
    const queueDrops = [0, 1, 2].map((queue) => ({
      queue,
      name: `rx${queue}_drops`,
      frames: BigInt(queue * 1000),
    }));
    const card = fakeCard({ queueDrops, receiveRing: SMALL });
    const [finding] = findInterfaceFaults(card, 8);
    assert.equal(finding!.code, 'lost-in-queues');
    assert.match(finding!.what, /has lost 3,000 frames .* \(rx1_drops 1,000, rx2_drops 2,000\)\.$/);
    assert.equal(finding!.command, 'ethtool -G eth0 rx 4096');
    assert.deepEqual(found({ queueDrops, missed: 5 }), ['lost-in-card: -']);
    assert.deepEqual(found({ queueDrops: queueDrops.slice(0, 1) }), []);
  });

  it('uses as many queues as there are CPUs and queues, by the name the driver has for them', () => {
    const two = { receiveChannels: { count: 2, most: 63 } };
    assert.deepEqual(found(two), ['few-queues: ethtool -L eth0 combined 8']);
    assert.deepEqual(found(two, 2), []);
    assert.deepEqual(found({ receiveChannels: { count: 1, most: 4 }, channelKind: 'rx' }), [
      'few-queues: ethtool -L eth0 rx 4',
    ]);
    assert.deepEqual(found({ ...two, kind: 'veth' }), []);
  });

  it('names the CPUs that could help a card with one queue', () => {
    const one = { receiveChannels: { count: 1, most: 1 }, steering: ['0'] };
    const queue = '/sys/class/net/eth0/queues/rx-0/rps_cpus';
    assert.deepEqual(found(one, 2), [`one-queue: echo 3 > ${queue}`]);
    assert.deepEqual(found(one, 40), [`one-queue: echo ff,ffffffff > ${queue}`]);
    assert.deepEqual(found(one, 1), []);
    assert.deepEqual(found({ ...one, steering: ['00000000,00000003'] }), []);
  });

  it('tells where frames in the capture are not those of the wire', () => {
    assert.deepEqual(found({ largeReceiveOffload: true, genericReceiveOffload: true }), [
      'large-receive-offload: ethtool -K eth0 lro off',
      'generic-receive-offload: ethtool -K eth0 gro off',
    ]);
  });
});
