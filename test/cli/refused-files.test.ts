/** A file that is named and can't be read or written: what is wrong with it, and what to do, whichever command it is. */

import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { toolSkip } from '../support/tools.js';
import { type RunOptions, runGapcap } from './gapcap-process.js';
import { pcapngFile } from './pcapng-file.js';

/** Nobody listens there: the files are read before. */
const URL = 'nats://127.0.0.1:1';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-refused-'));
after(() => rmSync(folder, { recursive: true }));
before(() => {
  writeFileSync(join(folder, 'good.pcapng'), pcapngFile('eth0', [{ timeNs: 1n }]));
  writeFileSync(join(folder, 'empty'), '');
  writeFileSync(join(folder, 'notes'), 'no program\n');
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'closed'), 'x');
  chmodSync(join(folder, 'closed'), 0);
});

/** Fails with this status and these sentences, in one line. */
async function refuses(
  args: readonly string[],
  sentences: string,
  status: number = 1,
  options: RunOptions = {},
): Promise<void> {
  const run = await runGapcap(args, { cwd: folder, ...options });
  const shown = `gapcap ${args.join(' ')}`;
  assert.equal(run.stderr, `gapcap: ${sentences}\n`, shown);
  assert.equal(run.status, status, shown);
}

const COPY = ['copy', 'good.pcapng', '-w', 'out.pcapng', '--anonymise', '--key-file'];
const CAPTURE = ['capture', '-i', 'lo', '-w', 'out.pcapng'];

/** Every way to name a file that is read, the file's name to be added at the end. */
const CAPTURE_READERS: readonly (readonly string[])[] = [
  ['gaps'],
  ['show'],
  ['info'],
  ['info', '--hash'],
  ['infer'],
  ['report', '-o', 'out.html'],
  ['copy', '-w', 'out.pcapng'],
  ['merge', 'good.pcapng', '-w', 'out.pcapng'],
  ['heal', 'good.pcapng', '-w', 'out.pcapng'],
  ['export', '--parquet', 'archive'],
  ['simulate', '--from'],
];
const OTHER_READERS: readonly (readonly string[])[] = [
  COPY,
  [...CAPTURE, '--filter-file'],
  [...CAPTURE, '--bpf-file'],
  [...CAPTURE, '--publish', URL, '--nats-login'],
  ['fleet', URL, '--nats-login'],
  ['fleet', URL, '--nats-creds'],
  ['fleet', URL, '--nats-ca'],
];

describe('a file to be read', () => {
  it('that is not there is named, with what to check', async () => {
    const say = (verb: string): string =>
      `Can't ${verb} absent: there is no such file or folder (ENOENT). Check the name, and that its folder is there.`;
    for (const args of CAPTURE_READERS) await refuses([...args, 'absent'], say('open'));
    for (const args of OTHER_READERS) await refuses([...args, 'absent'], say('read'));
    await refuses(['heal', 'absent', 'good.pcapng', '-w', 'out.pcapng'], say('open'));
    const both = ['fleet', URL, '--nats-cert', 'absent', '--nats-key', 'absent'];
    await refuses(both, say('read'));
  });

  it('that is a folder is named, and called one', async () => {
    const sentences = "Can't read folder: it is a folder (EISDIR). Name a file in it.";
    for (const args of [
      ['gaps'],
      ['heal', 'good.pcapng', '-w', 'out.pcapng'],
      ['export', '--parquet', 'archive'],
      ...OTHER_READERS,
    ]) {
      await refuses([...args, 'folder'], sentences);
    }
  });

  const isRoot = process.geteuid?.() === 0;
  it('that may not be read is named, with what to change', {
    skip: isRoot && toolSkip('setpriv'),
  }, async () => {
    // Root without the right to read what it has forbidden to itself.
    const rights = '--bounding-set=-dac_override,-dac_read_search';
    const options = isRoot ? { wrapper: ['setpriv', rights, '--inh-caps=-all'] } : {};
    const say = (verb: string): string =>
      `Can't ${verb} closed: permission denied (EACCES). Change its permissions, or name one that this user may use.`;
    await refuses(['gaps', 'closed'], say('open'), 1, options);
    await refuses(['export', 'closed', '--parquet', 'archive'], say('open'), 1, options);
    await refuses([...COPY, 'closed'], say('read'), 1, options);
    await refuses(['fleet', URL, '--nats-login', 'closed'], say('read'), 1, options);
  });

  it('that is empty is named, with what it should have', async () => {
    const next = 'Capture or copy it again: even a capture without frames has a header.';
    await refuses(['gaps', 'empty'], `empty is empty. ${next}`);
    await refuses(['gaps', '-'], `Standard input is empty. ${next}`);
    await refuses([...COPY, 'empty'], 'empty is empty. Put a key into it.', 2);
    const hint = "Programs are what 'tcpdump -ddd EXPRESSION' prints.";
    const program = [...CAPTURE, '--bpf-file'];
    await refuses([...program, 'empty'], `empty: This is no filter program: it is empty. ${hint}`);
    const notes = `notes: This is no filter program, line 1: 'no program' is no count of instructions. ${hint}`;
    await refuses([...program, 'notes'], notes);
  });
});

describe('a file to be written', () => {
  it('is named where it is a folder, or its folder is not there', async () => {
    const absent =
      "Can't open absent/x: there is no such file or folder (ENOENT). Check the name, and that its folder is there.";
    const closed = "Can't open folder: it is a folder (EISDIR). Name a file in it.";
    const report = ['report', 'good.pcapng', '-o'];
    await refuses([...report, 'absent/x'], absent);
    await refuses([...report, 'folder'], closed);
    const names = [...CAPTURE, '-b', 'filesize:1000', '-b'];
    await refuses([...names, 'printname:absent/x'], absent);
    await refuses([...names, 'printname:folder'], closed);
  });

  it('in an archive is named where a part of its path is no folder; no right to capture is asked for', async () => {
    const run = await runGapcap(['export', 'good.pcapng', '--parquet', 'notes'], { cwd: folder });
    assert.match(
      run.stderr,
      /^gapcap: Can't create notes\/\S+: a part of that path is no folder \(ENOTDIR\)\. Check the folders in it\.\n$/,
    );
    assert.equal(run.status, 1);
  });
});

describe('a full disk', () => {
  const NO_SPACE = 'there is no space left (ENOSPC). Free some, or name one elsewhere.';

  it('is told with the name of what was written to, be it standard output', async () => {
    const full = openSync('/dev/full', 'w');
    try {
      for (const args of [
        ['info', 'good.pcapng'],
        ['gaps', '--json', 'good.pcapng'],
        ['show', 'good.pcapng'],
        ['report', 'good.pcapng', '--csv'],
        ['report', 'good.pcapng', '-o', '-'],
      ]) {
        const sentences = `Can't write to standard output: ${NO_SPACE}`;
        await refuses(args, sentences, 1, { stdio: ['ignore', full, 'pipe'] });
      }
    } finally {
      closeSync(full);
    }
    await refuses(
      ['report', 'good.pcapng', '-o', '/dev/full'],
      `Can't write to /dev/full: ${NO_SPACE}`,
    );
  });
});
