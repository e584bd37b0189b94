import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { showsColour, showsUnicode } from '../../../src/cli/terminal-style.js';

describe('showsUnicode', () => {
  it('asks LC_ALL, then LC_CTYPE, then LANG, and takes empty for absent', () => {
    assert.equal(showsUnicode({ LANG: 'en_US.UTF-8' }), true);
    assert.equal(showsUnicode({ LC_ALL: 'C', LANG: 'en_US.UTF-8' }), false);
    assert.equal(showsUnicode({ LC_ALL: '', LC_CTYPE: 'C.utf8', LANG: 'C' }), true);
    assert.equal(showsUnicode({}), false);
  });
});

describe('showsColour', () => {
  it('colours terminals only, and none that asks not to', () => {
    assert.equal(showsColour({ isTTY: true }, {}), true);
    assert.equal(showsColour({}, {}), false);
    assert.equal(showsColour({ isTTY: true }, { NO_COLOR: '1' }), false);
    assert.equal(showsColour({ isTTY: true }, { NO_COLOR: '' }), true);
    assert.equal(showsColour({ isTTY: true }, { TERM: 'dumb' }), false);
  });
});
