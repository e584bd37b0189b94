import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import type { DoctorJson } from '../../src/report/doctor-json.js';
import { runGapcap } from './gapcap-process.js';
import { inLoneNetwork, loneNetworkObstacle } from './lone-network.js';

const skip = loneNetworkObstacle();
const PAIR = 'ip link add pair0 type veth peer name pair1; ip link set pair0 up';
const obstacle =
  skip ||
  (spawnSync('unshare', ['--map-root-user', '--net', 'sh', '-c', PAIR]).status === 0
    ? false
    : 'needs veth interfaces');

describe('gapcap doctor', { skip: obstacle }, () => {
  const wrapper = inLoneNetwork(PAIR);

  async function diagnosed(...args: string[]): Promise<DoctorJson> {
    const run = await runGapcap(['doctor', '--json', ...args], { wrapper });
    assert.equal(run.stderr, '');
    const json = JSON.parse(run.stdout) as DoctorJson;
    assert.equal(run.status, json.healthy ? 0 : 1);
    return json;
  }

  it('looks at the interfaces that are up', async () => {
    assert.deepEqual((await diagnosed()).interfaces, ['pair0']);
    const one = await diagnosed('pair0');
    assert.deepEqual(one.interfaces, ['pair0']);
    assert.ok(!one.findings.some(({ code }) => code === 'interface-down'));
  });

  it('sets an interface up that is down, and says so in its exit status', async () => {
    const { findings } = await diagnosed('pair1');
    const [first] = findings;
    assert.equal(first?.code, 'interface-down');
    assert.equal(first.severity, 'error');
    assert.equal(first.interface, 'pair1');
    assert.equal(first.command, 'ip link set dev pair1 up');
  });

  it('prints the same for people, the command after a #', async () => {
    const run = await runGapcap(['doctor', 'pair1'], { wrapper });
    assert.equal(run.status, 1);
    assert.equal(run.stderr, '');
    assert.match(run.stdout, /^error: pair1 is down\.\n {2}.*\n {2}# ip link set dev pair1 up\n/);
    assert.match(run.stdout, /\n\n1 error( and \d+ warnings?)? \(pair1\)\. Commands after # .*\n$/);
  });

  it('names the capability that is missing', async () => {
    const without = ['setpriv', '--bounding-set', '-net_raw'];
    const inside = { wrapper: [...wrapper, ...without] };
    const run = await runGapcap(['doctor', '--json', 'pair0'], inside);
    assert.equal(run.status, 1, run.stderr);
    const [first] = (JSON.parse(run.stdout) as DoctorJson).findings;
    assert.equal(first?.code, 'no-permission');
    assert.equal(first.command, `setcap cap_net_raw+ep ${process.execPath}`);
  });

  it('names the nearest interface', async () => {
    const run = await runGapcap(['doctor', 'piar0'], { wrapper });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /^gapcap: There is no interface 'piar0'\. Did you mean pair0\?/);
  });
});
