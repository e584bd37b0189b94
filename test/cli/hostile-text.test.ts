/** Hostile texts through the built commands: the raw bytes of what they print. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { guardStream, printable, printableJson } from '../../src/cli/terminal-guard.js';
import { safeText } from '../../src/report/safe-text.js';
import { assertNone } from '../support/assert-none.js';
import {
  findHarm,
  HOSTILE_FILE_NAME,
  HOSTILE_TEXTS,
  hostileTextFile,
} from '../support/hostile-text.js';
import { liveSkip, TestNetwork } from '../support/namespace.js';
import { NatsServer } from '../support/nats-server.js';
import { toolSkip } from '../support/tools.js';
import { gapcapPath } from './gapcap-process.js';
import { inLoneNetwork, loneNetworkObstacle } from './lone-network.js';

const AT_THE_SAME_TIME = 3;
/** What terminal-style.ts and live-line.ts write. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const OWN_SEQUENCES = /\x1b\[(?:0|2|33|1;31)m|\r[^\r\n]*\x1b\[K|\x1b\[K/g;
const TABLES = ['gaps', 'flows', 'intervals', 'interfaces', 'summary'];

interface RawRun {
  readonly output: Uint8Array;
  readonly status: number | null;
}

/** Runs a program; both outputs as they are, one after the other. */
function runRaw(command: readonly string[], cwd?: string): Promise<RawRun> {
  return new Promise((fulfil, reject) => {
    const [program, ...args] = command;
    const child = spawn(program!, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
      env: { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm' },
    });
    const pieces: Uint8Array[] = [];
    child.stdout.on('data', (bytes: Uint8Array) => pieces.push(bytes));
    child.stderr.on('data', (bytes: Uint8Array) => pieces.push(bytes));
    child.on('error', reject);
    child.on('close', (status) => fulfil({ output: Buffer.concat(pieces), status }));
  });
}

async function assertHarmless(
  commands: readonly (readonly string[])[],
  run: (args: readonly string[]) => Promise<RawRun>,
  own?: RegExp,
): Promise<void> {
  const wrong: string[] = [];
  const queue = commands.slice();
  const work = async (): Promise<void> => {
    for (let args = queue.shift(); args !== undefined; args = queue.shift()) {
      const { output, status } = await run(args);
      const harm = findHarm(output, own);
      const name = JSON.stringify(args.slice(0, 3));
      if (harm !== undefined) wrong.push(`${name}: ${harm}`);
      if (output.length === 0 && status !== 0) wrong.push(`${name}: status ${status}, no word`);
    }
  };
  await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, work));
  assertNone(wrong);
}

