/** Drop counters of receive queues, as a driver of this kernel gives them. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { InterfaceCounters } from '../../src/source/interface-counters.js';
import { libc } from '../../src/sys/libc.js';
import { QueueDropCounters } from '../../src/sys/queue-drops.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';

const skip = liveSkip();
if (skip === false) enterOwnNamespace();

describe('QueueDropCounters', { skip }, () => {
  it('finds and reads those of a driver, one for each queue; an interface without them has none', () => {
    const queues = ['numrxqueues', '3', 'numtxqueues', '3'];
    const peer = ['peer', 'name', 'queues-b'];
    execFileSync('ip', ['link', 'add', 'queues-a', ...queues, 'type', 'veth', ...peer]);
    assert.deepEqual(
      QueueDropCounters.tryFind('queues-a')?.tryRead(),
      [0, 1, 2].map((queue) => ({ queue, name: `rx_queue_${queue}_drops`, frames: 0n })),
    );
    assert.equal(QueueDropCounters.tryFind('lo'), undefined);
    assert.equal(QueueDropCounters.tryFind('gapcap-none'), undefined);
  });

  it('has no numbers once the interface is gone', () => {
    const counters = QueueDropCounters.tryFind('queues-a');
    execFileSync('ip', ['link', 'delete', 'queues-a']);
    assert.equal(counters?.tryRead(), undefined);
  });
});

describe('InterfaceCounters', { skip }, () => {
  it('has what the queues lost since it began, where the interface itself counts none', () => {
    let lost: readonly bigint[] | undefined = [5n, 1n];
    const counters = new InterfaceCounters(libc().if_nametoindex('lo'), {
      tryRead: () => lost?.map((frames, queue) => ({ queue, name: `rx${queue}_drops`, frames })),
    });
    assert.equal(counters.dropped, 0);
    lost = [12n, 3n];
    counters.update();
    assert.equal(counters.dropped, 9);
    lost = [0n, 0n];
    counters.update();
    assert.equal(counters.dropped, undefined, 'the driver began anew');
  });
});
