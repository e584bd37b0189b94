/** Wireshark's tools as oracle: what we write is what they read, and we read what they read. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { copyFrame } from '../../src/core/frame.js';
import { exactLoss, type Loss } from '../../src/core/loss.js';
import { formatEpochNs } from '../../src/core/timestamp.js';
import { BlockEncoder } from '../../src/pcapng/block-encoder.js';
import { openFile } from '../../src/source/file-source.js';
import { ByteCollector } from '../support/byte-collector.js';
import { fakeInterface } from '../support/fake-source.js';
import { corpusFiles, corpusMissing } from '../support/pcapng-corpus.js';
import { singleFrame } from '../support/single-frame.js';
import { runTool, toolMissing, tsharkFields } from '../support/wireshark.js';

const FRAME_COUNT = 400;
const BOUNDED: Loss = { lost: 40, certainty: 'bounded', atLeast: 12, atMost: 52, group: 3 };
const BOUNDED_TEXT =
  'gapcap: bounded, at least 12 and at most 52 frames lost here; the sum over group 3 is exact';

/** What is written as frame `i`; numbers that differ from each other and from frame to frame. */
function frameFields(i: number) {
  const lost: (Loss | undefined)[] = [
    undefined,
    exactLoss(i + 1),
    BOUNDED,
    { ...BOUNDED, lost: 0, atLeast: 0 },
    exactLoss(2 ** 40 + i),
  ];
  return {
    data: Uint8Array.from({ length: 14 + ((i * 37) % 300) }, (_, at) => (at < 12 ? at : at + i)),
    byteOffset: i % 4,
    originalLength: 400 + i,
    seconds: 1_795_355_060 + Math.floor(i / 7),
    nanoseconds: (i * 142_857_143 + 9) % 1_000_000_000,
    interfaceId: i % 3,
    flags: [0, 0x605, 0x1, 0x2][i % 4]!,
    lostBefore: i % 11 === 0 ? lost[(i / 11) % lost.length] : undefined,
  };
}

function extrasFor(i: number) {
  if (i % 13 === 0) return { queue: i, comments: [`comment ${i}`, 'é, "quoted"'] };
  return i % 5 === 0 ? { queue: i } : undefined;
}

let folder = '';
let path = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-tshark-'));
  path = join(folder, 'written.pcapng');
  const output = new ByteCollector();
  const encoder = new BlockEncoder(output, { bufferBytes: 4096 });
  encoder.sectionHeader({
    hardware: 'a machine',
    os: 'Linux 6.18',
    application: 'gapcap test',
    comment: 'written by a test',
  });
  for (const id of [0, 1, 2]) {
    encoder.interfaceDescription(
      fakeInterface(id, {
        name: `veth${id}`,
        linkType: [1, 101, 113][id]!,
        filter: id === 1 ? 'udp port 53' : undefined,
        speedBps: id === 2 ? 10_000_000_000n : undefined,
        macAddress: id === 0 ? '02:00:5e:10:00:01' : undefined,
        snapshotLength: 1000 + id,
      }),
    );
  }
  for (let i = 0; i < FRAME_COUNT; i++) encoder.frame(singleFrame(frameFields(i)), extrasFor(i));
  encoder.interfaceStatistics(1, { timestampNs: 5n, received: 400, dropped: 7, comment: 'end' });
  encoder.flush();
  writeFileSync(path, output.bytes);
});
after(() => rmSync(folder, { recursive: true }));

