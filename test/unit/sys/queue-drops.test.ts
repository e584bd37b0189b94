import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { queueOfDropCounter } from '../../../src/sys/queue-drops.js';

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
