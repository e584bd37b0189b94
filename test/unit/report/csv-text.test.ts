import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvRow } from '../../../src/report/csv-text.js';

describe('csvRow', () => {
  it('joins cells with commas and ends the row with CRLF', () => {
    assert.equal(csvRow(['a', 1, -2.5, null, undefined, '']), 'a,1,-2.5,,,\r\n');
  });

  it('quotes as RFC 4180 says', () => {
    assert.equal(
      csvRow(['a,b', 'say "x"', 'two\nlines', ' edge ']),
      '"a,b","say ""x""","two\nlines"," edge "\r\n',
    );
  });

  it('keeps a text from becoming a formula', () => {
    for (const text of [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      ' =1',
      '\uff1d1',
      '\n=1',
      '\u0000=1',
    ]) {
      const cell = csvRow([text]).slice(0, -2);
      assert.match(cell, /^"?'/, JSON.stringify(text));
    }
    assert.equal(csvRow(["=cmd|' /C calc'!A0"]), "'=cmd|' /C calc'!A0\r\n");
    assert.equal(csvRow(['=HYPERLINK("http://x","y")']), '"\'=HYPERLINK(""http://x"",""y"")"\r\n');
  });

  it('leaves harmless texts alone', () => {
    assert.equal(
      csvRow(['eth0', 'a=b', '192.0.2.1:443', '1795355060.000000001']),
      'eth0,a=b,192.0.2.1:443,1795355060.000000001\r\n',
    );
  });
});
