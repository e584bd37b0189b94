import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FramePlace } from '../../../src/cli/frame-place.js';
import type { FrameBatch } from '../../../src/index.js';
import { fakeInterface } from '../../support/fake-source.js';

const COOKED = 276;
const ETH0 = fakeInterface(0);
const ETH1 = fakeInterface(1, { name: 'eth1.uplink' });
const ANY = fakeInterface(0, { name: 'any', linkType: COOKED });

function frame(interfaceId: number, flags: number, bytes = new Uint8Array(60)): FrameBatch {
  return { interfaceId, flags, bytes, byteOffset: 0, capturedLength: bytes.length } as FrameBatch;
}

/** A frame with a cooked header that names the interface of this number. */
function cooked(index: number, flags: number): FrameBatch {
  const bytes = new Uint8Array(60);
  new DataView(bytes.buffer).setUint32(4, index);
  return frame(0, flags, bytes);
}

describe('FramePlace', () => {
  it('says nothing where all frames are of one interface', () => {
    const place = new FramePlace(() => [], String);
    assert.equal(place.of(frame(0, 1), [ETH0]), '');
  });

  it('says interface and direction where there are several', () => {
    const place = new FramePlace(() => [], String);
    const both = [ETH0, ETH1];
    assert.equal(place.of(frame(0, 5), both), 'eth0        in  ');
    assert.equal(place.of(frame(1, 2), both), 'eth1.uplink out ');
    const odd = [ETH0, fakeInterface(1, { name: 'e\u001b' })];
    const harmless = new FramePlace(
      () => [],
      (text) => text.replace('\u001b', '?'),
    );
    assert.equal(harmless.of(frame(1, 2), odd), 'e?   out ');
    assert.equal(place.of(frame(0, 0), both), 'eth0            ');
  });

  it('takes interfaces that a file names later, and cuts a name that fills the line', () => {
    const place = new FramePlace(() => [], String);
    place.of(frame(0, 1), [ETH0, ETH1]);
    const long = fakeInterface(2, { name: 'n'.repeat(60_000) });
    assert.equal(place.of(frame(2, 1), [ETH0, ETH1, long]), `${'n'.repeat(32)} in  `);
  });

  it('looks up the number that a cooked header has, and asks the system seldom', () => {
    let asked = 0;
    const listAll = () => {
      asked++;
      return [
        { index: 2, name: 'wan\u001b0' },
        { index: 0x0102_0304, name: 'lan' },
      ];
    };
    const place = new FramePlace(listAll, (text) => text.replace('\u001b', '?'));
    assert.equal(place.of(cooked(2, 1), [ANY]), 'wan?0 in  ');
    assert.equal(place.of(cooked(0x0102_0304, 2), [ANY]), 'lan   out ');
    assert.equal(place.of(cooked(77, 1), [ANY]), 'if77  in  ');
    assert.equal(asked, 1);
  });
});
