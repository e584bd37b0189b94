import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runGapcap } from './gapcap-process.js';
import { loneNetworkObstacle } from './lone-network.js';
import { countBlocks } from './pcapng-file.js';

interface DemoJson {
  engine: string;
  simulated: boolean;
  sent: number;
  missing: number;
  right: boolean;
  gaps: number;
  exact: number;
  bounded: number;
  loss: { frames: number; lost: number };
}

describe('gapcap demo', { skip: loneNetworkObstacle() }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-cli-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const engine of ['ring', 'socket']) {
    it(`accounts for every frame it lost with the ${engine} engine`, async () => {
      const file = join(folder, `${engine}.pcapng`);
      const run = await runGapcap([
        'demo',
        '--json',
        '-w',
        file,
        '--engine',
        engine,
        '--frames',
        '400000',
      ]);
      assert.equal(run.status, 0, run.stderr);
      assert.equal(run.stderr, '');
      const verdict = JSON.parse(run.stdout) as DemoJson;
      assert.equal(verdict.engine, engine);
      assert.equal(verdict.sent, 400_000);
      assert.equal(verdict.right, true);
      assert.equal(verdict.loss.frames + verdict.missing, 400_000);
      assert.equal(verdict.loss.lost, verdict.missing);
      assert.ok(verdict.gaps > 0, 'nothing was lost: the demonstration shows nothing');
      assert.ok(verdict.exact + verdict.bounded >= verdict.gaps);
      assert.equal(countBlocks(file).frames, verdict.loss.frames);
    });
  }

  it('tells what it does, what was lost and how to look at it', async () => {
    const file = join(folder, 'told.pcapng');
    const run = await runGapcap(['demo', '-w', file, '--frames', '400000']);
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /^400,000 frames sent in /m);
    assert.match(run.stdout, /dropped by kernel in \d+ gaps?/);
    assert.match(
      run.stdout,
      /^ {2}(?:[\d,]+ to )?[\d,]+ frames? lost between frames [\d,]+ and [\d,]+ on /m,
    );
    assert.match(run.stdout, /^ {2}\d+ of \d+ gaps exact/m);
    assert.ok(run.stdout.includes(`wireshark -Y 'frame.drop_count > 0' ${file}`));
  });

  it('says so where the file cannot be created', async () => {
    const run = await runGapcap(['demo', '-w', join(folder, 'no/x.pcapng')]);
    assert.equal(run.status, 1);
    assert.match(run.stderr, /^gapcap: [^\n]*no\/x\.pcapng[^\n]*ENOENT[^\n]*\n$/);
  });

  it('refuses standard output as its file', async () => {
    const run = await runGapcap(['demo', '-w', '-']);
    assert.equal(run.status, 2);
    assert.match(run.stderr, /^gapcap: demo -w -[^\n]*\n$/);
  });

  it('leaves no interface behind', () => {
    const links = spawnSync('ip', ['-brief', 'link'], { encoding: 'utf8' });
    assert.doesNotMatch(links.stdout, /gapcap-[rt]x/);
  });
});

describe('gapcap demo without a private network', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-cli-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('runs on the model, says so, and says what would allow the real one', async () => {
    // Without util-linux's unshare in the path there is none; for root the path would be the system's.
    const isRoot = process.getuid?.() === 0;
    chmodSync(folder, 0o777);
    const run = await runGapcap(['demo', '--frames', '300000', '--json'], {
      cwd: folder,
      env: { PATH: folder },
      ...(isRoot ? { wrapper: ['/usr/bin/setpriv', '--reuid=65534', '--clear-groups'] } : {}),
    });
    assert.equal(run.status, 0, run.stderr);
    assert.match(
      run.stderr,
      /^gapcap: Can't make a private network: [^\n]*util-linux\.\ngapcap: [^\n]*simulation[^\n]*--simulated\.\n$/,
    );
    const verdict = JSON.parse(run.stdout) as DemoJson;
    assert.equal(verdict.simulated, true);
    assert.equal(verdict.right, true);
    assert.equal(verdict.loss.frames + verdict.missing, 300_000);
    assert.deepEqual(countBlocks(join(folder, 'demo.pcapng')).frames, verdict.loss.frames);
  });

  it('runs on the model where that is asked for, the same each time', async () => {
    const files = ['a.pcapng', 'b.pcapng'];
    for (const file of files) {
      const run = await runGapcap(
        ['demo', '--simulated', '--engine', 'socket', '--frames', '300000', '-w', file],
        { cwd: folder },
      );
      assert.equal(run.status, 0, run.stderr);
      assert.equal(run.stderr, '');
      assert.match(run.stdout, /^Simulating a flood of 300,000 numbered frames\./);
      assert.match(run.stdout, /^ {2}2 of 2 gaps exact$/m);
    }
    const [first, second] = files.map((file) => readFileSync(join(folder, file)));
    assert.ok(first!.equals(second!));
  });
});
