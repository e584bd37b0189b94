import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { runGapcap } from './gapcap-process.js';

interface ListedInterface {
  number: number;
  name: string;
  state: string | null;
  linkType: number;
  linkTypeName: string;
  addresses: string[];
  macAddress: string | null;
  mtu: number | null;
  description: string | null;
}

/** The kernel's own list, read without netlink. */
function namesInProc(): Set<string> {
  const lines = readFileSync('/proc/net/dev', 'utf8').matchAll(/^\s*(\S+):/gm);
  return new Set([...lines].map(([, name]) => name!));
}

describe('gapcap interfaces', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  it('lists every interface of /proc/net/dev, aligned under the headings', async () => {
    const run = await runGapcap(['interfaces']);
    assert.equal(run.stderr, '');
    assert.equal(run.status, 0);
    const [heading, ...lines] = run.stdout.trimEnd().split('\n');
    assert.match(heading!, /^ *no {2}name +state +link type +addresses +description$/);
    const nameColumn = heading!.indexOf('name');
    const stateColumn = heading!.indexOf('state');
    const listed = lines
      .map((line) => line.slice(nameColumn, stateColumn).trim())
      .filter((name) => name !== '');
    assert.equal(listed.pop(), 'any');
    assert.deepEqual(new Set(listed), namesInProc());
    assert.equal(listed.length, namesInProc().size);
    for (const line of lines) assert.doesNotMatch(line, / $/);
  });

  it('prints as JSON what the system says, with null for what it does not say', async () => {
    const run = await runGapcap(['interfaces', '--json']);
    assert.equal(run.status, 0);
    const listed = JSON.parse(run.stdout) as ListedInterface[];
    assert.deepEqual(listed.pop(), {
      ...{ number: 0, name: 'any', state: null, linkType: 276, linkTypeName: 'LINUX_SLL2' },
      ...{ addresses: [], macAddress: null, mtu: null, description: 'all interfaces' },
    });
    assert.deepEqual(new Set(listed.map(({ name }) => name)), namesInProc());
    for (const each of listed) {
      const read = (file: string): string =>
        readFileSync(`/sys/class/net/${each.name}/${file}`, 'utf8').trim();
      assert.equal(each.number, Number(read('ifindex')));
      assert.equal(each.mtu, Number(read('mtu')));
      assert.equal(each.state, (Number(read('flags')) & 1) === 1 ? 'up' : 'down');
      const known = networkInterfaces()[each.name]?.map(({ address }) => address) ?? [];
      for (const address of known) assert.ok(each.addresses.includes(address), address);
    }
    const loopback = listed.find(({ name }) => name === 'lo')!;
    assert.equal(loopback.linkTypeName, 'EN10MB');
    assert.equal(loopback.macAddress, null);
  });
});
