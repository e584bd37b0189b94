import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ReaderOptions } from '../../src/model/reader.js';
import { type BufferOptions, simulate } from '../../src/model/simulation.js';
import { flowTraffic, type Traffic } from '../../src/model/traffic.js';
import { ModelSource } from '../../src/source/model-source.js';

const MS = 1_000_000;
const FEW = 1_000_000;
const MANY = 4_000_000;
const WARM_UP = 100_000;
/** What the collector may leave lying about; a number kept per frame would be 12 MB or more. */
const NOISE_BYTES = 2 << 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const BUFFERS: readonly BufferOptions[] = [
  { kind: 'socket', receiveBufferBytes: 1 << 20 },
  { kind: 'ring', blockCount: 16, blockSize: 65_536, retireNs: 8 * MS },
];

const READER: ReaderOptions = {
  framesPerSecond: 1_500_000,
  batch: 64,
  stalls: { kind: 'periodic', everyNs: 20 * MS, lengthNs: 5 * MS },
};

function traffic(frames: number): Traffic {
  return flowTraffic(
    { shape: { kind: 'poisson', ratePps: 1_000_000 }, sizes: { kind: 'imix' }, frames },
    1,
  );
}

/** Bytes in use at the last frame, everything that the run holds included. */
function bytesAtTheEnd(run: (traffic: Traffic) => void, frames: number): number {
  let bytes = 0;
  const counted = traffic(frames);
  run({
    get timeNs() {
      return counted.timeNs;
    },
    get length() {
      return counted.length;
    },
    flow: 0,
    next: () => {
      if (counted.next()) return true;
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      bytes = heapUsed + arrayBuffers;
      return false;
    },
  });
  return bytes;
}

function assertConstant(run: (traffic: Traffic) => void): void {
  bytesAtTheEnd(run, WARM_UP);
  const few = bytesAtTheEnd(run, FEW);
  const many = bytesAtTheEnd(run, MANY);
  assert.ok(few > 0 && many - few < NOISE_BYTES, `${few} bytes at 1 M frames, ${many} at 4 M`);
}

describe('the memory of a simulation', () => {
  for (const buffer of BUFFERS) {
    it(`doesn't grow with the number of frames: ${buffer.kind}`, () => {
      assertConstant((watched) => {
        const { dropped } = simulate({ traffic: watched, buffer, reader: READER });
        assert.ok(dropped > 10_000);
      });
    });

    it(`doesn't grow where every frame is handed out: ${buffer.kind}`, () => {
      assertConstant((watched) => {
        const source = new ModelSource({ traffic: watched, buffer, reader: READER });
        let frames = 0;
        while (!source.ended) {
          const batch = source.read(0);
          while (batch.next()) frames++;
        }
        assert.equal(frames, source.result?.delivered);
      });
    });
  }
});
