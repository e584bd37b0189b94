import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findDropCounters, queueOfDropCounter } from '../../../src/sys/queue-drops.js';

describe('queueOfDropCounter', () => {
  it('knows the names that drivers give to losses of a receive queue', () => {
    for (const [name, queue] of [
      ['rx_queue_0_drops', 0],
      ['rx_queue_12_dropped', 12],
      ['rx0_drops', 0],
      ['rx-3.dropped', 3],
      ['rx31_out_of_buffer', 31],
      ['queue_7_rx_drops', 7],
      ['[2]: rx_discards', 2],
      ['rx_queue_drop_cnt[5]', 5],
    ] as const) {
      assert.equal(queueOfDropCounter(name), queue, name);
    }
  });

  it('takes nothing else for one', () => {
    for (const name of [
      'rx_drops',
      'rx_dropped',
      'rx_queue_0_xdp_drops',
      'rx0_xdp_drops',
      'rx_queue_0_packets',
      'tx_queue_0_dropped',
      'tx0_xdp_tx_drops',
      'queue_0_tx_drops',
      'rx_prio0_discards',
      'rx_queue_0_csum_err',
    ]) {
      assert.equal(queueOfDropCounter(name), undefined, name);
    }
  });
});

describe('findDropCounters', () => {
  const names = ['rx0_packets', 'rx0_drops', 'rx0_xdp_drops', 'rx1_drops', 'rx1_xdp_drops'];
  const earlier = ['rx_queue_0_drops', 'rx_queue_0_xdp_packets', 'rx_queue_0_xdp_drops'];

  it("leaves out what XDP dropped where the driver's count of losses holds that, too", () => {
    assert.deepEqual(findDropCounters('virtio_net', names), [
      { queue: 0, name: 'rx0_drops', index: 1, onPurposeIndex: 2 },
      { queue: 1, name: 'rx1_drops', index: 3, onPurposeIndex: 4 },
    ]);
    assert.deepEqual(findDropCounters('virtio_net', earlier), [
      { queue: 0, name: 'rx_queue_0_drops', index: 0, onPurposeIndex: 2 },
    ]);
    assert.deepEqual(findDropCounters('virtio_net', ['rx_queue_3_drops']), [
      { queue: 3, name: 'rx_queue_3_drops', index: 0, onPurposeIndex: undefined },
    ]);
  });

  it('takes the counts of all other drivers as they are', () => {
    assert.deepEqual(findDropCounters('veth', earlier), [
      { queue: 0, name: 'rx_queue_0_drops', index: 0, onPurposeIndex: undefined },
    ]);
    assert.deepEqual(findDropCounters('igb', ['rx_bytes']), []);
  });
});
