/** What damaged files are read with, and the sound files that are damaged. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFileReport } from '../../src/analysis/capture-report.js';
import { readFileFacts } from '../../src/analysis/file-facts.js';
import { readFileLoss } from '../../src/analysis/file-loss.js';
import { inferFileLoss } from '../../src/analysis/infer-loss.js';
import { FormatError, GapcapError, UnsupportedError } from '../../src/core/errors.js';
import { copyCaptures } from '../../src/edit/copy-captures.js';
import { FrameRanges } from '../../src/edit/frame-ranges.js';
import { PcapngReader } from '../../src/pcapng/pcapng-reader.js';
import { inferText } from '../../src/report/infer-text.js';
import { infoText } from '../../src/report/info-text.js';
import { toLossJson } from '../../src/report/loss-json.js';
import { toReportJson } from '../../src/report/report-facts-json.js';
import { openFile } from '../../src/source/file-source.js';
import type { FormatReader } from '../../src/source/format-reader.js';
import { PcapFormatReader } from '../../src/source/pcap-format-reader.js';
import { lossCorpus } from '../fixtures/loss-corpus.js';
import {
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  interfaceDescription,
  option,
  sectionHeader,
} from '../support/block-bytes.js';
import { MemoryInput } from '../support/memory-input.js';
import { corpusFiles } from '../support/pcapng-corpus.js';

const KEY: Uint8Array = new Uint8Array(32).fill(9);

/** Records of every pcap variant, in both orders, as far as their headers go. */
export function pcapSeeds(): Uint8Array[] {
  const magics = [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0x1c0001ac, 0x1c0001ab];
  return magics.flatMap((magic) =>
    [true, false].map((little) => {
      const isModified = magic === 0xa1b2cd34;
      const isIxia = magic >>> 16 === 0x1c00;
      const headerBytes = isIxia ? 28 : 24;
      const recordBytes = (isModified ? 24 : 16) + 60;
      const bytes = new Uint8Array(headerBytes + 3 * recordBytes);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, magic, little);
      view.setUint16(4, 2, little);
      view.setUint16(6, 4, little);
      view.setUint32(16, 65535, little);
      view.setUint32(20, 1, little);
      for (let i = 0; i < 3; i++) {
        const at = headerBytes + i * recordBytes;
        view.setUint32(at, 1_795_336_260 + i, little);
        view.setUint32(at + 8, 60, little);
        view.setUint32(at + 12, 60, little);
      }
      return bytes;
    }),
  );
}

/** Frames that a loop adds up: alike, with the options that such may have. */
function alikeFrames(): Uint8Array {
  const frames = Array.from({ length: 30 }, (_, i) => {
    const queue = i < 15 ? [] : [option('little', 6, [1, 4])];
    const options = i < 5 ? [] : [option('little', 2, [5, 4]), ...queue, END_OF_OPTIONS];
    return enhancedPacket('little', 0, BigInt(i * 900), new Uint8Array(i & 7), ...options);
  });
  return concat(sectionHeader('little'), interfaceDescription('little'), ...frames);
}

/** Bytes that are read at once: so few that most files are longer, and frames are added up by a loop. */
const FEW_BYTES = 512;

/** Fails where frames that a loop added up come to something else than frames one by one. */
function assertSameSums(path: string): void {
  const [added, single] = [FEW_BYTES, undefined].map((chunkBytes) => {
    const facts = readFileFacts(path, { chunkBytes, keepsDamaged: true });
    // What was read before damage was met depends on how much is read at once.
    return infoText({ ...facts, fileBytes: 0, captureBytes: 0 });
  });
  assert.equal(added, single);
}

/** Sound pcapng files. */
export const PCAPNG_SEEDS: readonly Uint8Array[] = [
  ...lossCorpus()
    .filter(({ expected }) => expected.format === 'pcapng')
    .map(({ bytes }) => new Uint8Array(bytes)),
  ...corpusFiles().map(({ path }) => new Uint8Array(readFileSync(path))),
  alikeFrames(),
];
/** Sound files of both formats. */
export const ALL_SEEDS: readonly Uint8Array[] = [...PCAPNG_SEEDS, ...pcapSeeds()];

