import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as zlib from 'node:zlib';
import { FormatError, UnsupportedError } from '../../../src/core/errors.js';
import {
  type FileSource,
  type FileSourceOptions,
  openFile,
} from '../../../src/source/file-source.js';
import {
  concat,
  enhancedPacket,
  interfaceDescription,
  sectionHeader,
} from '../../support/block-bytes.js';
import { toolSkip } from '../../support/tools.js';

const FRAME_COUNT = 40_000;
const HEAD = concat(sectionHeader('little'), interfaceDescription('little'));
const FRAMES = Array.from({ length: FRAME_COUNT }, (_, i) =>
  enhancedPacket('little', 0, BigInt(i), Uint8Array.of(i, i >> 8, 3, 4, 5, 6, 7, 8)),
);
/** 1.6 MB: more than the ring between the threads holds. */
const FILE = concat(HEAD, ...FRAMES);
const hasZstd = 'createZstdDecompress' in zlib;

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gapcap-compressed-'));
});
after(() => rmSync(folder, { recursive: true }));

function fileOf(bytes: Uint8Array): string {
  const path = join(folder, 'test.pcapng.gz');
  writeFileSync(path, bytes);
  return path;
}

/** Reads all frames, checks that none is missing or twice, and returns how many there were. */
function countFrames(source: FileSource): number {
  let count = 0;
  while (!source.ended) {
    const batch = source.read();
    while (batch.next()) {
      const at = batch.byteOffset;
      assert.equal(batch.bytes[at]! + 256 * batch.bytes[at + 1]!, count & 0xffff);
      count++;
    }
  }
  return count;
}

function read(bytes: Uint8Array, options: FileSourceOptions = {}): [count: number, end?: string] {
  using source: FileSource = openFile(fileOf(bytes), options);
  const count = countFrames(source);
  return [count, source.end!];
}

describe('CompressedInput', () => {
  it('reads a gzip file as the file that was compressed', () => {
    const compressed = zlib.gzipSync(FILE);
    using source: FileSource = openFile(fileOf(compressed));
    assert.equal(source.compression, 'gzip');
    assert.equal(source.format, 'pcapng');
    assert.equal(countFrames(source), FRAME_COUNT);
    assert.equal(source.end, 'complete');
    assert.equal(source.bytesRead, FILE.length);
    assert.equal(source.fileBytesRead, compressed.length);
  });

  it('reads all members of a gzip file, also of one cut inside a block', () => {
    const middle = 777_777;
    const members = [FILE.subarray(0, middle), FILE.subarray(middle)].map((m) => zlib.gzipSync(m));
    assert.deepEqual(read(concat(...members)), [FRAME_COUNT, 'complete']);
  });

  it('gives what can be decompressed of a file cut short, and says truncated', () => {
    const compressed = zlib.gzipSync(FILE, { level: 1 });
    let least = -1;
    for (const share of [0.1, 0.5, 0.9, 0.9999]) {
      const length = Math.floor(compressed.length * share);
      const [count, end] = read(compressed.subarray(0, length));
      assert.equal(end, 'truncated');
      assert.ok(count > least && count <= FRAME_COUNT, `${count} frames of ${share}`);
      least = count;
    }
    // Nothing but the check sum is missing: all frames are there.
    assert.deepEqual(read(compressed.subarray(0, -8)), [FRAME_COUNT, 'truncated']);
  });

  it('says where damaged data begins, after the frames before it', () => {
    const compressed = zlib.gzipSync(FILE, { level: 1 });
    compressed.fill(0xff, compressed.length / 2, compressed.length / 2 + 64);
    using source: FileSource = openFile(fileOf(compressed));
    let error: unknown;
    try {
      countFrames(source);
    } catch (caught) {
      error = caught;
    }
    assert.ok(error instanceof FormatError);
    assert.equal(error.code, 'BAD_COMPRESSED_DATA');
    assert.ok(error.offset > 0 && error.offset < FILE.length, `${error.offset}`);
    assert.equal(source.ended, true);
  });

  it('stops at the limits that it was given, and not before', () => {
    const same = new Array<Uint8Array>(99_999).fill(FRAMES[0]!);
    const path = fileOf(zlib.gzipSync(concat(HEAD, ...same)));
    const limited = (options: FileSourceOptions) => (): void => {
      using source: FileSource = openFile(path, options);
      while (!source.ended) source.read().next();
    };
    assert.throws(limited({ maxDecompressedBytes: 1000 }), { code: 'TOO_LARGE' });
    assert.throws(limited({ maxCompressionRatio: 200 }), { code: 'TOO_LARGE' });
    const fair = zlib.gzipSync(FILE);
    const limits = { maxDecompressedBytes: FILE.length, maxCompressionRatio: 200 };
    assert.deepEqual(read(fair, limits), [FRAME_COUNT, 'complete']);
  });

  it('can be closed at any point, and closes its file', async () => {
    const path = fileOf(zlib.gzipSync(FILE));
    const openBefore = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 5; i++) {
      const source = openFile(path);
      if (i > 0) source.read();
      source.close();
    }
    const deadline = Date.now() + 5000;
    while (readdirSync('/proc/self/fd').length > openBefore && Date.now() < deadline) {
      await new Promise((fulfil) => setTimeout(fulfil, 10));
    }
    assert.ok(readdirSync('/proc/self/fd').length <= openBefore);
  });

  it('reads from the standard input, and lets the process end', () => {
    const module = pathToFileURL(
      join(import.meta.dirname, '../../../src/source/file-source.js'),
    ).href;
    const script = `
      const { openFile } = await import(${JSON.stringify(module)});
      const source = openFile('-');
      let count = 0;
      while (!source.ended) { const batch = source.read(); while (batch.next()) count++; }
      console.log(count, source.end);`;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { input: zlib.gzipSync(FILE), encoding: 'utf8', timeout: 20_000 },
    );
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.equal(stdout, `${FRAME_COUNT} complete\n`);
  });

  it('refuses a compressed file inside another', () => {
    assert.throws(() => read(zlib.gzipSync(zlib.gzipSync(FILE))), { code: 'UNSUPPORTED_FORMAT' });
  });

  it('says so where the runtime has no zstd', { skip: hasZstd && 'this Node has zstd' }, () => {
    const start = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0);
    assert.throws(
      () => read(start),
      (error: unknown) => error instanceof UnsupportedError && error.feature === 'zstd',
    );
  });

  const zstdSkip = hasZstd ? toolSkip('zstd') : 'this Node has no zstd';
  it('reads zstd where the runtime has it', { skip: zstdSkip }, () => {
    const { stdout } = spawnSync('zstd', ['-c'], { input: FILE, maxBuffer: 1 << 26 });
    assert.deepEqual(read(stdout), [FRAME_COUNT, 'complete']);
    assert.equal(read(stdout.subarray(0, stdout.length >> 1))[1], 'truncated');
  });
});
