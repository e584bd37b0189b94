import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type EncodingMemory,
  type FrameRun,
  type RunPlan,
  SLACK_WORDS,
} from '../../../src/core/frame-run.js';
import { exactLoss } from '../../../src/core/loss.js';
import { readyEncoder } from '../../support/ready-encoder.js';
import { singleFrame } from '../../support/single-frame.js';

const NO_LIMITS = {
  most: Number.POSITIVE_INFINITY,
  mostBytes: Number.POSITIVE_INFINITY,
  firstSecond: 0,
  lastSecond: Number.POSITIVE_INFINITY,
};
const MADE_UP = 0x0bad_0001;

/** A run with a small memory, which takes one frame at a time: blocks of 12 bytes and of a made-up type. */
class MadeUpRun implements FrameRun {
  readonly area: EncodingMemory;
  readonly interfaceId = 0;
  readonly seconds = 0;
  readonly nanoseconds = 0;
  left = 10;
  encodedTo = 0;

  constructor(words: number) {
    const memory = new ArrayBuffer((words + SLACK_WORDS) * 4);
    this.area = {
      bytes: new Uint8Array(memory),
      words: new Int32Array(memory),
      longs: new BigInt64Array(memory),
    };
  }

  encode(at: number, plan: RunPlan): number {
    this.encodedTo = at + 3;
    if (this.encodedTo > plan.end) return 0;
    this.area.words.set([MADE_UP, 12, 12], at);
    this.left--;
    return 1;
  }
}

/** Types of whole blocks, one behind the other. */
function blockTypes(bytes: Uint8Array): number[] {
  const types: number[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += view.getUint32(at + 4, true)) {
    types.push(view.getUint32(at, true));
    const length = view.getUint32(at + 4, true);
    assert.equal(view.getUint32(at + length - 4, true), length);
  }
  return types;
}

describe('the memory of a BlockEncoder', () => {
  it('hands on whole a frame that its buffer has room for, and the memory of a run has not', () => {
    const [encoder, output] = readyEncoder(1, 4096);
    const small = Uint8Array.from({ length: 60 }, (_, i) => i + 1);
    const long = Uint8Array.from({ length: 2001 }, (_, i) => (i * 7) & 0xff);
    const run = new MadeUpRun(128);
    assert.equal(encoder.run(run, NO_LIMITS), 1);
    encoder.frame(singleFrame({ data: long, flags: 2 }));
    assert.deepEqual(output.writes.map(blockTypes), [[MADE_UP]]);
    assert.equal(encoder.run(run, NO_LIMITS), 0, 'it has no room for what is pending');
    encoder.frame(singleFrame({ data: small }), { queue: 3 });
    encoder.flush();
    assert.equal(encoder.run(run, NO_LIMITS), 1);
    encoder.frame(singleFrame({ data: long }), { queue: 3 });
    encoder.frame(singleFrame({ data: long, lostBefore: exactLoss(9) }));
    encoder.frame(singleFrame({ data: new Uint8Array(70_000) }));
    const [direct, directOutput] = readyEncoder(1, 4096);
    direct.frame(singleFrame({ data: long, flags: 2 }));
    direct.frame(singleFrame({ data: small }), { queue: 3 });
    direct.flush();
    assert.deepEqual(output.writes[1], directOutput.writes[0]);
    assert.deepEqual(output.writes.slice(1, 5).map(blockTypes), [[6, 6], [MADE_UP], [6], [6]]);
    const [, ...pieces] = output.writes.slice(4);
    assert.equal(Buffer.concat(pieces).length, 32 + 70_000);
    assert.equal(run.left, 8);
  });
});
