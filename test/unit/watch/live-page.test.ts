import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { readLivePage } from '../../../src/watch/live-page.js';

const { html, policy } = readLivePage();

describe('readLivePage', () => {
  it('lets nothing run or load but its own scripts, style and events', () => {
    const hashes = [...html.matchAll(/<(script|style)>(.*?)<\/\1>/gs)].map(
      ([, , text]) => `'sha256-${createHash('sha256').update(text!).digest('base64')}'`,
    );
    assert.equal(hashes.length, 3);
    for (const hash of hashes) assert.ok(policy.includes(hash));
    const rest = hashes.reduce((text, hash) => text.replace(hash, 'HASH'), policy);
    assert.equal(
      rest,
      "default-src 'none'; script-src HASH HASH; style-src HASH; base-uri 'none'; " +
        "form-action 'none'; connect-src 'self'; img-src data:; frame-ancestors 'none'",
    );
  });

  it('refers to nothing outside of it but its own server', () => {
    const markup = html.replace(/<(script|style)>.*?<\/\1>/gs, '');
    const references = [...markup.matchAll(/(?:src|href|action)="([^"]*)"/g)].map(([, to]) => to);
    assert.deepEqual(new Set(references), new Set(['data:,', '/metrics']));
    assert.doesNotMatch(markup, /\son\w+=/);
  });
});
