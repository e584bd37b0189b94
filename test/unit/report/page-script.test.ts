import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { joinModules } from '../../../src/report/page-script.js';

describe('joinModules', () => {
  let folder: string;
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-page-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('makes one script of modules, each run once and with names of its own', () => {
    write(
      'count.js',
      "export const log = [];\nlog.push('count');\nexport function next() { return log.length; }\n",
    );
    write(
      'one.js',
      "import { log, next as count } from './count.js';\nconst hidden = 1;\nexport class One { get value() { log.push('one'); return count() + hidden; } }\n",
    );
    const main = write(
      'main.js',
      "import { One } from './one.js';\nimport { log } from './count.js';\nconst hidden = 40;\nglobalThis.result = [new One().value + hidden, ...log];\n",
    );
    const context: { result?: unknown[] } = {};
    runInNewContext(joinModules(main), context);
    assert.deepEqual([...context.result!], [43, 'count', 'one']);
  });

  it('refuses forms that it does not know', () => {
    assert.throws(
      () => joinModules(write('a.js', "import x from './b.js';\n")),
      /Can't join .*a\.js.*import x/,
    );
    assert.throws(() => joinModules(write('b.js', 'export default 1;\n')), /Can't join .*b\.js/);
  });

  it('refuses modules that import each other', () => {
    write('left.js', "import { b } from './right.js';\nexport const a = 1;\n");
    const right = write('right.js', "import { a } from './left.js';\nexport const b = 1;\n");
    assert.throws(() => joinModules(right), /imports itself/);
  });
});
