import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gapcapPath, runGapcap } from './gapcap-process.js';
import { backgroundSender, inLoneNetwork, loneNetworkObstacle } from './lone-network.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-extcap-'));
after(() => rmSync(folder, { recursive: true }));

const extcap = (...args: string[]) => runGapcap(['extcap', ...args]);

/** A line of the grammar as its word and its arguments. */
function parseLine(line: string): { word: string; values: Map<string, string> } {
  const [, word, rest] = /^(\w+) ((?:\{[a-z]+=[^{}]*\})+)$/.exec(line) ?? assert.fail(line);
  const pairs = [...rest!.matchAll(/\{([a-z]+)=([^{}]*)\}/g)];
  return { word: word!, values: new Map(pairs.map(([, key, value]) => [key!, value!])) };
}

describe('gapcap extcap, called by Wireshark', () => {
  it('lists itself, its interfaces and its toolbar in the grammar, and nothing else', async () => {
    const run = await extcap('--extcap-interfaces', '--extcap-version=4.0');
    assert.equal(run.status, 0);
    assert.equal(run.stderr, '');
    const lines = run.stdout.trimEnd().split('\n').map(parseLine);
    assert.equal(lines[0]!.word, 'extcap');
    assert.equal(lines[0]!.values.get('version'), '0.1.0');
    const controls = lines.filter(({ word }) => word === 'control');
    assert.deepEqual(
      controls.map(({ values }) => [values.get('number'), values.get('type'), values.get('role')]),
      [
        ['0', 'string', undefined],
        ['1', 'button', 'logger'],
      ],
    );
    const named = lines.filter(({ word }) => word === 'interface');
    for (const { values } of named) assert.match(values.get('value')!, /^gapcap-/);
  });

  it('says the link type by the number that programs have for it', async () => {
    const run = await extcap('--extcap-dlts', '--extcap-interface', 'gapcap-any');
    assert.equal(
      run.stdout,
      'dlt {number=276}{name=LINUX_SLL2}{display=Linux cooked-mode capture v2}\n',
    );
  });

  it('describes a dialog whose defaults its own options take', async () => {
    const run = await extcap('--extcap-config', '--extcap-interface', 'gapcap-any');
    assert.equal(run.status, 0);
    const lines = run.stdout.trimEnd().split('\n').map(parseLine);
    const args = lines.filter(({ word }) => word === 'arg').map(({ values }) => values);
    assert.deepEqual(
      args.map((values) => values.get('call')),
      ['--snapshot-length', '--buffer-size', '--engine', '--promiscuous'],
    );
    const defaults = args.flatMap((values) => [values.get('call')!, values.get('default')!]);
    // A call that does nothing but read its options.
    const taken = await extcap('--extcap-reload-option', 'x', ...defaults);
    assert.equal(taken.status, 0, taken.stderr);
    assert.equal(taken.stdout, '');
  });

  it('says why a filter is bad, and nothing of a good one', async () => {
    const check = (filter: string) =>
      extcap('--extcap-interface', 'gapcap-any', '--extcap-capture-filter', filter);
    const good = await check('udp port 53');
    assert.deepEqual([good.stdout, good.status], ['', 0]);
    const bad = await check('udp port');
    assert.match(bad.stdout, /^Can't compile the filter 'udp port': .*syntax error/);
    assert.equal(bad.status, 0);
  });

  it('takes what a newer Wireshark may add', async () => {
    const run = await extcap('--extcap-cleanup-postkill', '--extcap-novelty', 'x');
    assert.deepEqual([run.stdout, run.status], ['', 0]);
  });

  it('says what is missing where a call makes no sense', async () => {
    assert.match((await extcap('--extcap-dlts')).stderr, /--extcap-interface NAME is missing/);
    const run = await extcap('--capture', '--extcap-interface', 'gapcap-lo');
    assert.equal(run.status, 2);
    assert.match(run.stderr, /--capture needs --fifo PIPE/);
  });
});

describe('gapcap extcap --install', () => {
  it('makes a program that answers as gapcap extcap does, and takes it away again', async () => {
    const place = join(folder, 'a folder', 'extcap');
    const install = await extcap('--install', '--dir', place);
    const path = join(place, 'gapcap');
    assert.equal(install.stdout, `installed: ${path}\n`);
    assert.equal(statSync(path).mode & 0o777, 0o755);
    assert.equal((await extcap('--install', '--dir', place)).status, 0, 'again');
    const said = execFileSync(path, ['--extcap-dlts', '--extcap-interface', 'gapcap-any']);
    assert.match(said.toString(), /^dlt \{number=276\}/);
    assert.equal((await extcap('--uninstall', '--dir', place)).stdout, `removed: ${path}\n`);
    assert.equal((await extcap('--uninstall', '--dir', place)).stdout, 'not installed\n');
  });

  it('leaves alone what others have put there', async () => {
    const place = join(folder, 'others');
    mkdirSync(place);
    writeFileSync(join(place, 'gapcap'), 'mine');
    const install = await extcap('--install', '--dir', place);
    assert.equal(install.status, 2);
    assert.match(install.stderr, /isn't gapcap's/);
    assert.equal((await extcap('--uninstall', '--dir', place)).stdout, 'not installed\n');
    assert.equal(readFileSync(join(place, 'gapcap'), 'utf8'), 'mine');
  });
});

/** Wireshark's end of the pipes, by the layout in its manual; shares no code with gapcap. */
class FakeWireshark {
  readonly fifo = join(folder, 'frames');
  readonly toExtcap = join(folder, 'to-extcap');
  readonly fromExtcap = join(folder, 'from-extcap');
  readonly #write: number;
  readonly #read: number;
  readonly packets: { control: number; command: number; text: string }[] = [];
  #bytes: Buffer = Buffer.alloc(0);

  constructor() {
    execFileSync('mkfifo', [this.fifo, this.toExtcap, this.fromExtcap]);
    this.#write = openSync(this.toExtcap, constants.O_RDWR | constants.O_NONBLOCK);
    this.#read = openSync(this.fromExtcap, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** In two pieces, as pipes may deliver. */
  sayReady(): void {
    const value = Buffer.from('540000020001', 'hex');
    const ready = Buffer.from('54 000002 00 00'.replaceAll(' ', ''), 'hex');
    const all = Buffer.concat([value, ready]);
    writeSync(this.#write, all.subarray(0, 8));
    writeSync(this.#write, all.subarray(8));
  }

  listen(): void {
    const piece = Buffer.alloc(65_536);
    for (;;) {
      try {
        const length = readSync(this.#read, piece);
        this.#bytes = Buffer.concat([this.#bytes, piece.subarray(0, length)]);
      } catch {
        break;
      }
    }
    while (this.#bytes.length >= 6) {
      assert.equal(this.#bytes.toString('latin1', 0, 1), 'T');
      const length = this.#bytes.readUIntBE(1, 3);
      const text = this.#bytes.toString('utf8', 6, 4 + length);
      this.packets.push({ control: this.#bytes[4]!, command: this.#bytes[5]!, text });
      this.#bytes = this.#bytes.subarray(4 + length);
    }
  }

  close(): void {
    closeSync(this.#write);
    closeSync(this.#read);
  }
}

describe('gapcap extcap, talking to the toolbar', { skip: loneNetworkObstacle() }, () => {
  it('says nothing until it may, then what is lost, and lists each gap', async () => {
    const wireshark = new FakeWireshark();
    const [program, ...rest] = inLoneNetwork(backgroundSender(0));
    const args = ['extcap', '--capture', '--extcap-interface', 'gapcap-lo'];
    const pipes = [
      ...['--fifo', wireshark.fifo, '--extcap-control-in', wireshark.toExtcap],
      ...['--extcap-control-out', wireshark.fromExtcap, '--engine', 'socket', '--buffer-size'],
      ...['0.1M'],
    ];
    const child = spawn(program!, [...rest, process.execPath, gapcapPath, ...args, ...pipes], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const reader = spawn('cat', [wireshark.fifo], { stdio: ['ignore', 'pipe', 'inherit'] });
    let bytes = 0;
    reader.stdout.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    while (bytes === 0) await sleep(20);
    await sleep(600);
    wireshark.listen();
    assert.deepEqual(wireshark.packets, [], 'the toolbar was not ready');
    wireshark.sayReady();
    await sleep(600);
    child.kill('SIGSTOP');
    await sleep(700);
    child.kill('SIGCONT');
    await sleep(900);
    child.kill('SIGTERM');
    assert.equal(await ended, 0, stderr);
    wireshark.listen();
    wireshark.close();
    const of = (control: number, command: number): string[] =>
      wireshark.packets
        .filter((one) => one.control === control && one.command === command)
        .map(({ text }) => text);
    assert.deepEqual(of(0, 5), [''], 'the line of text is for reading');
    const lost = of(0, 1);
    assert.match(lost.at(-1)!, /^[1-9][\d,]* in \d+ gaps?$/);
    const log = of(1, 2).join('');
    assert.match(
      log,
      /^(?:[\d,]+ to )?[\d,]+ frames? lost between frames [\d,]+ and [\d,]+ on lo .*$/m,
    );
    assert.ok(log.endsWith('\n'));
    assert.equal(of(0, 6).length, 1, 'the status bar tells of the first loss, once');
    assert.match(of(0, 6)[0]!, /^gapcap: [\d,]+ frames? lost .*frame\.drop_count > 0/);
  });

  it('ends when nobody reads the pipe any more', async () => {
    const fifo = join(folder, 'left');
    execFileSync('mkfifo', [fifo]);
    const args = ['extcap', '--capture', '--extcap-interface', 'gapcap-lo', '--fifo', fifo];
    const reader = spawn('head', ['-c', '500', fifo], { stdio: 'ignore' });
    const run = await runGapcap(args, { wrapper: inLoneNetwork(backgroundSender(5)) });
    assert.deepEqual([run.status, run.stderr], [0, '']);
    reader.kill();
  });
});
