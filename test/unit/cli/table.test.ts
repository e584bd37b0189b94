import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTable } from '../../../src/cli/table.js';

describe('formatTable', () => {
  it('aligns columns and leaves no space at the ends of lines', () => {
    const text = formatTable(
      [
        { heading: 'no', align: 'right' },
        { heading: 'name', align: 'left' },
        { heading: 'note', align: 'left' },
      ],
      [
        ['1', 'lo', ''],
        ['12', 'größe0', 'x'],
      ],
    );
    assert.equal(text, ['no  name    note', ' 1  lo', '12  größe0  x', ''].join('\n'));
  });

  it('shows the headings alone where there is no row', () => {
    assert.equal(formatTable([{ heading: 'name', align: 'left' }], []), 'name\n');
  });
});
