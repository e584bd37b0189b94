import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  defaultBuffer,
  describeBuffer,
  parseBuffer,
  parseFrameSizes,
  parseStalls,
  parseTraffic,
  toBufferOptions,
} from '../../../src/cli/model-words.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import { DEFAULT_BUFFER_SIZE_BYTES, defaultBlockSize } from '../../../src/source/live-defaults.js';
import { DEFAULT_RETIRE_MS } from '../../../src/source/ring-source.js';

const MS = 1_000_000;

function refuses(parse: (text: string) => unknown, texts: readonly string[], word: RegExp): void {
  for (const text of texts) {
    assert.throws(
      () => parse(text),
      (error) => error instanceof UsageError && word.test(error.message),
      `'${text}'`,
    );
  }
}

describe('--traffic', () => {
  it('is constant, poisson or bursts', () => {
    assert.deepEqual(parseTraffic('constant'), { kind: 'constant' });
    assert.deepEqual(parseTraffic('poisson'), { kind: 'poisson' });
    const burst = { kind: 'bursts', onNs: 2 * MS, offNs: 98 * MS };
    assert.deepEqual(parseTraffic('burst:2ms/98ms'), { ...burst, random: false });
    assert.deepEqual(parseTraffic('random-burst:2ms/98ms'), { ...burst, random: true });
    assert.deepEqual(parseTraffic('burst:2ms/0'), { ...burst, offNs: 0, random: false });
  });

  it('refuses anything else', () => {
    refuses(parseTraffic, ['', 'burst', 'burst:2ms', 'burst:0/5ms', 'burst:x/y'], /--traffic/);
  });
});

describe('--size', () => {
  it('is a length, IMIX or a mix', () => {
    assert.deepEqual(parseFrameSizes('60'), { kind: 'fixed', length: 60 });
    assert.deepEqual(parseFrameSizes('imix'), { kind: 'imix' });
    const lengths = [
      { length: 60, weight: 7 },
      { length: 1514, weight: 1 },
    ];
    assert.deepEqual(parseFrameSizes('60*7,1514'), { kind: 'mix', lengths });
  });

  it('refuses lengths that no frame has, and weights of 0', () => {
    refuses(parseFrameSizes, ['', '0', '13', '262145', '60*0', '60*1*2', 'big'], /--size/);
  });
});

describe('--stall', () => {
  it('is periodic, random, or a list', () => {
    assert.deepEqual(parseStalls('1s:50ms'), {
      kind: 'periodic',
      everyNs: 1000 * MS,
      lengthNs: 50 * MS,
    });
    assert.deepEqual(parseStalls('random:1s:2s'), {
      kind: 'random',
      everyNs: 1000 * MS,
      lengthNs: 2000 * MS,
    });
    assert.deepEqual(parseStalls('at:0:20ms,2s:5ms'), {
      kind: 'list',
      stalls: [
        { atNs: 0, lengthNs: 20 * MS },
        { atNs: 2000 * MS, lengthNs: 5 * MS },
      ],
    });
  });

  it('refuses a stall as long as its period, and what is incomplete', () => {
    refuses(
      parseStalls,
      ['', '1s', '1s:1s', '0:1ms', 'random:0:1ms', 'at:', 'at:1s', 'a:b'],
      /--stall/,
    );
  });
});

describe('--buffer', () => {
  it('has the defaults of gapcap capture', () => {
    assert.deepEqual(parseBuffer('ring:64M'), defaultBuffer);
    assert.deepEqual(defaultBuffer, {
      kind: 'ring',
      sizeBytes: DEFAULT_BUFFER_SIZE_BYTES,
      blockBytes: defaultBlockSize(DEFAULT_BUFFER_SIZE_BYTES),
      retireNs: DEFAULT_RETIRE_MS * MS,
    });
    for (let sizeBytes = 8192; sizeBytes < 2 ** 31; sizeBytes = Math.floor(sizeBytes * 1.37)) {
      const { blockBytes } = parseBuffer(`ring:${sizeBytes}`) as { blockBytes: number };
      assert.equal(blockBytes, defaultBlockSize(sizeBytes), `${sizeBytes}`);
    }
  });

  it('takes block and retire time, and either alone', () => {
    const ring = { kind: 'ring', sizeBytes: 1 << 20 };
    assert.deepEqual(parseBuffer('ring:1M/64k/8ms'), {
      ...ring,
      blockBytes: 65_536,
      retireNs: 8 * MS,
    });
    assert.deepEqual(parseBuffer('ring:1M/64k'), {
      ...ring,
      blockBytes: 65_536,
      retireNs: 40 * MS,
    });
    assert.deepEqual(parseBuffer('ring:1M/8ms'), {
      ...ring,
      blockBytes: 131_072,
      retireNs: 8 * MS,
    });
    assert.deepEqual(parseBuffer('socket:4M'), { kind: 'socket', sizeBytes: 4 << 20 });
  });

  it('makes the blocks of a small ring smaller, as capture does', () => {
    assert.deepEqual(parseBuffer('ring:100k'), {
      kind: 'ring',
      sizeBytes: 102_400,
      blockBytes: 49_152,
      retireNs: 40 * MS,
    });
  });

  it('refuses what has no room for two blocks, is too large, or no buffer', () => {
    refuses(parseBuffer, ['ring:100', 'ring:64k/64k'], /no room for two blocks/);
    refuses(parseBuffer, ['ring:2G', 'socket:1G'], /too large/);
    refuses(
      parseBuffer,
      ['', 'ring', 'queue:5M', 'ring:1M/64k/8ms/9', 'socket:1M/5', 'ring:0'],
      /--buffer/,
    );
  });

  it('becomes what the kernel would give: twice the size for a socket, whole blocks for a ring', () => {
    assert.deepEqual(toBufferOptions(parseBuffer('socket:4M'), { snapshotLength: 96 }), {
      kind: 'socket',
      receiveBufferBytes: 8 << 20,
      snapshotLength: 96,
    });
    assert.deepEqual(toBufferOptions(parseBuffer('ring:200k/64k'), { kernel: '6.18' }), {
      kind: 'ring',
      blockCount: 3,
      blockSize: 65_536,
      retireNs: 40 * MS,
      reserveBytes: 2,
      kernel: '6.18',
    });
    const charged = toBufferOptions(parseBuffer('socket:4M'), { truesize: 2304 });
    assert.equal(charged.kind === 'socket' && charged.truesize!(60), 2304);
  });

  it('is said in words', () => {
    assert.equal(describeBuffer(parseBuffer('socket:4M')), 'socket queue of 4 MiB');
    assert.equal(
      describeBuffer(parseBuffer('ring:200k/64k/8ms')),
      'ring of 192 KiB (3 blocks of 64 KiB, retire 8 ms)',
    );
  });
});
