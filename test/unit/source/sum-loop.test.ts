import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { FileSourceOptions } from '../../../src/source/file-source.js';
import { openFile } from '../../../src/source/file-source.js';
import { SumLoop } from '../../../src/source/sum-loop.js';
import {
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  interfaceDescription,
  option,
  sectionHeader,
} from '../../support/block-bytes.js';

const FRAMES = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'gapcap-sum-loop-'));
const path = join(folder, 'flood.pcapng');
after(() => rmSync(folder, { recursive: true }));

/** Frames of two interfaces, a thousand of each in turn, a millisecond apart, as gapcap writes them. */
function flood(): Uint8Array {
  const data = new Uint8Array(60);
  const flags = [option('little', 2, [5, 4]), END_OF_OPTIONS];
  return concat(
    sectionHeader('little'),
    interfaceDescription('little'),
    interfaceDescription('little'),
    ...Array.from({ length: FRAMES }, (_, i) =>
      enhancedPacket('little', Math.floor(i / 1000) & 1, BigInt(i) * 1000n, data, ...flags),
    ),
  );
}

before(() => writeFileSync(path, flood()));

/** How many frames of a file were given one by one, and how many added up. */
function readAdding(
  file: string,
  options: FileSourceOptions = {},
  end = 'complete',
): { given: number; added: number } {
  using source = openFile(file, options);
  let given = 0;
  let added = 0;
  while (!source.ended) {
    const batch = source.read();
    while (batch.next()) {
      given++;
      added += batch.addUp?.()?.frames ?? 0;
      assert.equal(batch.frameNumber, given + added);
    }
  }
  assert.equal(source.end, end);
  return { given, added };
}

describe('SumLoop', () => {
  it('adds up nearly all frames of a file', () => {
    const { given, added } = readAdding(path);
    assert.equal(given + added, FRAMES);
    assert.ok(given < 200, `${given} frames were given one by one`);
  });

  it('adds up the frames of a compressed file, too', () => {
    const compressed = `${path}.gz`;
    writeFileSync(compressed, gzipSync(flood()));
    const { given, added } = readAdding(compressed);
    assert.equal(given + added, FRAMES);
    // Until 128 KiB have come, which are 1,200 of these frames, it isn't worth while.
    assert.ok(given < 2500, `${given} frames were given one by one`);
  });

  it('is left alone by a short file', () => {
    const short = join(folder, 'short.pcapng');
    writeFileSync(short, flood().subarray(0, 100_000));
    assert.equal(readAdding(short, {}, 'truncated').added, 0);
  });

  it('is left alone where more is read at once than its memory holds', () => {
    const { given, added } = readAdding(path, { chunkBytes: 32 * 1024 * 1024 });
    assert.deepEqual({ given, added }, { given: FRAMES, added: 0 });
  });

  it('adds up no frame across the end of the count of ticks', () => {
    const odd = join(folder, 'odd.pcapng');
    const clock = [option('little', 9, [9, 1]), option('little', 14, [-18_446_744_000n, 8])];
    // Each fifty begin 40 ticks before the 64 bits end, in second 73, and go on before 1970.
    const ticks = Array.from({ length: 400 }, (_, i) => BigInt.asUintN(64, BigInt(i % 50) - 40n));
    const frames = ticks.map((tick) => enhancedPacket('little', 0, tick, new Uint8Array(9)));
    const start = [sectionHeader('little'), interfaceDescription('little', 0, ...clock)];
    writeFileSync(odd, concat(...start, ...frames));
    using source = openFile(odd, { chunkBytes: 4096 });
    let added = 0;
    let timed = 0;
    while (!source.ended) {
      const batch = source.read();
      while (batch.next()) {
        const sums = batch.addUp?.()?.frames ?? 0;
        added += sums;
        if (batch.hasTimestamp) timed += 1 + sums;
      }
    }
    assert.equal(timed, 320);
    assert.ok(added > 100, `${added} frames were added up`);
  });

  it('serves one file after the other with the same memory, and two at a time with two', () => {
    const first = SumLoop.take();
    const second = SumLoop.take();
    assert.notEqual(first?.room.buffer, second?.room.buffer);
    second?.release();
    assert.equal(SumLoop.take(), second);
    first?.release();
    second?.release();
  });

  it('is done without where there is no WebAssembly', () => {
    const source = new URL('../../../src/files.js', import.meta.url).href;
    const script = `
      const { readFileFacts, infoText } = await import(${JSON.stringify(source)});
      process.stdout.write(infoText(readFileFacts(${JSON.stringify(path)})));`;
    const told = [[], ['--jitless', '--no-warnings']].map((flags) => {
      const argv = [...flags, '--input-type=module', '-e', script];
      const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      return stdout;
    });
    assert.match(told[0]!, /20,000/);
    assert.equal(told[0], told[1]);
  });
});