/** Reads everything and looks at everything; throws what the reader throws. */
function readAll(reader: FormatReader, byteCount: number): void {
  let frames = 0;
  let rounds = 0;
  while (!reader.ended) {
    assert.ok(rounds++ < byteCount + 1000, 'it hangs');
    const batch = reader.read();
    while (batch.next()) {
      assert.ok(frames++ <= byteCount, 'more frames than bytes');
      assert.ok(batch.byteOffset >= 0);
      assert.ok(batch.byteOffset + batch.capturedLength <= batch.bytes.length);
      assert.ok(reader.interfaces[batch.interfaceId] !== undefined, 'no such interface');
      const time = `${batch.seconds} s, ${batch.nanoseconds} ns`;
      assert.ok(batch.nanoseconds >= 0 && batch.nanoseconds < 1e9, time);
      assert.ok(Number.isInteger(batch.seconds) && batch.seconds >= 0, time);
      assert.ok(batch.lostBefore === undefined || Number.isSafeInteger(batch.lostBefore.lost));
      batch.comments();
      batch.otherOptions();
    }
  }
  assert.ok(reader.end !== undefined, 'it ended in no known way');
  for (const { id } of reader.interfaces) reader.statistics(id);
}

/** Fails unless the error is one that a damaged file may cause. */
function assertKnown(error: unknown, byteCount: number): void {
  if (error instanceof UnsupportedError) return;
  if (!(error instanceof FormatError)) throw error;
  assert.ok(Number.isInteger(error.offset) && error.offset >= 0, 'an error without a place');
  assert.ok(error.offset <= byteCount, `an error at byte ${error.offset} of ${byteCount}`);
}

function tolerant(read: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  return (bytes) => {
    try {
      read(bytes);
    } catch (error) {
      assertKnown(error, bytes.length);
    }
  };
}

/** The pcapng reader alone, whose buffer is small. */
export const readPcapng: (bytes: Uint8Array) => void = tolerant((bytes) =>
  readAll(new PcapngReader(new MemoryInput(bytes), { chunkBytes: 64 }), bytes.length),
);

/** The pcap reader alone. */
export const readPcap: (bytes: Uint8Array) => void = tolerant((bytes) =>
  readAll(new PcapFormatReader(new MemoryInput(bytes), { chunkBytes: 64 }), bytes.length),
);

/** What reads whole files; each throws where something happens that may not. */
export interface FileTargets {
  /** The whole way: from the file's first bytes to its account of loss. */
  readonly loss: (bytes: Uint8Array) => void;
  /** Everything that is told of a file, and what TCP gives away. */
  readonly facts: (bytes: Uint8Array) => void;
  /** A copy of a damaged file is a file that can be read, with the frames before the damage. */
  readonly copy: (bytes: Uint8Array) => Promise<void>;
}

/** @param folder for the files, which are written over each time */
export function fileTargets(folder: string): FileTargets {
  const reading = (read: (path: string) => void) => (bytes: Uint8Array) => {
    const path = join(folder, 'in');
    writeFileSync(path, bytes);
    try {
      read(path);
    } catch (error) {
      // Offsets are in what was decompressed, of which there may be more than bytes in the file.
      assertKnown(error, Number.MAX_SAFE_INTEGER);
    }
  };
  return {
    loss: reading((path) => {
      using source = openFile(path);
      toLossJson(readFileLoss(source));
    }),
    facts: reading((path) => {
      infoText(readFileFacts(path));
      assertSameSums(path);
      using inferred = openFile(path);
      inferText(inferFileLoss(inferred));
      using reported = openFile(path);
      JSON.stringify(toReportJson(readFileReport(reported)));
    }),
    copy: (bytes) => copyFile(folder, bytes),
  };
}

async function copyFile(folder: string, bytes: Uint8Array): Promise<void> {
  const [input, output] = [join(folder, 'from'), join(folder, 'to')];
  writeFileSync(input, bytes);
  writeFileSync(output, '');
  const frames = FrameRanges.parse('1,3-4,7-');
  // Every other one anonymous, so that damaged headers are walked and changed as well.
  const anonymise = bytes.length % 2 === 0 ? { key: KEY } : undefined;
  try {
    await copyCaptures([input], { output, selection: { frames }, anonymise });
  } catch (error) {
    if (!(error instanceof GapcapError)) throw error;
    assertKnown(error, bytes.length);
  }
  if (readFileSync(output).length === 0) return;
  using source = openFile(output);
  toLossJson(readFileLoss(source));
  assert.equal(source.end, 'complete');
}
