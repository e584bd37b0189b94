import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { htmlPage, scriptSafeJson } from '../../../src/report/html-page.js';
import { fakeReport } from '../../support/report-fixture.js';

const page = [...htmlPage(fakeReport({ 101: 40 }, '</script><script>alert(1)</script>'))].join('');

/** The text of each element of a kind, with its start tag's attributes. */
function elements(tag: string): { attributes: string; text: string }[] {
  const pattern = new RegExp(`<${tag}([^>]*)>([\\s\\S]*?)</${tag}>`, 'g');
  return [...page.matchAll(pattern)].map(([, attributes, text]) => ({
    attributes: attributes!,
    text: text!,
  }));
}

describe('htmlPage', () => {
  it('lets run only the scripts and styles that it holds, by their hashes', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!;
    assert.match(policy, /^default-src 'none';/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*|data:/);
    const hash = (text: string): string =>
      `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const scripts = elements('script').filter(({ attributes }) => attributes === '');
    assert.equal(scripts.length, 2);
    for (const { text } of scripts) assert.ok(policy.includes(hash(text)));
    const [style] = elements('style');
    assert.ok(policy.includes(hash(style!.text)));
    assert.ok(page.indexOf('Content-Security-Policy') < page.indexOf('<style'));
  });

  it('names no other resource', () => {
    const withoutScripts = page.replace(/<script>[\s\S]*?<\/script>/g, '');
    assert.doesNotMatch(withoutScripts, /\b(?:src|href|srcset)=|@import|url\(/);
  });

  it('holds the report as JSON that ends no element', () => {
    const data = elements('script').find(({ attributes }) => attributes.includes('json'))!;
    assert.doesNotMatch(data.text, /[<>]/);
    const report = JSON.parse(data.text) as { lost: number; interfaces: { name: string }[] };
    assert.equal(report.lost, 47);
    assert.equal(report.interfaces[0]!.name, '</script><script>alert(1)</script>');
  });

  it('has handlers of events in no element', () => {
    assert.doesNotMatch(page.replace(/<script[^>]*>[\s\S]*?<\/script>/g, ''), /\son\w+=/);
  });

  it("holds uPlot's licence", () => {
    assert.match(page, /Copyright \(c\) \d+ Leon Sorokin/);
  });
});

describe('scriptSafeJson', () => {
  it('says the same without a character that HTML could take for its own', () => {
    const value = { text: '<!--<script>&amp;\u2028\u2029</SCRIPT' };
    const text = scriptSafeJson(value);
    assert.doesNotMatch(text, /[<>&\u2028\u2029]/);
    assert.deepEqual(JSON.parse(text), value);
  });
});
