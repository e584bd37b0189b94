import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exactLoss, type Loss } from '../../../src/core/loss.js';
import { FrameLine } from '../../../src/report/frame-line.js';
import { FrameListing, type ListedFrame } from '../../../src/report/frame-listing.js';
import fc from '../../support/fixed-check.js';
import { ethernet, ipv4, udp } from '../../support/packet-bytes.js';
import { singleFrame } from '../../support/single-frame.js';

const DATA = ethernet(0x0800, ipv4(17, udp([5000, 6000], new Uint8Array(4))));

interface Sample {
  readonly lost?: number;
  readonly interfaceId?: number;
  readonly hasTimestamp?: boolean;
}

function frame(index: number, { lost, interfaceId = 0, hasTimestamp }: Sample): ListedFrame {
  const lostBefore: Loss | undefined = lost === undefined ? undefined : exactLoss(lost);
  const batch = singleFrame({
    data: DATA,
    interfaceId,
    seconds: 100 + index,
    nanoseconds: 5,
    lostBefore,
  });
  return hasTimestamp === undefined ? batch : Object.assign(batch, { hasTimestamp });
}

interface ListOptions {
  readonly aroundGaps?: number;
  readonly unicode?: boolean;
  readonly interfaceCount?: number;
}

/** The lines of a listing: frame lines cut down to their number, other lines whole. */
function list(samples: readonly Sample[], options: ListOptions = {}, finalLoss = 0): string[] {
  const { aroundGaps, unicode = true, interfaceCount = 1 } = options;
  let text = '';
  const listing = new FrameListing(
    new FrameLine({ time: 'relative', unicode }),
    (id) => ({ linkType: 1, gapName: interfaceCount > 1 ? `eth${id}` : undefined }),
    (bytes) => {
      text += Buffer.from(bytes).toString('utf8');
    },
    { aroundGaps },
  );
  for (const [i, sample] of samples.entries()) listing.frame(frame(i, sample), i + 1);
  if (finalLoss > 0) listing.lossAfter(0, exactLoss(finalLoss));
  listing.end();
  const lines = text.split('\n');
  assert.equal(lines.pop(), '');
  return lines.map((line) => /^ +(\d+) .* 5000 > 6000 /.exec(line)?.[1] ?? line);
}

const plain = (count: number): Sample[] => Array.from({ length: count }, () => ({}));

describe('FrameListing', () => {
  it('gives each frame its line, and each gap one in its place', () => {
    assert.deepEqual(list([{}, { lost: 40 }, {}, { lost: 1 }], {}, 5), [
      '1',
      '──── 40 frames lost (1 s) ────',
      '2',
      '3',
      '──── 1 frame lost (1 s) ────',
      '4',
      '──── 5 frames lost ────',
    ]);
  });

  it('measures a gap between frames of its own interface, and names it', () => {
    const samples = [
      {},
      { interfaceId: 1 },
      { interfaceId: 1 },
      { lost: 7 },
      { interfaceId: 2, lost: 3 },
    ];
    assert.deepEqual(list(samples, { interfaceCount: 3, unicode: false }), [
      ...['1', '2', '3'],
      '---- 7 frames lost on eth0 (3 s) ----',
      '4',
      '---- 3 frames lost on eth2 ----',
      '5',
    ]);
  });

  it('shows only the frames around gaps, and how many are left out', () => {
    const samples = [
      ...plain(10),
      { lost: 40 },
      ...plain(10),
      { lost: 2 },
      {},
      { lost: 3 },
      ...plain(9),
    ];
    assert.deepEqual(list(samples, { aroundGaps: 2 }), [
      '⋮ 8 frames',
      ...['9', '10', '──── 40 frames lost (1 s) ────', '11', '12'],
      '⋮ 7 frames',
      ...['20', '21', '──── 2 frames lost (1 s) ────', '22', '23'],
      ...['──── 3 frames lost (1 s) ────', '24', '25'],
      '⋮ 8 frames',
    ]);
  });

  it('shows the last frames before the final gap', () => {
    assert.deepEqual(list(plain(5), { aroundGaps: 1, unicode: false }, 9), [
      '... 4 frames',
      '5',
      '---- 9 frames lost ----',
    ]);
  });

  it('shows nothing but gaps with 0 frames around them', () => {
    assert.deepEqual(list([{}, { lost: 1 }, {}], { aroundGaps: 0 }), [
      '⋮ 1 frame',
      '──── 1 frame lost (1 s) ────',
      '⋮ 2 frames',
    ]);
  });

  it('writes the place before a line, also of frames that waited for a gap', () => {
    let text = '';
    const listing = new FrameListing(
      new FrameLine({ time: 'relative' }),
      (id) => ({ linkType: 1, gapName: `eth${id}`, placed: id === 1 }),
      (bytes) => {
        text += Buffer.from(bytes).toString('utf8');
      },
      { aroundGaps: 1, placeOf: ({ interfaceId }) => `at ${interfaceId} ` },
    );
    const samples = [{}, { interfaceId: 1 }, { lost: 1 }, { interfaceId: 1, lost: 2 }];
    for (const [i, sample] of samples.entries()) listing.frame(frame(i, sample), i + 1);
    listing.end();
    const begins = text.split('\n').map((line) => /^(at \d )? *(\d) \d/.exec(line)?.slice(1));
    assert.deepEqual(
      begins.filter((one) => one !== undefined),
      [
        ['at 1 ', '2'],
        [undefined, '3'],
        ['at 1 ', '4'],
      ],
    );
  });

  it('counts relative times from the first frame, shown or not', () => {
    let text = '';
    const listing = new FrameListing(
      new FrameLine({ time: 'relative' }),
      () => ({ linkType: 1, gapName: undefined }),
      (bytes) => {
        text += Buffer.from(bytes).toString('utf8');
      },
      { aroundGaps: 1 },
    );
    for (const i of [0, 1, 2, 3]) listing.frame(frame(i, i === 3 ? { lost: 4 } : {}), i + 1);
    listing.end();
    assert.match(text, /\n +3 +2\.000000000 /);
  });

  it('writes no time, and no duration, where a frame has none', () => {
    const lines = list([{}, { hasTimestamp: false, lost: 4 }]);
    assert.deepEqual(lines.slice(0, 2), ['1', '──── 4 frames lost ────']);
  });

  it('accounts for every frame, whatever the gaps', () => {
    const samples = fc.array(fc.option(fc.nat(9), { nil: undefined, freq: 5 }), { maxLength: 60 });
    fc.assert(
      fc.property(samples, fc.nat(5), (losses, aroundGaps) => {
        const given = losses.map((lost): Sample => (lost ? { lost } : {}));
        const lines = list(given, { aroundGaps });
        let next = 1;
        for (const line of lines) {
          const omitted = /^⋮ (\d+)/.exec(line);
          if (omitted !== null) next += Number(omitted[1]);
          else if (!line.startsWith('─')) assert.equal(Number(line), next++);
        }
        assert.equal(next, given.length + 1);
        const isNear = (at: number): boolean =>
          given.some(({ lost }, gap) => lost && at >= gap - aroundGaps && at < gap + aroundGaps);
        const shown = given.flatMap((_, at) => (isNear(at) ? [`${at + 1}`] : []));
        assert.deepEqual(
          lines.filter((line) => /^\d/.test(line)),
          shown,
        );
      }),
    );
  });
});
