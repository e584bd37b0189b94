import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError } from '../../../src/core/errors.js';
import { checkSensorName } from '../../../src/core/sensor-name.js';

describe('checkSensorName', () => {
  it('takes letters of any script, digits, spaces and ._:@-, up to a hundred', () => {
    for (const name of ['edge1', 'Zürich 2', '東京', 'a.b_c:d@e-f', '.', 'x'.repeat(100)]) {
      checkSensorName(name);
    }
  });

  it('refuses what is empty, too long, or would mean something in a folder or a subject', () => {
    for (const name of [
      '',
      'x'.repeat(101),
      '../x',
      'a/b',
      'a*',
      'a>',
      'a%2F',
      'a\nb',
      'a\tb',
      'a\0',
    ]) {
      assert.throws(
        () => checkSensorName(name),
        (error) =>
          error instanceof ArgumentError && error.code === 'BAD_SENSOR' && error.value === name,
        JSON.stringify(name),
      );
    }
  });
});
