import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openFile } from '../../src/files.js';
import { FrameLine, FrameListing } from '../../src/lines.js';
import { taggedPackets } from '../support/sample-packets.js';
import { toolMissing, tsharkFields } from '../support/wireshark.js';

/** A pcap file in microseconds, little-endian, after draft-ietf-opsawg-pcap sections 4 and 5. */
function pcapOf(frames: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.from('d4c3b2a102000400', 'hex');
  const whole = Buffer.alloc(24);
  header.copy(whole);
  whole.writeUInt32LE(262144, 16);
  whole.writeUInt32LE(1, 20);
  const records = frames.map((frame, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1795355060, 0);
    record.writeUInt32LE(index, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([whole, ...records]);
}

function shown(path: string, json: boolean): string[] {
  using source = openFile(path);
  let text = '';
  const listing = new FrameListing(
    new FrameLine({ time: 'epoch' }),
    () => ({ linkType: 1, gapName: undefined }),
    (bytes) => {
      text += Buffer.from(bytes).toString('latin1');
    },
    { json },
  );
  let number = 0;
  while (!source.ended) {
    const batch = source.read();
    while (batch.next()) {
      number += 1;
      listing.frame(batch, number);
    }
  }
  listing.end();
  return text.split('\n').slice(0, -1);
}

describe('VLAN tags in what show writes', { skip: toolMissing('tshark') }, () => {
  let folder = '';
  let path = '';
  let expected: string[] = [];

  before(() => {
    folder = mkdtempSync(joinPath(tmpdir(), 'gapcap-vlan-'));
    path = joinPath(folder, 'tagged.pcap');
    writeFileSync(path, pcapOf(taggedPackets()));
    // A service tag, which is always the outer one here, is another protocol to tshark.
    expected = tsharkFields(path, ['ieee8021ad.id', 'vlan.id']).map((fields) =>
      Object.values(fields)
        .filter((ids) => ids !== '')
        .join('|'),
    );
    assert.equal(expected.length, taggedPackets().length);
    assert.ok(expected.includes('300|99|100'));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('are those that tshark sees, in the text', () => {
    const told = shown(path, false).map((line) =>
      [...line.matchAll(/ VLAN (\d+)(?=,|$)/g)].map(([, id]) => id).join('|'),
    );
    assert.deepEqual(told, expected);
  });

  it('are those that tshark sees, in JSON', () => {
    const told = shown(path, true).map((line) => {
      const { vlan = [] } = JSON.parse(line) as { vlan?: number[] };
      return vlan.join('|');
    });
    assert.deepEqual(told, expected);
  });
});
