import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runGapcap } from './gapcap-process.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-completion-'));
after(() => rmSync(folder, { recursive: true }));
before(() => {
  writeFileSync(join(folder, 'one two.pcapng'), '');
  mkdirSync(join(folder, 'inner'));
});

async function scriptFor(shell: string): Promise<string> {
  const { stdout, status } = await runGapcap(['completion', shell]);
  assert.equal(status, 0);
  const path = join(folder, `gapcap.${shell}`);
  writeFileSync(path, stdout);
  return path;
}

/** Not every system has every shell, and none of them is needed for anything else. */
function shellMissing(shell: string): string | false {
  return spawnSync(shell, ['-c', 'true']).error === undefined ? false : `needs ${shell}`;
}

function run(program: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', cwd: folder });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

describe('gapcap completion bash', { skip: shellMissing('bash') }, () => {
  let script: string;
  before(async () => {
    script = await scriptFor('bash');
  });

  /** What bash offers for the last of these words. */
  function complete(...words: string[]): string[] {
    const program = `
      source "$1"; shift
      [[ $(complete -p gapcap) == 'complete -F _gapcap gapcap' ]] || exit 1
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      _gapcap
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const text = run('bash', '-c', program, 'bash', script, 'gapcap', ...words);
    return text.split('\n').filter((line) => line !== '');
  }

  it('offers the commands, and the program options', () => {
    assert.deepEqual(complete('ga'), ['gaps']);
    assert.ok(complete('').includes('capture'));
    assert.deepEqual(complete('--ver'), ['--version']);
    assert.deepEqual(complete('help', 'inf'), ['infer', 'info']);
  });

  it("offers a command's own options", () => {
    assert.deepEqual(complete('capture', '--snap'), ['--snapshot-length']);
    assert.deepEqual(complete('gaps', '--'), ['--json', '--all', '--max-expansion', '--help']);
  });

  it('offers interfaces after -i, and any', () => {
    assert.deepEqual(complete('capture', '-i', 'an'), ['any']);
    assert.deepEqual(complete('capture', '-i', 'lo'), ['lo']);
  });

  it('offers files whole where a file belongs, folders where a folder does', () => {
    assert.deepEqual(complete('gaps', 'on'), ['one two.pcapng']);
    assert.deepEqual(complete('capture', '-w', 'on'), ['one two.pcapng']);
    assert.deepEqual(complete('extcap', '--dir', ''), ['inner']);
    assert.deepEqual(complete('completion', 'z'), ['zsh']);
  });

  it('offers nothing where only the user can know', () => {
    assert.deepEqual(complete('capture', '-c', ''), []);
  });
});

describe('gapcap completion zsh', { skip: shellMissing('zsh') }, () => {
  it('is a script that zsh takes as the completion of gapcap', async () => {
    const script = await scriptFor('zsh');
    const program = `autoload -U compinit; compinit -u -D -d ${folder}/dump; source "$1"; print -- $_comps[gapcap]`;
    assert.equal(run('zsh', '-fc', program, 'zsh', script), '_gapcap\n');
  });

  it('completes on a terminal', async () => {
    const script = await scriptFor('zsh');
    const program = `
      zmodload zsh/zpty
      zpty -b shell zsh -f
      zpty -w shell "PS1='>'; autoload -U compinit; compinit -u -D -d ${folder}/dump2; source ${script}"
      zpty -w shell "bindkey '^I' complete-word; cd ${folder}"
      zpty -n -w shell $'gapcap capture --snap\\t'
      for i in {1..50}; do
        zpty -r -t shell part && text+=$part
        [[ $text == *--snapshot-length* ]] && break
        sleep 0.2
      done
      print -rn -- $text
      zpty -d shell`;
    assert.match(run('zsh', '-fc', program), /--snapshot-length/);
  });
});

describe('gapcap completion fish', { skip: shellMissing('fish') }, () => {
  let script: string;
  before(async () => {
    script = await scriptFor('fish');
  });

  function complete(line: string): string[] {
    const home = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
    const { stdout, stderr } = spawnSync(
      'fish',
      ['--no-config', '-c', `source ${script}; complete -C ${JSON.stringify(line)}`],
      { encoding: 'utf8', cwd: folder, env: { ...process.env, ...home } },
    );
    assert.equal(stderr, '');
    return stdout
      .trimEnd()
      .split('\n')
      .map((one) => one.split('\t')[0]!);
  }

  it('offers commands, options, interfaces and files', () => {
    assert.deepEqual(complete('gapcap ga'), ['gaps']);
    assert.deepEqual(complete('gapcap capture --snap'), ['--snapshot-length']);
    assert.deepEqual(complete('gapcap capture -i an'), ['any']);
    assert.ok(complete('gapcap gaps on').includes('one two.pcapng'));
    assert.deepEqual(complete('gapcap completion z'), ['zsh']);
  });
});

describe('gapcap completion', () => {
  it('names the shells there are where asked for another', async () => {
    const { status, stderr } = await runGapcap(['completion', 'tcsh']);
    assert.equal(status, 2);
    assert.match(stderr, /bash, zsh, fish/);
  });
});
