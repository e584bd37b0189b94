import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { type LineTerminal, LiveLine } from '../../../src/cli/live-line.js';

class RecordingTerminal implements LineTerminal {
  isTTY = true;
  columns = 20;
  written: string[] = [];
  write(text: string): void {
    this.written.push(text);
  }
}

describe('LiveLine', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
  afterEach(() => mock.timers.reset());

  it('rewrites in place four times a second', () => {
    const terminal = new RecordingTerminal();
    let count = 0;
    const line = new LiveLine(terminal, () => `n ${++count}`);
    line.start();
    mock.timers.tick(1000);
    assert.deepEqual(terminal.written, [
      '\rn 1\x1b[K',
      '\rn 2\x1b[K',
      '\rn 3\x1b[K',
      '\rn 4\x1b[K',
    ]);
  });

  it('stays one column short of the width, and follows it', () => {
    const terminal = new RecordingTerminal();
    const line = new LiveLine(terminal, () => 'x'.repeat(100));
    line.start();
    line.rewrite();
    terminal.columns = 5;
    line.rewrite();
    assert.deepEqual(terminal.written, [`\r${'x'.repeat(19)}\x1b[K`, `\r${'x'.repeat(4)}\x1b[K`]);
  });

  it('is gone at the end, and stays gone', () => {
    const terminal = new RecordingTerminal();
    const line = new LiveLine(terminal, () => 'x');
    line.start();
    line.rewrite();
    line.stop();
    line.stop();
    line.rewrite();
    mock.timers.tick(1000);
    assert.deepEqual(terminal.written, ['\rx\x1b[K', '\r\x1b[K']);
  });

  it('writes nothing where the stream is no terminal', () => {
    const terminal = new RecordingTerminal();
    terminal.isTTY = false;
    const line = new LiveLine(terminal, () => 'x');
    line.start();
    mock.timers.tick(1000);
    line.stop();
    assert.deepEqual(terminal.written, []);
  });

  it('writes nothing when it ends before it was first shown', () => {
    const terminal = new RecordingTerminal();
    const line = new LiveLine(terminal, () => 'x');
    line.start();
    line.stop();
    assert.deepEqual(terminal.written, []);
  });
});
