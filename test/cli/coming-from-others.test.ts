/** The tables of docs/cli.md for people who come from other tools, against the command line's own parser. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type CaptureArguments, toCaptureOptions } from '../../src/cli/capture-arguments.js';
import { describeProgram } from '../../src/cli/program.js';
import { PROJECT_ROOT } from '../support/project-files.js';

/** The lines of both tables: what people typed, what to type. */
function tableRows(): [theirs: string, ours: string][] {
  const page = readFileSync(join(PROJECT_ROOT, 'docs/cli.md'), 'utf8');
  const [, section] = /^## Coming from dumpcap or tcpdump\n(.*?)^## /ms.exec(page)!;
  return [...section!.matchAll(/^\| `(.+)` \| `(.+)` \|$/gm)].map(([, theirs, ours]) => [
    theirs!.replaceAll('\\|', '|'),
    ours!.replaceAll('\\|', '|'),
  ]);
}

/** The words of a line without escapes, as a shell takes them. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

/** The gapcap commands of a line, without the programs that they are piped into. */
function commandsOf(line: string): string[][] {
  return line
    .split(' | ')
    .map(wordsOf)
    .filter(([program]) => program === 'gapcap')
    .map((words) => words.slice(1));
}

/** Parses a command line and does nothing else; throws where it wouldn't be obeyed. */
async function parse(words: readonly string[]): Promise<void> {
  const program = await describeProgram();
  program.exitOverride();
  for (const command of program.commands) {
    command.exitOverride().action(() => {
      if (command.name() === 'capture') checkCapture(command.opts<CaptureArguments>());
    });
  }
  await program.parseAsync(words, { from: 'user' });
}

function checkCapture(given: CaptureArguments): void {
  assert.ok(toCaptureOptions(given).interfaces.length > 0);
}

describe('the tables for people who come from dumpcap or tcpdump', () => {
  const rows = tableRows();

  it('have lines of both, and of the tools that come with them', () => {
    const programs = new Set(rows.map(([theirs]) => theirs.split(' ')[0]));
    const known = ['dumpcap', 'capinfos', 'editcap', 'mergecap', 'tcpdump'];
    assert.deepEqual(programs, new Set(known));
    assert.ok(rows.length >= 40);
  });

  for (const [theirs, ours] of rows) {
    it(`understands '${ours}' (${theirs})`, async () => {
      const commands = commandsOf(ours);
      assert.ok(commands.length > 0);
      for (const words of commands) await parse(words);
    });
  }

  it('would not understand a line with an option that there is not', async () => {
    await assert.rejects(parse(['capture', '-i', 'eth0', '-G', '3600']));
    await assert.rejects(parse(['show', 'x.pcap', '-w', 'y.pcap']));
  });
});