describe('text of a hostile file', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-text-'));
    file = join(folder, HOSTILE_FILE_NAME);
    writeFileSync(file, hostileTextFile());
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Every command that reads a file, in every form of its output. */
  function commandsOn(path: string): string[][] {
    const out = join(folder, `out-${HOSTILE_FILE_NAME}`);
    return [
      ['info', path],
      ['info', '--hash', path],
      ['info', '--json', path],
      ['gaps', '--all', path],
      ['gaps', '--json', path, path],
      ['infer', path],
      ['infer', '--json', path],
      ['show', path],
      ['show', '--around-gaps', '1', '--time', 'epoch', path],
      ['report', '--json', path],
      ...TABLES.map((table) => ['report', '--csv', '--table', table, path]),
      ['report', path, '-o', `${out}.html`],
      ['copy', path, '-w', out],
      ['copy', path, '-F', 'pcap', '-w', `${out}.pcap`],
      ['copy', path, '-i', '\x1b[2J', '-w', `${out}.other`],
      ['merge', path, path, '-w', `${out}.merged`],
      ['heal', path, path, '-w', `${out}.healed`],
      ['heal', '--json', path, path, '-w', `${out}.healed`],
      ['simulate', '--from', path, '--reader-fps', '1', '-q'],
      ['export', '--parquet', join(folder, 'archive'), path],
      ['heal', path, path, '-w', `${out}.healed`],
      ['heal', '--json', path, file, '-w', `${out}.healed`],
    ];
  }

  it('reaches no pipe raw, whatever the command', async () => {
    await assertHarmless(commandsOn(file), (args) =>
      runRaw([process.execPath, gapcapPath, ...args]),
    );
  });

  it('reaches no pipe raw where a file is missing, empty, damaged or a folder', async () => {
    const bad = ['missing', 'empty', 'damaged', 'folder'].map((name) =>
      join(folder, `${name}${HOSTILE_FILE_NAME}`),
    );
    writeFileSync(bad[1]!, '');
    writeFileSync(bad[2]!, hostileTextFile().subarray(0, 5001));
    mkdirSync(bad[3]!);
    const plain = bad.flatMap((path) => commandsOn(path).filter(([name]) => name !== 'export'));
    const each = plain.filter((_, i) => i % 5 === 0);
    const arguments_ = [
      ['capture', '-i', 'e\x1b[2J\u009b'],
      ['capture', '-i', 'lo', '-w', join(folder, '\x1b[2J', 'x')],
      ['capture', '\x1b[2J\u009b31m'],
      ['\x1b[2J\u009b31m'],
      ['gaps', '--\x1b[2J\u202e'],
      ['doctor', '\x1b[2J'],
      ['extcap', '--capture', '--extcap-interface', '\x1b[2J', '--fifo', join(folder, 'none')],
      ['report', file, '-o', join(folder, '\x1b[2J', 'x')],
      ['copy', file, '--frames', '\x1b[2J', '-w', 'x'],
      ['copy', file, '-f', '\x1b[2J', '-w', join(folder, 'x')],
    ];
    await assertHarmless([...each, ...arguments_], (args) =>
      runRaw([process.execPath, gapcapPath, ...args]),
    );
  });

  it('reaches no terminal raw but for colours', { skip: scriptObstacle() }, async () => {
    const commands = commandsOn(file).filter(
      ([name, option]) => name !== 'report' || option === '--csv',
    );
    const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
    await assertHarmless(
      commands,
      (args) => {
        const line = [process.execPath, gapcapPath, ...args].map(quoted).join(' ');
        return runRaw(['script', '-qec', line, '/dev/null']);
      },
      OWN_SEQUENCES,
    );
  });

  it('names no other file than the one that was given', () => {
    const names = readdirSync(folder).filter((name) => !name.includes(HOSTILE_FILE_NAME));
    assert.deepEqual(names.sort(), ['archive']);
  });
});

describe('the name of a hostile interface', { skip: loneNetworkObstacle() }, () => {
  it('reaches no pipe raw', async () => {
    // Anything but a slash, a colon and white space may be in one (net/core/dev.c: dev_valid_name).
    const name = 'e\x1b[2J\u009b1m';
    const setUp = `ip link add '${name}' type dummy && ip link set '${name}' up`;
    const commands = [
      ['interfaces'],
      ['interfaces', '--json'],
      ['doctor'],
      ['doctor', '--json'],
      ['doctor', name],
      ['capture', '-D'],
      ['capture', '-i', name, '-L'],
      ['capture', '-i', name, '-a', 'duration:0.1', '-w', '/dev/null'],
      ['capture', '-i', name, '-a', 'duration:0.1', '--json'],
      ['extcap', '--extcap-interfaces'],
    ];
    await assertHarmless(commands, (args) =>
      runRaw([...inLoneNetwork(setUp), process.execPath, gapcapPath, ...args]),
    );
  });
});