describe('A file that we write', { skip: toolMissing('tshark') }, () => {
  it('has every frame with time, lengths, interface, flags, losses and comments in tshark', () => {
    const rows = tsharkFields(path, [
      'frame.number',
      'frame.time_epoch',
      'frame.len',
      'frame.cap_len',
      'frame.interface_name',
      'frame.packet_flags',
      'frame.drop_count',
      'frame.interface_queue',
      'frame.comment',
    ]);
    assert.equal(rows.length, FRAME_COUNT);
    rows.forEach((row, i) => {
      const written = frameFields(i);
      const { seconds, nanoseconds, lostBefore } = written;
      const comments = [
        ...(extrasFor(i)?.comments ?? []),
        ...(lostBefore?.certainty === 'bounded'
          ? [lostBefore.lost === 0 ? BOUNDED_TEXT.replace('least 12', 'least 0') : BOUNDED_TEXT]
          : []),
      ];
      const flags = written.flags === 0 ? '' : `0x${written.flags.toString(16).padStart(8, '0')}`;
      const dropCount = lostBefore === undefined || lostBefore.lost === 0 ? '' : lostBefore.lost;
      assert.deepEqual(row, {
        'frame.number': String(i + 1),
        'frame.time_epoch': `${seconds}.${String(nanoseconds).padStart(9, '0')}`,
        'frame.len': String(written.originalLength),
        'frame.cap_len': String(written.data.length),
        'frame.interface_name': `veth${written.interfaceId}`,
        'frame.packet_flags': flags,
        'frame.drop_count': String(dropCount),
        'frame.interface_queue': extrasFor(i)?.queue === undefined ? '' : String(i),
        'frame.comment': comments.join('|'),
      });
    });
  });

  it('has the same bytes in tshark', () => {
    const dump = runTool('tshark', '-r', path, '-T', 'jsonraw', '-j', 'frame');
    const packets = JSON.parse(dump) as { _source: { layers: { frame_raw: [string] } } }[];
    assert.equal(packets.length, FRAME_COUNT);
    packets.forEach((packet, i) => {
      const written = Buffer.from(frameFields(i).data).toString('hex');
      assert.equal(packet._source.layers.frame_raw[0], written);
    });
  });

  it('sums its losses in tshark', () => {
    let expected = 0;
    for (let i = 0; i < FRAME_COUNT; i++) expected += frameFields(i).lostBefore?.lost ?? 0;
    const rows = tsharkFields(path, ['frame.drop_count']);
    const total = rows.reduce((sum, row) => sum + Number(row['frame.drop_count']), 0);
    assert.ok(expected > 2 ** 40);
    assert.equal(total, expected);
  });
});

describe('A file that we write, in capinfos', { skip: toolMissing('capinfos') }, () => {
  it('has its section, its interfaces and their options', () => {
    const text = runTool('capinfos', path);
    for (const expected of [
      /^Number of packets: +400$/m,
      /^File timestamp precision: +nanoseconds \(9\)$/m,
      /^Capture hardware: +a machine$/m,
      /^Capture oper-sys: +Linux 6\.18$/m,
      /^Capture application: +gapcap test$/m,
      /^Capture comment: +written by a test$/m,
      /^Number of interfaces in file: +3$/m,
      /^ +Name = veth0$/m,
      /^ +Name = veth1$/m,
      /^ +Filter string = udp port 53$/m,
      /^ +Speed = 10000000000$/m,
      /^ +Capture length = 1002$/m,
      /^ +Time resolution = 0x09$/m,
      /^ +Number of stat entries = 1$/m,
      /^ +Number of packets = 134$/m,
    ]) {
      assert.match(text, expected);
    }
  });
});

describe('The corpus, as tshark reads it', {
  skip: corpusMissing() || toolMissing('tshark'),
}, () => {
  for (const file of corpusFiles()) {
    it(`has the same frames: ${file.name}`, () => {
      const rows = tsharkFields(file.path, [
        'frame.interface_id',
        'frame.time_epoch',
        'frame.len',
        'frame.cap_len',
        'frame.drop_count',
        'frame.packet_flags',
        'frame.comment',
      ]);
      // tshark numbers custom blocks as frames. They are the rows without an interface.
      const { CB = 0, DCB = 0 } = file.blockCounts;
      const frames = rows.filter((row) => row['frame.interface_id'] !== '').map(withoutZeros);
      assert.equal(rows.length - frames.length, CB + DCB);
      assert.deepEqual(ourRows(file.path), frames);
    });
  }
});

/** tshark prints an option that says 0; in a frame of ours that is the same as no option. */
function withoutZeros<Row extends Record<string, string>>(row: Row): Row {
  return {
    ...row,
    'frame.drop_count': row['frame.drop_count'] === '0' ? '' : row['frame.drop_count'],
    'frame.packet_flags':
      row['frame.packet_flags'] === '0x00000000' ? '' : row['frame.packet_flags'],
  };
}

function ourRows(file: string): Record<string, string>[] {
  using source = openFile(file);
  const rows: Record<string, string>[] = [];
  while (!source.ended) {
    const batch = source.read();
    while (batch.next()) {
      const frame = copyFrame(batch);
      const { section } = source.interfaces[batch.interfaceId]!;
      rows.push({
        // tshark numbers interfaces per section, we number them per file.
        'frame.interface_id': String(
          batch.interfaceId - source.sections[section]!.firstInterfaceId,
        ),
        'frame.time_epoch': batch.hasTimestamp ? formatEpochNs(frame.timestampNs) : '',
        'frame.len': String(batch.originalLength),
        'frame.cap_len': String(batch.capturedLength),
        'frame.drop_count': String(batch.lostBefore?.lost ?? ''),
        'frame.packet_flags':
          batch.flags === 0 ? '' : `0x${batch.flags.toString(16).padStart(8, '0')}`,
        'frame.comment': batch.comments().join('|'),
      });
    }
  }
  return rows;
}
