import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type FileFacts, readFileFacts } from '../../../src/analysis/file-facts.js';
import { infoText } from '../../../src/report/info-text.js';
import {
  block,
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  type Field,
  interfaceDescription,
  option,
  sectionHeader,
} from '../../support/block-bytes.js';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-info-text-'));
});
after(() => rmSync(folder, { recursive: true }));

const START_NS = 1_795_355_060_089_260_729n;

function factsOf(...parts: readonly Uint8Array[]): FileFacts {
  const path = join(folder, 'x.pcapng');
  writeFileSync(path, concat(...parts));
  return { ...readFileFacts(path), file: 'x.pcapng' };
}

function statistics(...options: readonly Field[]): Uint8Array {
  return block('little', 5, [0, 4], [START_NS >> 32n, 4], [START_NS & 0xffffffffn, 4], ...options);
}

const nanoseconds = option('little', 9, [9, 1]);
const frames = [0, 1, 2].map((i) =>
  enhancedPacket(
    'little',
    0,
    START_NS + BigInt(i) * 1_000_000n,
    new Uint8Array(60),
    ...(i === 1 ? [option('little', 4, [40, 8])] : []),
  ),
);

describe('infoText', () => {
  it('says every counter of loss with what it counts, and that the law holds', () => {
    const text = infoText(
      factsOf(
        sectionHeader('little', option('little', 4, 'gapcap 1.0')),
        interfaceDescription('little', 0, option('little', 2, 'eth0'), nanoseconds, END_OF_OPTIONS),
        ...frames,
        statistics(
          option('little', 4, [55, 8]),
          option('little', 5, [7, 8]),
          option('little', 6, [48, 8]),
          option('little', 7, [45, 8]),
          option('little', 8, [3, 8]),
        ),
      ),
    );
    const [, interfacePart = ''] = text.split('  interface 0: eth0\n');
    assert.deepEqual(
      interfacePart
        .split('\n')
        .map((line) => line.trim())
        .slice(-11),
      [
        'received            48  given to the capture after the filter, dropped ones included (isb_filteraccept)',
        'delivered            3  reached the capturing program (isb_usrdeliv)',
        'dropped             45  received, then discarded for want of room (isb_osdrop)',
        'unread               0  received, still in the queue at the end',
        'in gaps             40  lost between frames, as recorded on the frame after: 1 gap (epb_dropcount)',
        'final gap            5  lost after the last frame: dropped - in gaps',
        'unplaced             0  lost, but nobody recorded where',
        'interface received  55  by the interface, whatever became of them (isb_ifrecv)',
        'interface dropped    7  lost in card or driver, before any filter (isb_ifdrop)',
        'law                 holds: 48 received = 3 frames + 45 dropped + 0 unread; 45 dropped = 40 in gaps + 5 final',
        'at least 7 frames lost in the network card or driver of eth0, in no gap, until 2026-11-22 13:44:20.089 UTC',
      ],
    );
    assert.match(text, /\n {2}loss {16}45 frames lost in 2 gaps, 93\.8 % of 48 received\n/);
    assert.match(text, /\n {2}duration {12}0\.002000000 s\n/);
  });

  it('names the quirks of dumpcap and counts as dumpcap means it', () => {
    const micros = START_NS / 1000n;
    const text = infoText(
      factsOf(
        sectionHeader('little', option('little', 4, 'Dumpcap (Wireshark) 4.0.17')),
        interfaceDescription('little', 0, nanoseconds),
        ...[0, 1].map((i) => enhancedPacket('little', 0, START_NS + BigInt(i), new Uint8Array(4))),
        block(
          'little',
          5,
          [0, 4],
          [micros >> 32n, 4],
          [micros & 0xffffffffn, 4],
          option('little', 1, 'Counters provided by dumpcap'),
          option('little', 4, [2, 8]),
          option('little', 5, [9, 8]),
        ),
      ),
    );
    assert.match(text, /received\s+11 {2}given .* \(isb_ifrecv \+ isb_ifdrop\)\n/);
    assert.match(text, /unplaced\s+9 {2}/);
    assert.match(text, /note\s+dumpcap counts otherwise/);
    assert.match(text, /note\s+the statistics' times are in microseconds/);
    assert.match(text, /the last of 2026-11-22 13:44:20\.089260000 UTC/);
  });

  it('says that the law is broken, and how', () => {
    const text = infoText(
      factsOf(
        sectionHeader('little', option('little', 4, 'gapcap 1.0')),
        interfaceDescription('little', 0, nanoseconds),
        ...frames,
        statistics(
          option('little', 6, [30, 8]),
          option('little', 7, [27, 8]),
          option('little', 8, [3, 8]),
        ),
      ),
    );
    assert.match(text, /law\s+broken/);
    assert.match(text, /frame counts of interface 0 don't add up/);
  });

  it('doesn’t call unknown loss none', () => {
    const text = infoText(
      factsOf(sectionHeader('little'), interfaceDescription('little'), frames[0]!),
    );
    assert.match(text, /\n {2}loss {16}unknown: the file records none\n/);
    assert.match(text, /not even that there was none/);
  });

  it('makes names and comments harmless, and says truncated', () => {
    const text = infoText(
      factsOf(
        sectionHeader('little', option('little', 1, 'a\x1b[2Jb\ncd')),
        interfaceDescription('little', 0, option('little', 2, '\u202eeth')),
        frames[0]!.subarray(0, 50),
      ),
    );
    assert.match(text, /comment\s+a\\x1b\[2Jb\\x0acd\n/);
    assert.match(text, /interface 0: \\u202eeth\n/);
    assert.match(text, /truncated\s+the file ends inside a block/);
  });

  it('lists other blocks with the names that they resolve', () => {
    const names = block(
      'little',
      4,
      [1, 2],
      [9, 2],
      Uint8Array.of(192, 0, 2, 1, 0x61, 0x2e, 0x62, 0x63, 0),
      Uint8Array.of(0, 0, 0),
      [2, 2],
      [18, 2],
      new Uint8Array(20),
      [0, 4],
    );
    const facts = factsOf(
      sectionHeader('little'),
      names,
      block('little', 10, [1, 4], [0, 4]),
      block('little', 0xbad, [32473, 4]),
      block('little', 0x40000bad, [32473, 4]),
      block('little', 77, [1, 4]),
    );
    assert.match(
      infoText(facts),
      /other blocks {8}1 name resolution \(1 IPv4, 1 IPv6 names\), 1 decryption secrets, 2 custom, 1 of unknown type/,
    );
  });
});
