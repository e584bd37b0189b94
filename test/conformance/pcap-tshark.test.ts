/** pcap files, plain and compressed, read by gapcap and by Wireshark's tools: the same frames. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { copyFrame } from '../../src/core/frame.js';
import { formatEpochNs } from '../../src/core/timestamp.js';
import { PcapEncoder } from '../../src/pcap/pcap-encoder.js';
import { openFile } from '../../src/source/file-source.js';
import {
  concat,
  enhancedPacket,
  interfaceDescription,
  option,
  sectionHeader,
} from '../support/block-bytes.js';
import { ByteCollector } from '../support/byte-collector.js';
import { singleFrame } from '../support/single-frame.js';
import { runTool, toolMissing, tsharkFields } from '../support/wireshark.js';

const START_NS = 1_795_414_452_123_456_789n;
const FRAMES = Array.from({ length: 50 }, (_, i) => ({
  data: Uint8Array.from({ length: 14 + ((i * 7) % 90) }, (_unused, at) => (at * i) & 0xff),
  timeNs: START_NS + BigInt(i) * 1_234_567_891n,
}));
/** What `editcap -F` calls the variants that it can write, and what it makes of times. */
const WRITABLE = ['pcap', 'nsecpcap', 'modpcap', 'rh6_1pcap', 'suse6_3pcap', 'nokiapcap'] as const;

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-pcap-'));
});
after(() => rmSync(folder, { recursive: true }));

/** What gapcap says of each frame, in the words of tshark. */
function readFrames(path: string): Record<string, string>[] {
  using source = openFile(path);
  const frames: Record<string, string>[] = [];
  while (!source.ended) {
    const batch = source.read();
    while (batch.next()) {
      const { data, originalLength, timestampNs } = copyFrame(batch);
      frames.push({
        'frame.time_epoch': formatEpochNs(timestampNs),
        'frame.cap_len': `${data.length}`,
        'frame.len': `${originalLength}`,
        bytes: Buffer.from(data).toString('hex'),
      });
    }
  }
  assert.equal(source.end, 'complete');
  return frames;
}

function expectedFrames(path: string): Record<string, string>[] {
  const fields = tsharkFields(path, ['frame.time_epoch', 'frame.cap_len', 'frame.len']);
  return fields.map((frame, i) => ({
    ...frame,
    bytes: Buffer.from(FRAMES[i]!.data).toString('hex'),
  }));
}

function pcapngFile(): string {
  const path = join(folder, 'source.pcapng');
  const packets = FRAMES.map(({ data, timeNs }) => enhancedPacket('little', 0, timeNs, data));
  const resolution = option('little', 9, [9, 1]);
  writeFileSync(
    path,
    concat(
      sectionHeader('little'),
      interfaceDescription('little', 262_144, resolution),
      ...packets,
    ),
  );
  return path;
}

describe('pcap files of Wireshark', { skip: toolMissing('tshark') }, () => {
  for (const variant of WRITABLE) {
    it(`are read as tshark reads them, plain and compressed: ${variant}`, () => {
      const path = join(folder, variant);
      const edited = spawnSync('editcap', ['-F', variant, pcapngFile(), path]);
      assert.equal(edited.status, 0, `${edited.stderr}`);
      const frames = readFrames(path);
      assert.deepEqual(frames, expectedFrames(path));
      assert.equal(frames.length, FRAMES.length);
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
      assert.deepEqual(readFrames(`${path}.gz`), frames);
    });
  }
});

describe('pcap files of gapcap', { skip: toolMissing('tshark') }, () => {
  for (const precision of ['ns', 'us'] as const) {
    it(`are read by tshark and capinfos: ${precision}`, () => {
      const output = new ByteCollector();
      const encoder = new PcapEncoder(output, { linkType: 1, precision });
      for (const { data, timeNs } of FRAMES) {
        encoder.frame(
          singleFrame({
            data,
            originalLength: data.length + 3,
            seconds: Number(timeNs / 1_000_000_000n),
            nanoseconds: Number(timeNs % 1_000_000_000n),
          }),
        );
      }
      encoder.flush();
      const path = join(folder, `written-${precision}`);
      writeFileSync(path, output.bytes);
      assert.deepEqual(readFrames(path), expectedFrames(path));
      const type = runTool('capinfos', '-t', path);
      const expected = precision === 'ns' ? /nanosecond pcap/ : /- pcap\n/;
      assert.match(type, expected);
    });
  }
});
