import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runGapcap } from './gapcap-process.js';
import { inLoneNetwork, loneNetworkObstacle } from './lone-network.js';

describe('gapcap capture without capturing', { skip: loneNetworkObstacle() }, () => {
  const wrapper = inLoneNetwork('ip link add gc0 type veth peer name far');

  it('lists interfaces with the numbers that -i takes', async () => {
    const { stdout, status } = await runGapcap(['capture', '-D'], { wrapper });
    assert.equal(status, 0);
    const [, number] = /^(\d+)\. gc0 \(veth\)$/m.exec(stdout)!;
    assert.match(stdout, /^1\. lo \(loopback\)$/m);
    assert.match(stdout, /^0\. any \(all interfaces\)$/m);
    const types = await runGapcap(['capture', '-L', '-i', number!, '-i', '0'], { wrapper });
    assert.equal(
      types.stdout,
      'Data link type of interface gc0:\n  EN10MB\nData link type of interface any:\n  LINUX_SLL2\n',
    );
  });

  it('lists the kinds of timestamps, and refuses one that the interface has not', async () => {
    const args = ['capture', '-i', 'gc0', '--list-time-stamp-types'];
    const { stdout } = await runGapcap(args, { wrapper });
    assert.equal(stdout, 'Time stamp types of interface gc0:\n  host\n');
    for (const engine of ['ring', 'socket']) {
      const asked = ['-i', 'lo', '--engine', engine, '--time-stamp-type', 'adapter_unsynced'];
      const refused = await runGapcap(['capture', ...asked, '-c', '1'], { wrapper });
      assert.equal(refused.status, 1);
      assert.match(
        refused.stderr,
        /lo has no timestamps of the kind adapter_unsynced\. It has: host\./,
      );
    }
  });

  it('goes on with the link type that frames have, and with no other', async () => {
    const ask = ['capture', '-d', '-i', 'gc0', '-y'];
    const right = await runGapcap([...ask, 'dlt_en10mb', 'ip'], { wrapper });
    assert.equal(right.status, 0);
    assert.match(right.stdout, /^\(000\) ldh/);
    const wrong = await runGapcap([...ask, 'LINUX_SLL', 'ip'], { wrapper });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /-y: frames of gc0 have no link type 'LINUX_SLL'. It is EN10MB\./);
  });

  it('says what to type in place of options of tcpdump, and of which direction there is none', async () => {
    const rotating = await runGapcap(['capture', '-i', 'gc0', '-G', '3600'], { wrapper });
    assert.equal(rotating.status, 2);
    assert.match(rotating.stderr, /unknown option '-G'. tcpdump's -G 3600 is '-b duration:3600'/);
    const way = await runGapcap(['capture', '-Q', '-i', 'gc0'], { wrapper });
    assert.equal(way.status, 2);
    assert.match(way.stderr, /-Q: '-i' is no direction. Give in, out or inout/);
  });

  it('says which folder is missing', async () => {
    const args = ['capture', '-i', 'lo', '-w', '/nonexistent/x.pcapng'];
    const { stderr, status } = await runGapcap(args, { wrapper });
    assert.equal(status, 1);
    assert.match(stderr, /There is no folder '\/nonexistent': make it, or name another\./);
  });

  it('names the interface that was meant among several', async () => {
    const args = ['capture', '-i', 'lo', '-i', 'gc1', '-c', '1'];
    const { stderr, status } = await runGapcap(args, { wrapper });
    assert.equal(status, 1);
    assert.match(stderr, /There is no interface 'gc1'\. Did you mean gc0\?/);
  });
});
