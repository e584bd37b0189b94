import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { safeText } from '../../../src/report/safe-text.js';
import fc from '../../support/fixed-check.js';

describe('safeText', () => {
  it('makes escape sequences and control characters visible', () => {
    assert.equal(safeText('eth0\x1b[2J'), 'eth0\\x1b[2J');
    assert.equal(safeText('a\r\nb\tc\x7f\x9b'), 'a\\x0d\\x0ab\\x09c\\x7f\\x9b');
  });

  it('makes characters visible that reorder or end a line', () => {
    assert.equal(
      safeText('a\u202eb\u2066c\u200fd\u2028e\ufeff'),
      'a\\u202eb\\u2066c\\u200fd\\u2028e\\ufeff',
    );
  });

  it('makes half a surrogate pair visible, and leaves a whole one', () => {
    assert.equal(safeText('\ud83d'), '\\ud83d');
    assert.equal(safeText('wlan0 – Büro 🐟'), 'wlan0 – Büro 🐟');
  });

  it('leaves nothing harmful in any text, and nothing changed in harmless text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const safe = safeText(text);
        for (const character of safe) {
          const code = character.codePointAt(0)!;
          assert.ok(code >= 0x20 && !(code >= 0x7f && code < 0xa0), `U+${code.toString(16)}`);
          assert.ok(!(code >= 0x202a && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069));
        }
        assert.equal(safeText(safe), safe);
      }),
    );
  });
});
