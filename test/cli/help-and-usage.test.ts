import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { commandList } from '../../src/cli/command-list.js';
import { runGapcap } from './gapcap-process.js';

const packageVersion = (
  JSON.parse(readFileSync(new URL(import.meta.resolve('gapcap/package.json')), 'utf8')) as {
    version: string;
  }
).version;

/** Asserts exit status 2, nothing on stdout, and one line on stderr that starts with the name. */
async function refuses(args: readonly string[], ...patterns: readonly RegExp[]): Promise<void> {
  const run = await runGapcap(args);
  assert.equal(run.status, 2, run.stderr);
  assert.equal(run.stdout, '');
  assert.match(run.stderr, /^gapcap: [^\n]+\.?\n$/);
  for (const pattern of patterns) assert.match(run.stderr, pattern);
}

describe('gapcap --help', () => {
  it('is what gapcap alone prints, with every command and its summary', async () => {
    const alone = await runGapcap([]);
    const asked = await runGapcap(['--help']);
    assert.equal(alone.status, 0);
    assert.equal(asked.status, 0);
    assert.equal(alone.stdout, asked.stdout);
    assert.equal(alone.stderr, '');
    for (const { name, summary } of commandList) {
      const start = alone.stdout.indexOf(`\n  ${name} `);
      assert.ok(start >= 0, name);
      const words = alone.stdout.slice(start).replace(/\s+/g, ' ');
      assert.ok(words.includes(summary), name);
    }
  });

  for (const { name } of commandList) {
    it(`shows examples of ${name}`, async () => {
      const asked = await runGapcap([name, '--help']);
      assert.equal(asked.status, 0);
      assert.equal(asked.stderr, '');
      assert.match(asked.stdout, /\nExamples:\n/);
      const examples = asked.stdout.slice(asked.stdout.indexOf('\nExamples:\n'));
      assert.ok(examples.includes(`gapcap ${name}`));
      const viaHelp = await runGapcap(['help', name]);
      assert.equal(viaHelp.stdout, asked.stdout);
      assert.ok(Math.max(...asked.stdout.split('\n').map((line) => line.length)) <= 80);
    });
  }
});

describe('gapcap --version', () => {
  it('prints the version of the package', async () => {
    for (const option of ['-V', '--version']) {
      const run = await runGapcap([option]);
      assert.deepEqual(run, {
        status: 0,
        signal: null,
        stdout: `${packageVersion}\n`,
        stderr: '',
      });
    }
  });
});

describe('a wrong command line', () => {
  it('names the nearest command', async () => {
    await refuses(['captrue'], /unknown command 'captrue'.*'gapcap capture'/);
    await refuses(['help', 'gap'], /'gapcap gaps'/);
  });

  it('lists the commands where none is near', async () => {
    await refuses(['frobnicate'], /The commands are capture, gaps, .*interfaces, .*demo/);
  });

  it('names the nearest option', async () => {
    await refuses(['gaps', '--jsno', 'x'], /unknown option '--jsno'.*'--json'/);
    await refuses(['capture', '--interfaces', 'lo'], /'--interface'/);
    await refuses(['--verison'], /'--version'/);
  });

  it('points to the help where no option is near', async () => {
    await refuses(['gaps', '--frobnicate'], /'gapcap gaps --help'/);
    await refuses(['-Z'], /'gapcap --help'/);
  });

  it('says which argument is missing', async () => {
    await refuses(['capture'], /needs an interface: -i IF.*'gapcap interfaces'/);
    await refuses(['gaps'], /FILE/i);
    await refuses(['capture', '-i'], /argument missing/);
  });

  it('refuses arguments that no command takes', async () => {
    await refuses(['interfaces', 'eth0'], /too many arguments/);
  });
});
