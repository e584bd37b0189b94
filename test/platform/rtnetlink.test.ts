import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { LinkType } from '../../src/core/link-type.js';
import { linkTypeOfHardware, listInterfaces } from '../../src/sys/capture-interfaces.js';
import {
  createVethPair,
  deleteLink,
  findLink,
  listAddresses,
  listLinks,
  setLinkDown,
  setLinkMtu,
  setLinkUp,
} from '../../src/sys/rtnetlink.js';
import { enterOwnNamespace, liveSkip } from '../support/namespace.js';

/** What iproute2 says, as an outside witness. */
interface IpLink {
  ifindex: number;
  ifname: string;
  mtu: number;
  operstate: string;
  address: string;
  flags: string[];
  ifalias?: string;
  num_rx_queues: number;
  num_tx_queues: number;
  linkinfo?: { info_kind: string };
  inet6_addr_gen_mode: string;
  stats64: { rx: { packets: number; bytes: number }; tx: { packets: number; dropped: number } };
}

function ipLinks(): IpLink[] {
  return JSON.parse(
    execFileSync('ip', ['-j', '-d', '-s', 'link'], { encoding: 'utf8' }),
  ) as IpLink[];
}

describe('rtnetlink in an empty network namespace', { skip: liveSkip() }, () => {
  before(() => enterOwnNamespace());

  it('sees the loopback interface and nothing of the parent namespace', () => {
    assert.deepEqual(
      listLinks().map((l) => [l.name, l.loopback, l.arphrd, l.up, l.mtu]),
      [['lo', true, 772, false, 65536]],
    );
    assert.deepEqual(listAddresses(), []);
  });

  it('creates a pair, and agrees with iproute2 on every link', () => {
    createVethPair('tx0', 'rx0');
    setLinkUp('tx0');
    setLinkUp(listLinks().find((l) => l.name === 'rx0')!.index);
    setLinkMtu('rx0', 9000);
    execFileSync('ip', ['link', 'set', 'rx0', 'alias', 'the receiving end']);
    execFileSync('ip', ['link', 'add', 'bridge0', 'type', 'bridge']);
    const witness = ipLinks();
    const links = listLinks();
    assert.equal(links.length, witness.length);
    for (const link of links) {
      const ip = witness.find((w) => w.ifname === link.name)!;
      assert.equal(link.index, ip.ifindex);
      assert.equal(link.mtu, ip.mtu);
      assert.equal(link.operationalState.toUpperCase(), ip.operstate);
      assert.equal(link.macAddress, ip.address);
      assert.equal(link.up, ip.flags.includes('UP'));
      assert.equal(link.loopback, ip.flags.includes('LOOPBACK'));
      assert.equal(link.running, !ip.flags.includes('NO-CARRIER') && link.up);
      assert.equal(link.alias, ip.ifalias);
      assert.equal(link.kind, ip.linkinfo?.info_kind);
      assert.equal(link.receiveQueueCount, ip.num_rx_queues);
      assert.equal(link.transmitQueueCount, ip.num_tx_queues);
      assert.equal(link.statistics?.receivedPackets, BigInt(ip.stats64.rx.packets));
    }
    const modes = witness.filter((w) => w.linkinfo?.info_kind === 'veth');
    assert.deepEqual(
      modes.map((w) => w.inet6_addr_gen_mode),
      ['none', 'none'],
    );
  });

  it('finds each link by its number alone, as the list has it, and none by a number that nobody has', () => {
    const links = listLinks();
    for (const link of links) assert.deepEqual(findLink(link.index), link);
    const free = Math.max(...links.map(({ index }) => index)) + 1;
    assert.equal(findLink(free), undefined);
  });

  it('lists addresses as text with their prefix length', () => {
    setLinkUp('lo');
    execFileSync('ip', ['addr', 'add', '192.0.2.17/28', 'dev', 'tx0']);
    execFileSync('ip', ['addr', 'add', '2001:db8:0:0:1::17/64', 'dev', 'tx0', 'nodad']);
    const tx = listLinks().find((l) => l.name === 'tx0')!;
    const own = listAddresses().filter((a) => a.linkIndex === tx.index);
    assert.deepEqual(
      own.map((a) => [a.family, a.address, a.prefixLength]),
      [
        [4, '192.0.2.17', 28],
        [6, '2001:db8::1:0:0:17', 64],
      ],
    );
  });

  it('lists the interfaces to capture from', () => {
    const interfaces = listInterfaces();
    const byName = (name: string) => interfaces.find((i) => i.name === name)!;
    assert.deepEqual(byName('lo').addresses, ['127.0.0.1', '::1']);
    assert.equal(byName('lo').macAddress, undefined);
    assert.equal(byName('rx0').description, 'the receiving end');
    assert.equal(byName('tx0').description, 'veth');
    assert.equal(byName('tx0').linkType, LinkType.Ethernet);
    assert.deepEqual(byName('tx0').addresses, ['192.0.2.17', '2001:db8::1:0:0:17']);
    assert.equal(byName('rx0').mtu, 9000);
  });

  it('sets a link down, and deletes both ends of a pair at once', () => {
    setLinkDown('tx0');
    assert.equal(listLinks().find((l) => l.name === 'tx0')!.up, false);
    deleteLink('tx0');
    assert.deepEqual(
      listLinks().map((l) => l.name),
      ['lo', 'bridge0'],
    );
  });

  it('lists more links than one datagram holds', () => {
    for (let i = 0; i < 60; i++) createVethPair(`many${i}a`, `many${i}b`);
    const names = new Set(listLinks().map((l) => l.name));
    assert.equal(names.size, 122);
    for (let i = 0; i < 60; i++) assert.ok(names.has(`many${i}b`));
  });

  it('passes on the kernel’s reason, its words included', () => {
    assert.throws(() => deleteLink('absent'), { code: 'ENODEV', syscall: 'RTM_DELLINK' });
    assert.throws(() => createVethPair('many0a', 'fresh'), { code: 'EEXIST' });
    assert.throws(
      () => setLinkMtu('many0a', 70000),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'EINVAL');
        assert.match(error.message, /mtu greater than device maximum/);
        return true;
      },
    );
    assert.throws(() => createVethPair('sixteencharacter', 'x'), { name: 'SystemCallError' });
  });
});

describe('linkTypeOfHardware', () => {
  it('captures Ethernet and bare IP as they are, and all else under a cooked header', () => {
    assert.equal(linkTypeOfHardware(1), 1);
    assert.equal(linkTypeOfHardware(772), 1);
    assert.equal(linkTypeOfHardware(65534), 101);
    assert.equal(linkTypeOfHardware(512), 276);
    assert.equal(linkTypeOfHardware(801), 276);
  });
});
