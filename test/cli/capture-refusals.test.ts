import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { withAddressesFor } from '../support/address-limit.js';
import { type RunOptions, runGapcap } from './gapcap-process.js';
import { inLoneNetwork, loneNetworkObstacle } from './lone-network.js';

/** Asserts the exit status, an empty stdout, and one sentence or two on one line of stderr. */
async function refuses(
  args: readonly string[],
  status: number,
  pattern: RegExp,
  options: RunOptions = {},
): Promise<void> {
  const run = await runGapcap(['capture', ...args], options);
  assert.equal(run.status, status, run.stderr);
  assert.equal(run.stdout, '');
  assert.match(run.stderr, /^gapcap: [^\n]+\n$/);
  assert.match(run.stderr, pattern);
}

describe('gapcap capture, nonsense arguments', () => {
  for (const [args, pattern] of [
    [['-B', 'big'], /-B: 'big' is no size.*64M.*MiB/],
    [['-B', '0'], /-B: '0' is no size/],
    [['-B', '-5M'], /-B: '-5M' is no size/],
    [['-B', '2G'], /-B: '2G' is too large.*less than 2 GiB/],
    [['-B', '1000000G'], /-B: '1000000G' is too large/],
    [['--block-size', '128kb'], /--block-size: '128kb' is no size.*bytes/],
    [['-c', '0'], /-c: '0' won't do.*at least 1/],
    [['-c', 'many'], /-c: 'many'/],
    [['-s', '262145'], /-s: '262145' won't do.*from 0 to 262144/],
    [['-a', 'duration:soon'], /'soon' is no duration.*1\.5s/],
    [['-a', 'duration:0'], /'0' is no duration/],
    [['-a', 'filesize:10'], /-a filesize: no file is written.*-w FILE/],
    [['-a', 'event:1'], /'event:1' is no autostop condition.*duration:SECONDS/],
    [['-w', '-', '-b', 'packets:1'], /-b: several files need a name.*standard output/],
    [['-w', 'x', '-b', 'files:3'], /-b: nothing says when the next file begins/],
    [['-w', ''], /-w: the name is empty/],
    [['-D', '--json'], /-D has no JSON.*gapcap interfaces --json/],
    [['-w', 'x', '--postrotate', 'true'], /--postrotate: only one file is written/],
    [['-w', 'x', '-F', 'pcapgn'], /-F: 'pcapgn' won't do.*pcapng or pcap/],
    [['-F', 'pcap'], /-F: no file is written/],
    [['--retire', 'x'], /--retire: 'x' is no duration/],
    [['--block-size', '5000'], /block of 5000 bytes.*multiple of 4096/],
    [['--rings', '0'], /--rings: '0' won't do.*from 1 to 256/],
    [['--rings', 'many'], /--rings: 'many'/],
    [['--rings', '2', '--engine', 'socket'], /--rings: the socket engine has one queue/],
    [['--fanout', 'hash'], /--fanout: there is one ring.*--rings N/],
    [['--rings', '2', '--fanout', 'rr'], /--fanout: 'rr' is no way to share frames.*cpu, qm, hash/],
    [['--sensor', 'edge1'], /--sensor: nobody is told the name\. Give --publish URL, or --http/],
    [['--engine', 'rnig'], /--engine: 'rnig' is no engine.*ring or socket/],
  ] as const) {
    it(`refuses ${args.join(' ')} with status 2`, async () => {
      await refuses(['-i', 'lo', ...args], 2, pattern);
    });
  }
});

describe('gapcap capture, where the system says no', () => {
  const obstacle = loneNetworkObstacle();
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-cli-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('names the interfaces there are, and the nearest', { skip: obstacle }, async () => {
    const options = { wrapper: inLoneNetwork() };
    await refuses(
      ['-i', 'l0'],
      1,
      /no interface 'l0'\. Did you mean lo\? There are: lo, any\./,
      options,
    );
  });

  it('says so before capturing where the file cannot be created', { skip: obstacle }, async () => {
    const options = { wrapper: inLoneNetwork() };
    await refuses(
      ['-i', 'lo', '-w', join(folder, 'no/x.pcapng')],
      1,
      /no\/x\.pcapng.*ENOENT/,
      options,
    );
    await refuses(['-i', 'lo', '-w', folder], 1, /EISDIR/, options);
  });

  it('leaves no file behind where the interface is wrong', { skip: obstacle }, async () => {
    const file = join(folder, 'wrong.pcapng');
    await refuses(['-i', 'nope', '-w', file], 1, /nope/, { wrapper: inLoneNetwork() });
    assert.equal(existsSync(file), false);
  });

  it('names the size where the kernel gives no such ring, and what to try', {
    skip: obstacle,
  }, async () => {
    // Room for Node, but not for a ring of this size as well.
    const wrapper = [...inLoneNetwork(), ...withAddressesFor(600)];
    const expected =
      /ring of 600 MiB .*ENOMEM.*-B [1-9]\d*\).*--engine socket.*\(ulimit -v\) leaves \d+ MiB/;
    await refuses(['-i', 'lo', '-B', '600M'], 1, expected, { wrapper });
  });

  it('starts no thread that V8 would end the process for, and leaves no file', {
    skip: obstacle,
  }, async () => {
    const wrapper = [...inLoneNetwork(), ...withAddressesFor(500)];
    const left = /needs \d+ MiB of addresses .* leaves \d+\. Raise that limit \(ulimit -v/;
    const file = join(folder, 'no-thread.pcapng');
    const publish = ['--publish', 'nats://127.0.0.1', '--publish-spool', join(folder, 'spool')];
    for (const [what, args] of [
      ['The thread that compresses', ['-w', `${file}.gz`]],
      ['2 threads with a ring each', ['-w', file, '--rings', '2']],
      ['The thread of the live page', ['-w', file, '--http', '0']],
      ['The thread that publishes', ['-w', file, ...publish]],
    ] as const) {
      const expected = new RegExp(`^gapcap: ${what} ${left.source}`);
      await refuses(['-i', 'lo', ...args], 1, expected, { wrapper });
    }
    assert.deepEqual([existsSync(file), existsSync(`${file}.gz`)], [false, false]);
  });

  it('names the capability and the setcap line where it is not permitted', {
    skip: process.platform !== 'linux' && 'needs Linux',
  }, async () => {
    const isRoot = process.getuid?.() === 0;
    const wrapper = isRoot ? ['setpriv', '--inh-caps=-net_raw', '--bounding-set=-net_raw'] : [];
    await refuses(['-i', 'lo'], 3, /CAP_NET_RAW.*setcap cap_net_raw\+ep \//, { wrapper });
  });

  it('says that capturing needs Linux where process.platform is another', async () => {
    const platform = "Object.defineProperty(process,'platform',{value:'darwin'})";
    const nodeArguments = ['--import', `data:text/javascript,${encodeURIComponent(platform)}`];
    await refuses(['-i', 'lo'], 1, /needs Linux.*darwin/, { nodeArguments });
  });

  it('names the interface that is down, and what brings it up', async () => {
    const wrapper = inLoneNetwork('ip link set lo down');
    for (const rest of [[], ['--engine', 'socket'], ['--rings', '2']]) {
      await refuses(
        ['-i', 'lo', ...rest],
        1,
        /^gapcap: lo is down: .* from it\. Bring it up with: ip link set dev lo up\.$/m,
        { wrapper },
      );
    }
  });

  it('refuses to write a capture file onto a terminal', async () => {
    // `script` gives the command a terminal for its standard output, and repeats what comes there.
    const inner = `"${process.execPath}" "$GAPCAP_PATH" capture -i lo -w -`;
    const { spawnSync } = await import('node:child_process');
    const { gapcapPath } = await import('./gapcap-process.js');
    const run = spawnSync('script', ['-qec', inner, '/dev/null'], {
      encoding: 'utf8',
      env: { ...process.env, GAPCAP_PATH: gapcapPath },
    });
    assert.equal(run.status, 2);
    assert.match(run.stdout, /^gapcap: -w -: standard output is a terminal.*> x\.pcapng\.\r\n$/);
  });
});
