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
import { PROJECT_ROOT } from '../support/project-files.js';
import { filesUnder } from '../support/test-files.js';
import { Luck, mutate } from './mutations.js';
import {
  ALL_SEEDS,
  type FileTargets,
  fileTargets,
  PCAPNG_SEEDS,
  pcapSeeds,
  readPcap,
  readPcapng,
} from './targets.js';

const { CI, GAPCAP_FUZZ_SECONDS, GAPCAP_FUZZ_SEED } = process.env;
const SECONDS = Number(GAPCAP_FUZZ_SECONDS ?? (CI === 'true' ? 60 : 10));
const FOUND = filesUnder(join(PROJECT_ROOT, 'test/fixtures/fuzz')).filter(
  (path) => !path.endsWith('.md'),
);
/** More than any file here can need: blocks are believed up to 16 MiB. */
const MAX_MEMORY_BYTES = 512 * 1024 * 1024;
const SLOW_MS = 2000;

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

describe('damaged files', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-fuzz-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const target = <K extends keyof FileTargets>(name: K): FileTargets[K] =>
    fileTargets(folder)[name];

  for (const path of FOUND) {
    it(`as found before: ${basename(path)}`, async () => {
      const bytes = new Uint8Array(readFileSync(path));
      readPcapng(bytes);
      readPcap(bytes);
      target('loss')(bytes);
      target('facts')(bytes);
      await target('copy')(bytes);
    });
  }

  it('into the pcapng reader', async (t) => {
    const count = await fuzz('pcapng', PCAPNG_SEEDS, SECONDS * 0.35, readPcapng);
    t.diagnostic(`${count} files`);
    assert.ok(count > 10 * SECONDS || GAPCAP_FUZZ_SEED !== undefined);
  });

  it('into the pcap reader', async (t) => {
    const count = await fuzz('pcap', pcapSeeds(), SECONDS * 0.2, readPcap);
    t.diagnostic(`${count} files`);
    assert.ok(count > 10 * SECONDS || GAPCAP_FUZZ_SEED !== undefined);
  });

  it('into the file source and the account of loss', async (t) => {
    const count = await fuzz('file', ALL_SEEDS, SECONDS * 0.1, target('loss'));
    t.diagnostic(`${count} files`);
    assert.ok(count > 0 || GAPCAP_FUZZ_SEED !== undefined);
  });

  it('into the decompression', async (t) => {
    const seeds = ALL_SEEDS.slice(0, 12).map((bytes) => new Uint8Array(gzipSync(bytes)));
    const count = await fuzz('gzip', seeds, SECONDS * 0.1, target('loss'));
    t.diagnostic(`${count} files`);
    assert.ok(count > 0 || GAPCAP_FUZZ_SEED !== undefined);
  });

  it('into what tells of files, and infers', async (t) => {
    const count = await fuzz('facts', ALL_SEEDS, SECONDS * 0.1, target('facts'));
    t.diagnostic(`${count} files`);
    assert.ok(count > 0 || GAPCAP_FUZZ_SEED !== undefined);
  });

  it('into a copy', async (t) => {
    const count = await fuzz('copy', ALL_SEEDS, SECONDS * 0.15, target('copy'));
    t.diagnostic(`${count} files`);
    assert.ok(count > 0 || GAPCAP_FUZZ_SEED !== undefined);
  });
});
