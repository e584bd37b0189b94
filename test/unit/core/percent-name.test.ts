import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { percentName } from '../../../src/core/percent-name.js';

const HARMLESS = /[A-Za-z0-9._-]/;

describe('percentName', () => {
  it('leaves what is harmless, and writes the bytes of the rest', () => {
    assert.equal(percentName('eth0.100', HARMLESS), 'eth0.100');
    assert.equal(percentName('a/b %', HARMLESS), 'a%2Fb%20%25');
    assert.equal(percentName('é€😀', HARMLESS), '%C3%A9%E2%82%AC%F0%9F%98%80');
    assert.equal(percentName('é', /[\p{L}]/u), 'é');
    assert.equal(percentName('', HARMLESS), '');
  });

  it('is undone by what undoes percent signs everywhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const name = percentName(text, HARMLESS);
        assert.match(name, /^[A-Za-z0-9._%-]*$/);
        assert.equal(decodeURIComponent(name), text);
      }),
    );
  });
});