describe('what hostile sensors tell a fleet', {
  skip: liveSkip() || toolSkip('nats-server'),
}, () => {
  let network: TestNetwork;
  let folder: string;
  let url: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-hostile-'));
    network = new TestNetwork();
    const server = new NatsServer(network, folder);
    await server.start();
    ({ url } = server);
    const main = fileURLToPath(new URL('../support/hostile-sensors-main.js', import.meta.url));
    network.exec(network.receiver, process.execPath, main, url);
  });
  after(() => {
    network[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const inside = (...command: readonly string[]): string[] => [
    ...['ip', 'netns', 'exec', network.receiver.namespace],
    ...command,
  ];
  const fleet = (...args: readonly string[]): string[] => [
    ...[process.execPath, gapcapPath, 'fleet', ...args],
  ];

  it('is there, each sensor of it', async () => {
    const { output, status } = await runRaw(inside(...fleet(url, '--json')));
    assert.equal(status, 0);
    const { sensors } = JSON.parse(Buffer.from(output).toString()) as { sensors: unknown[] };
    assert.equal(sensors.length, HOSTILE_TEXTS.length);
  });

  it('reaches no pipe raw', async () => {
    await assertHarmless(
      [
        [url],
        [url, '--once'],
        [url, '--json'],
        [`nats://\x1b[2J\u009b:x@127.0.0.1:1`],
        ['nats://\x1b[2J\u009b'],
        [url, '--nats-stream', '\x1b[2J'],
        [url, '--nats-creds', '/\x1b[2J\u009b'],
      ],
      (args) => runRaw(inside(...fleet(...args))),
    );
    for (const option of ['--follow', '--look-back=1ms']) {
      const endless = ['timeout', '-s', 'INT', '4', ...fleet(url, option)];
      const { output } = await runRaw(inside(...endless));
      assert.ok(output.length > 0, option);
      assert.equal(findHarm(output), undefined, option);
    }
  });

  it('reaches no terminal raw but for colours, and how the table is redrawn', {
    skip: scriptObstacle(),
  }, async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const redrawn = /\x1b\[(?:0|2|33|1;31)m|\x1b\[[HJK]/g;
    for (const option of ['--once', '--look-back=10m']) {
      const line = ['timeout', '-s', 'INT', '4', ...fleet(url, option)].join(' ');
      const { output } = await runRaw(inside('script', '-qec', line, '/dev/null'));
      const text = Buffer.from(output).toString().replaceAll('^C', '');
      assert.match(text, /sensor +interface/);
      assert.equal(findHarm(Buffer.from(text), redrawn), undefined, option);
    }
  });
});

describe('the gate before the terminal', () => {
  it('makes visible what reports make visible, for every character', () => {
    for (let code = 0; code <= 0xffff; code++) {
      const text = `a${String.fromCharCode(code)}b`;
      const kept = code === 0x09 || code === 0x0a;
      assert.equal(printable(text, false), kept ? text : safeText(text), `U+${code.toString(16)}`);
      assert.equal(printable(text, true), kept ? text : safeText(text), `U+${code.toString(16)}`);
    }
  });

  it('lets pass on a terminal what gapcap writes itself, and nothing that looks alike', () => {
    const own = '\r\x1b[1;31mlost\x1b[0m \x1b[2mfaint\x1b[0m\x1b[K';
    assert.equal(printable(own, true), own);
    assert.equal(printable(own, false).includes('\x1b'), false);
    for (const alien of ['\x1b[31m', '\x1b[2J', '\x1b[1;31H', '\x1b[8m', '\rx', 'x\ry\x1b[K']) {
      assert.notEqual(printable(alien, true), alien);
    }
  });

  it('writes JSON that says the same without them', () => {
    const value = { '\x7f\u009b': ['\u202e\u2028\ufeff\ud800', '\\u009b', 'ä€😀'] };
    const text = printableJson(value);
    assert.equal(findHarm(Buffer.from(text)), undefined);
    assert.deepEqual(JSON.parse(text), value);
    assert.match(text, /ä€😀/);
  });

  it('lets bytes pass as they are', () => {
    const written: unknown[] = [];
    const stream = { write: (chunk: unknown): boolean => written.push(chunk) > 0 };
    guardStream(stream as never);
    const bytes = Uint8Array.of(0x1b, 0x9b);
    (stream.write as (chunk: unknown) => boolean)(bytes);
    (stream.write as (chunk: unknown) => boolean)('\x1b');
    assert.deepEqual(written, [bytes, '\\x1b']);
  });
});

/** Why no terminal can be had for a command. */
function scriptObstacle(): string | false {
  const trial = spawnSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' });
  return trial.status === 0 ? false : 'needs script (util-linux)';
}
