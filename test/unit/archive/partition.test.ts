import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { dayOf, identify, partitionPath } from '../../../src/archive/partition.js';
import fc from '../../support/fixed-check.js';

const folder = mkdtempSync(join(tmpdir(), 'gapcap-partition-'));
after(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('partitionPath', () => {
  it('names folders as Hive does', () => {
    assert.equal(
      partitionPath('frames', 'edge1', dayOf(1_795_355_060), 'x', 0),
      'frames/sensor=edge1/date=2026-11-22/x.parquet',
    );
  });

  it('escapes of a sensor’s name what Hive escapes, and no more', () => {
    assert.equal(
      partitionPath('gaps', 'Zürich 2@b_c-d.e:f', dayOf(1_795_355_060), 'x', 0),
      'gaps/sensor=Zürich 2@b_c-d.e%3Af/date=2026-11-22/x.parquet',
    );
  });

  it('has a name for what is unknown, and numbers further files of a day', () => {
    assert.equal(
      partitionPath('gaps', undefined, undefined, 'x', 2),
      'gaps/sensor=__HIVE_DEFAULT_PARTITION__/date=__HIVE_DEFAULT_PARTITION__/x.2.parquet',
    );
  });

  it('keeps any sensor in one folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (sensor) => {
        const parts = partitionPath('frames', sensor, 0, 'x', 0).split('/');
        assert.equal(parts.length, 4);
        assert.equal(
          decodeURIComponent(parts[1]!.slice('sensor='.length)),
          Buffer.from(sensor).toString(),
        );
      }),
    );
  });

  it('knows the first and the last day that a capture can have', () => {
    assert.match(partitionPath('frames', 's', dayOf(0), 'x', 0), /date=1970-01-01/);
    assert.match(partitionPath('frames', 's', dayOf(2 ** 32 - 1), 'x', 0), /date=2106-02-07/);
  });
});

describe('identify', () => {
  const beginning = 'x'.repeat(5000);

  it('stays the same while a file grows, and in another folder', () => {
    const first = identify(written('a.pcapng', beginning));
    const grown = identify(written('a.pcapng', `${beginning}more`));
    mkdirSync(join(folder, 'other'));
    const moved = identify(written('other/a.pcapng', beginning));
    assert.equal(grown.capture, first.capture);
    assert.equal(moved.capture, first.capture);
    assert.match(first.stem, /^a\.pcapng-[0-9a-f]{16}$/);
  });

  it('differs by name and by content', () => {
    const first = identify(written('a.pcapng', beginning));
    assert.notEqual(identify(written('b.pcapng', beginning)).capture, first.capture);
    assert.notEqual(identify(written('a.pcapng', `y${beginning}`)).capture, first.capture);
  });

  it('makes a harmless file name of any', () => {
    const { stem, file } = identify(written('a b;$(x)\n.pcapng', beginning));
    assert.equal(file, 'a b;$(x)\n.pcapng');
    assert.match(stem, /^[A-Za-z0-9._%-]+$/);
    assert.ok(identify(written('z'.repeat(200), beginning)).stem.length < 130);
  });

  it('says which file it can’t read', () => {
    assert.throws(() => identify(join(folder, 'none')), {
      code: 'ENOENT',
      message: /none: there is no such file or folder/,
    });
  });
});
