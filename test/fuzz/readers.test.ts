/**
 * Damaged files into every reader: frames and then an end, or a FormatError with a place in the file.
 *
 * Runs for 10 s, for 60 s with CI=true, and for GAPCAP_FUZZ_SECONDS where that is set. A failure says
 * the seed and keeps the file; GAPCAP_FUZZ_SEED runs that one again. What was found before lies in
 * test/fixtures/fuzz and is read first.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readFileLoss } from '../../src/analysis/file-loss.js';
import { FormatError, GapcapError, UnsupportedError } from '../../src/core/errors.js';
import { copyCaptures } from '../../src/edit/copy-captures.js';
import { FrameRanges } from '../../src/edit/frame-ranges.js';
import { PcapngReader } from '../../src/pcapng/pcapng-reader.js';
import { toLossJson } from '../../src/report/loss-json.js';
import { openFile } from '../../src/source/file-source.js';
import type { FormatReader } from '../../src/source/format-reader.js';
import { PcapFormatReader } from '../../src/source/pcap-format-reader.js';
import { lossCorpus } from '../fixtures/loss-corpus.js';
import { MemoryInput } from '../support/memory-input.js';
import { corpusFiles } from '../support/pcapng-corpus.js';
import { PROJECT_ROOT } from '../support/project-files.js';
import { filesUnder } from '../support/test-files.js';
import { Luck, mutate } from './mutations.js';

const { CI, GAPCAP_FUZZ_SECONDS, GAPCAP_FUZZ_SEED } = process.env;
const SECONDS = Number(GAPCAP_FUZZ_SECONDS ?? (CI === 'true' ? 60 : 10));
const FOUND = filesUnder(join(PROJECT_ROOT, 'test/fixtures/fuzz')).filter(
  (path) => !path.endsWith('.md'),
);
/** More than any file here can need: blocks are believed up to 16 MiB. */
const MAX_MEMORY_BYTES = 512 * 1024 * 1024;
const SLOW_MS = 2000;
const KEY: Uint8Array = new Uint8Array(32).fill(9);

/** Records of every pcap variant, in both orders, as far as their headers go. */
function pcapSeeds(): Uint8Array[] {
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

const pcapngSeeds = [
  ...lossCorpus()
    .filter(({ expected }) => expected.format === 'pcapng')
    .map(({ bytes }) => new Uint8Array(bytes)),
  ...corpusFiles().map(({ path }) => new Uint8Array(readFileSync(path))),
];
const allSeeds = [...pcapngSeeds, ...pcapSeeds()];

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

/** Runs a reader on damaged files until the time is up; says how many there were. */
async function fuzz(
  name: string,
  seeds: readonly Uint8Array[],
  seconds: number,
  read: (bytes: Uint8Array) => void | Promise<void>,
): Promise<number> {
  const end = performance.now() + seconds * 1000;
  const first = Number(GAPCAP_FUZZ_SEED ?? 1);
  let count = 0;
  for (let seed = first; performance.now() < end; seed++) {
    const bytes = mutate(seeds, new Luck(seed));
    const started = performance.now();
    try {
      await read(bytes);
      const took = performance.now() - started;
      assert.ok(took < SLOW_MS, `it took ${Math.round(took)} ms for ${bytes.length} bytes`);
      const { rss } = process.memoryUsage();
      assert.ok(rss < MAX_MEMORY_BYTES, `the process has grown to ${rss} bytes`);
    } catch (error) {
      const kept = join(tmpdir(), `gapcap-fuzz-${name}-${seed}`);
      writeFileSync(kept, bytes);
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Error(`${name}: seed ${seed}, kept as ${kept}: ${reason}`, { cause: error });
    }
    count++;
    if (GAPCAP_FUZZ_SEED !== undefined) break;
  }
  return count;
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

describe('damaged files', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-fuzz-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const readPcapng = tolerant((bytes) =>
    readAll(new PcapngReader(new MemoryInput(bytes), { chunkBytes: 64 }), bytes.length),
  );
  const readPcap = tolerant((bytes) =>
    readAll(new PcapFormatReader(new MemoryInput(bytes), { chunkBytes: 64 }), bytes.length),
  );

  /** The whole way: from the file's first bytes to its account of loss. */
  function readFile(bytes: Uint8Array): void {
    const path = join(folder, 'in');
    writeFileSync(path, bytes);
    try {
      using source = openFile(path);
      toLossJson(readFileLoss(source));
    } catch (error) {
      // Offsets are in what was decompressed, of which there may be more than bytes in the file.
      assertKnown(error, Number.MAX_SAFE_INTEGER);
    }
  }

  /** A copy of a damaged file is a file that can be read, with the frames before the damage. */
  async function copyFile(bytes: Uint8Array): Promise<void> {
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
      if (readFileSync(output).length === 0) return;
    }
    if (readFileSync(output).length === 0) return;
    using source = openFile(output);
    toLossJson(readFileLoss(source));
    assert.equal(source.end, 'complete');
  }

  for (const path of FOUND) {
    it(`as found before: ${basename(path)}`, async () => {
      const bytes = new Uint8Array(readFileSync(path));
      readPcapng(bytes);
      readPcap(bytes);
      readFile(bytes);
      await copyFile(bytes);
    });
  }

  it('into the pcapng reader', async (t) => {
    const count = await fuzz('pcapng', pcapngSeeds, SECONDS * 0.4, readPcapng);
    t.diagnostic(`${count} files`);
    assert.ok(count > 100 * SECONDS || GAPCAP_FUZZ_SEED !== undefined);
  });

  it('into the pcap reader', async (t) => {
    const count = await fuzz('pcap', pcapSeeds(), SECONDS * 0.2, readPcap);
    t.diagnostic(`${count} files`);
    assert.ok(count > 100 * SECONDS || GAPCAP_FUZZ_SEED !== undefined);
  });

  it('into the file source and the account of loss', async (t) => {
    const count = await fuzz('file', allSeeds, SECONDS * 0.15, readFile);
    t.diagnostic(`${count} files`);
    assert.ok(count > 0.5 * SECONDS || GAPCAP_FUZZ_SEED !== undefined);
  });

  it('into the decompression', async (t) => {
    const seeds = allSeeds.slice(0, 12).map((bytes) => new Uint8Array(gzipSync(bytes)));
    const count = await fuzz('gzip', seeds, SECONDS * 0.1, readFile);
    t.diagnostic(`${count} files`);
    assert.ok(count > 0.5 * SECONDS || GAPCAP_FUZZ_SEED !== undefined);
  });

  it('into a copy', async (t) => {
    const count = await fuzz('copy', allSeeds, SECONDS * 0.15, copyFile);
    t.diagnostic(`${count} files`);
    assert.ok(count > 0.5 * SECONDS || GAPCAP_FUZZ_SEED !== undefined);
  });
});
