import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foreignOptionHint } from '../../../src/cli/foreign-options.js';
import { describeProgram } from '../../../src/cli/program.js';

describe('foreignOptionHint', () => {
  it('says what to type in place of an option of others', () => {
    assert.match(foreignOptionHint('-G')!, /-b duration:3600/);
    assert.match(foreignOptionHint('-lU')!, /Leave it out/);
    assert.match(foreignOptionHint('--time-stamp-precision=nano')!, /nanoseconds/);
  });

  it('says nothing of options that nobody has', () => {
    for (const option of ['-Y', '--cuont', '-', '--constructor', '--']) {
      assert.equal(foreignOptionHint(option), undefined, option);
    }
  });

  it('has no hint for an option that capture has itself', async () => {
    const program = await describeProgram();
    const capture = program.commands.find((command) => command.name() === 'capture')!;
    for (const { short, long } of capture.options) {
      for (const name of [short, long]) {
        assert.equal(name === undefined ? undefined : foreignOptionHint(name), undefined, name);
      }
    }
  });
});
