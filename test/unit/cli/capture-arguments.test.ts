import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import {
  addCaptureOptions,
  type CaptureArguments,
  toCaptureOptions,
} from '../../../src/cli/capture-arguments.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import type { CaptureOptions } from '../../../src/index.js';

/** What a session is asked for when these words are typed. */
function optionsFor(...words: string[]): CaptureOptions {
  const command = new Command('capture').exitOverride();
  addCaptureOptions(command);
  command.parse(words, { from: 'user' });
  return toCaptureOptions(command.opts<CaptureArguments>());
}

describe('the options of gapcap capture', () => {
  it('leave to the session what was not given', () => {
    assert.deepEqual(optionsFor('-i', 'eth0'), { interfaceName: 'eth0', promiscuous: true });
  });

  it('have short names', () => {
    const words = '-i eth0 -w x.pcapng -c 10 -a duration:1.5 -B 8 -s 96 -p'.split(' ');
    assert.deepEqual(optionsFor(...words), {
      interfaceName: 'eth0',
      output: 'x.pcapng',
      maxFrames: 10,
      durationMs: 1500,
      bufferSizeBytes: 8_388_608,
      snapshotLength: 96,
      promiscuous: false,
    });
  });

  it('have long names', () => {
    const words = [
      '--interface=eth0',
      '--write=-',
      '--count=10',
      '--autostop=duration:2m',
      '--buffer-size=512k',
      '--snapshot-length=96',
      '--no-promiscuous-mode',
      '--engine=socket',
      '--block-size=256k',
      '--retire=10',
    ];
    assert.deepEqual(optionsFor(...words), {
      interfaceName: 'eth0',
      output: '-',
      maxFrames: 10,
      durationMs: 120_000,
      bufferSizeBytes: 524_288,
      snapshotLength: 96,
      promiscuous: false,
      engine: 'socket',
      blockSizeBytes: 262_144,
      retireMs: 10,
    });
  });

  it('take a snapshot length of 0 as no limit', () => {
    assert.equal(optionsFor('-i', 'lo', '-s', '0').snapshotLength, 262_144);
  });

  it('need an interface', () => {
    assert.throws(() => optionsFor('-c', '1'), UsageError);
  });
});
