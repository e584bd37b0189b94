import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import {
  type AskedCapture,
  addCaptureOptions,
  type CaptureArguments,
  toCaptureOptions,
} from '../../../src/cli/capture-arguments.js';
import { chosenInterfaces } from '../../../src/cli/capture-interfaces.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import { fakeInterface } from '../../support/fake-source.js';

/** What commander makes of these words. */
function argumentsFor(...words: string[]): CaptureArguments {
  const command = new Command('capture').exitOverride();
  addCaptureOptions(command);
  command.parse(words, { from: 'user' });
  return command.opts<CaptureArguments>();
}

/** What a session is asked for when these words are typed. */
function optionsFor(...words: string[]): AskedCapture {
  return toCaptureOptions(argumentsFor(...words));
}

function interfacesFor(words: string): AskedCapture['interfaces'] {
  return optionsFor(...words.split(' ')).interfaces;
}

describe('the options of gapcap capture', () => {
  it('leave to the session what was not given', () => {
    assert.deepEqual(optionsFor('-i', 'eth0'), {
      interfaces: [{ interfaceName: 'eth0', promiscuous: true }],
    });
  });

  it('have short names', () => {
    const words = '-i eth0 -w x.pcapng -c 10 -a duration:1.5 -B 8 -s 96 -p'.split(' ');
    assert.deepEqual(optionsFor(...words), {
      interfaces: [
        {
          interfaceName: 'eth0',
          bufferSizeBytes: 8_388_608,
          snapshotLength: 96,
          promiscuous: false,
        },
      ],
      output: 'x.pcapng',
      maxFrames: 10,
      durationMs: 1500,
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
      interfaces: [
        {
          interfaceName: 'eth0',
          bufferSizeBytes: 524_288,
          snapshotLength: 96,
          promiscuous: false,
          engine: 'socket',
          blockSizeBytes: 262_144,
          retireMs: 10,
        },
      ],
      output: '-',
      maxFrames: 10,
      durationMs: 120_000,
    });
  });

  it('take a snapshot length of 0 as no limit', () => {
    assert.equal(interfacesFor('-i lo -s 0')[0]!.snapshotLength, 262_144);
  });

  it('need an interface', () => {
    assert.throws(() => optionsFor('-c', '1'), UsageError);
  });

  it('belong to the interface before them, and before the first to all', () => {
    assert.deepEqual(interfacesFor('-s 96 -i eth0 -B 8 -p -i eth1 -s 128 --engine socket -i any'), [
      { interfaceName: 'eth0', promiscuous: false, snapshotLength: 96, bufferSizeBytes: 8_388_608 },
      { interfaceName: 'eth1', promiscuous: true, snapshotLength: 128, engine: 'socket' },
      { interfaceName: 'any', promiscuous: true, snapshotLength: 96 },
    ]);
  });

  it('let -p before the first interface hold for all', () => {
    const promiscuous = interfacesFor('-p -i eth0 -i eth1').map((one) => one.promiscuous);
    assert.deepEqual(promiscuous, [false, false]);
  });

  it('name and describe the interface before them', () => {
    const words = '-i eth0 --ifname uplink -i eth1 -i eth2 --ifdescr cable';
    const { describe: rename } = optionsFor(...words.split(' '));
    const said = [0, 1, 2].map((id) => rename?.(fakeInterface(id)));
    assert.deepEqual(
      said.map((one) => [one?.name, one?.description]),
      [
        ['uplink', fakeInterface(0).description],
        [fakeInterface(1).name, fakeInterface(1).description],
        [fakeInterface(2).name, 'cable'],
      ],
    );
  });

  for (const words of ['--ifname x -i eth0', '--ifdescr x -i eth0']) {
    it(`have no interface to name in '${words}'`, () => {
      assert.throws(() => interfacesFor(words), /no interface stands before it/);
    });
  }

  it('take a filter of one interface in place of the default, whatever its kind', () => {
    const chosen = chosenInterfaces(
      argumentsFor(...'-f arp -i eth0 -i eth1 -f udp -i eth2 --bpf-file x.bpf'.split(' ')),
    );
    assert.deepEqual(
      chosen.map(({ filter, bpfFile }) => [filter, bpfFile]),
      [
        ['arp', undefined],
        ['udp', undefined],
        [undefined, 'x.bpf'],
      ],
    );
  });

  it('refuse blocks that do not fit twice into the ring', () => {
    assert.throws(
      () => interfacesFor('-i eth0 --block-size 1G'),
      /no room for two blocks of 1 GiB/,
    );
    assert.throws(() => interfacesFor('-i eth0 -B 1 --block-size 1M'), /ring of 1 MiB/);
    assert.equal(interfacesFor('-i eth0 -B 2 --block-size 1M')[0]!.blockSizeBytes, 1_048_576);
  });
});
