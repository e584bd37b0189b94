import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Dissection } from '../../../src/headers/dissection.js';
import { flowKey, isFromLowerEndpoint } from '../../../src/headers/flow-key.js';
import { counting, ethernet, hex, ipv4, join, tcp, udp } from '../../support/packet-bytes.js';

const a = [192, 0, 2, 17];
const b = [192, 0, 2, 200];

function open(packet: Uint8Array, type = 0x0800): Dissection {
  const dissection = new Dissection();
  const frame = ethernet(type, packet);
  dissection.dissect(frame, 0, frame.length, frame.length, 1);
  return dissection;
}

const segment = (
  source: readonly number[],
  destination: readonly number[],
  ports: readonly [number, number],
): Dissection => open(ipv4(6, tcp(counting(1), { ports }), { source, destination }));

describe('flowKey', () => {
  it('is the same for both directions, which isFromLowerEndpoint tells apart', () => {
    const forth = segment(a, b, [51234, 443]);
    const back = segment(b, a, [443, 51234]);
    assert.equal(flowKey(forth), flowKey(back));
    assert.equal(isFromLowerEndpoint(forth), true);
    assert.equal(isFromLowerEndpoint(back), false);
    const upPort = segment(a, a, [5, 600]);
    const downPort = segment(a, a, [600, 5]);
    assert.equal(flowKey(upPort), flowKey(downPort));
    assert.notEqual(isFromLowerEndpoint(upPort), isFromLowerEndpoint(downPort));
  });

  it('differs with every part of the flow', () => {
    const packets = [
      segment(a, b, [51234, 443]),
      segment(a, b, [443, 51234]), // the same ports at the other hosts
      segment(a, b, [51235, 443]),
      segment(a, b, [51234, 444]),
      segment(a, [192, 0, 2, 201], [51234, 443]),
      segment([192, 1, 2, 17], b, [51234, 443]),
      open(ipv4(17, udp([51234, 443], counting(1)), { source: a, destination: b })),
    ];
    assert.equal(new Set(packets.map((d) => flowKey(d))).size, packets.length);
  });

  it('holds every byte of IPv6 addresses', () => {
    const addresses = hex`20010db8 00010002 00030004 00050006 20010db8 00110012 00130014 00150016`;
    const keys = new Set<string | undefined>();
    for (let at = 0; at <= 32; at += 1) {
      const changed = join(addresses);
      if (at < 32) changed[at]! += 1;
      const d = open(join(hex`60000000 0014 06 40`, changed, tcp(counting(0))), 0x86dd);
      keys.add(flowKey(d));
    }
    assert.equal(keys.size, 33);
    assert.ok(!keys.has(undefined));
  });

  it('is undefined where there are no ports', () => {
    assert.equal(flowKey(open(ipv4(1, hex`0800 0000 0001 0002`))), undefined);
    assert.equal(flowKey(open(ipv4(17, counting(16), { fragmentOffset: 800 }))), undefined);
  });
});
