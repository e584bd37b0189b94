/** What is told of a damaged file: what comes before the damage, and where that is. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readFileReport } from '../../../src/analysis/capture-report.js';
import { readFileFacts } from '../../../src/analysis/file-facts.js';
import { readFileLoss } from '../../../src/analysis/file-loss.js';
import { inferFileLoss } from '../../../src/analysis/infer-loss.js';
import { damageText } from '../../../src/report/damage-text.js';
import { inferText } from '../../../src/report/infer-text.js';
import { toInfoJson } from '../../../src/report/info-json.js';
import { infoText } from '../../../src/report/info-text.js';
import { toLossJson } from '../../../src/report/loss-json.js';
import { lossText } from '../../../src/report/loss-text.js';
import { toReportJson } from '../../../src/report/report-facts-json.js';
import { openFile } from '../../../src/source/file-source.js';
import {
  block,
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  fields,
  interfaceDescription,
  option,
  sectionHeader,
} from '../../support/block-bytes.js';

const DATA = new Uint8Array(60);
const keepsDamaged = true;
/** A block of a length that none can have. */
const BROKEN = fields('little', [6, 4], [7, 4], new Uint8Array(12));

describe('what is told of a damaged file', () => {
  let folder: string;
  let path: string;
  let offset: number;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gapcap-damage-'));
    path = join(folder, 'damaged.pcapng');
    const start = concat(
      sectionHeader('little', option('little', 4, 'gapcap 1.0'), END_OF_OPTIONS),
      interfaceDescription('little'),
      enhancedPacket('little', 0, 1n, DATA),
      enhancedPacket('little', 0, 2n, DATA, option('little', 4, [7n, 8]), END_OF_OPTIONS),
      // Totals that hold for two frames, had there been no more: damage makes them a claim of the past.
      block('little', 5, new Uint8Array(12), option('little', 4, [9n, 8]), END_OF_OPTIONS),
    );
    offset = start.length;
    writeFileSync(path, concat(start, BROKEN));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is thrown unless asked for', () => {
    using source = openFile(path);
    assert.throws(() => readFileLoss(source), { name: 'FormatError', offset });
  });

  it('is the frames and gaps before it, and its place', () => {
    using source = openFile(path);
    const facts = readFileLoss(source, { keepsDamaged });
    const json = toLossJson(facts);
    assert.deepEqual([json.frames, json.lost, json.gaps.length], [2, 7, 1]);
    assert.equal(json.damaged?.offset, offset);
    assert.equal(json.damaged?.code, facts.damage?.code);
    assert.equal(json.interfaces[0]!.finalGap, null);
    const text = lossText(facts);
    assert.ok(text.endsWith(damageText(facts.damage!)), text);
    assert.match(text, new RegExp(`damaged at byte ${offset}: `));
  });

  it('is the same in what info, infer and report tell', () => {
    const info = readFileFacts(path, { keepsDamaged });
    assert.equal(info.tally.frames, 2);
    assert.equal(toInfoJson(info).damaged?.offset, offset);
    assert.match(infoText(info), new RegExp(`damaged at byte ${offset}: `));
    using again = openFile(path);
    const inferred = inferFileLoss(again, { keepsDamaged });
    assert.match(inferText(inferred), new RegExp(`damaged at byte ${offset}: `));
    using third = openFile(path);
    const report = toReportJson(readFileReport(third, { keepsDamaged }));
    assert.equal(report.frames, 2);
    assert.equal(report.damaged?.offset, offset);
  });

  it('is thrown all the same where nothing comes before it', () => {
    const empty = join(folder, 'nothing-before.pcapng');
    writeFileSync(empty, concat(sectionHeader('little'), BROKEN));
    using source = openFile(empty);
    assert.throws(() => readFileLoss(source, { keepsDamaged }), { name: 'FormatError' });
  });
});
