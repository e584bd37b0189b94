import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReportTable } from '../../../src/report/report-csv.js';
import { REPORT_TABLES, reportCsv } from '../../../src/report/report-csv.js';
import type { ReportJson } from '../../../src/report/report-json.js';
import { fakeReport } from '../../support/report-fixture.js';

const report = fakeReport({ 101: 40, 301: 2 }, '=1+1');
const rows = (table: ReportTable): string[][] =>
  [...reportCsv(report, table)].map((row) => row.trimEnd().split(','));

describe('reportCsv', () => {
  it('has a row for each gap with the facts of the JSON', () => {
    const [headings, first, second, last, ...rest] = rows('gaps');
    assert.deepEqual(rest, []);
    const cell = (row: string[], name: string): string => row[headings!.indexOf(name)]!;
    assert.equal(cell(first!, 'lost'), '40');
    assert.equal(cell(first!, 'after'), '100');
    assert.equal(cell(first!, 'before'), '101');
    assert.equal(cell(first!, 'start'), '1795355060.000990000');
    assert.equal(cell(first!, 'end'), '1795355060.001000000');
    assert.equal(cell(first!, 'certainty'), 'exact');
    assert.equal(cell(first!, 'frames_per_second_before'), '100000');
    assert.equal(cell(second!, 'at_least'), '2');
    assert.equal(cell(last!, 'lost'), '7');
    assert.equal(cell(last!, 'before'), '');
    assert.equal(cell(first!, 'interface_name'), "'=1+1");
  });

  it('names the ring of a gap where several feed the interface', () => {
    const [first, ...others] = report.gaps;
    const rings: ReportJson = { ...report, gaps: [{ ...first!, queue: 3 }, ...others] };
    for (const table of ['gaps', 'flows'] as const) {
      const [headings, ring, ...rest] = [...reportCsv(rings, table)].map((row) => row.split(','));
      const at = headings!.indexOf('queue');
      assert.equal(ring![at], '3', table);
      assert.equal(rest.at(-1)![at], '', table);
    }
  });

  it('has every interval, whose sums are the totals', () => {
    const [headings, ...intervals] = rows('intervals');
    const total = (name: string): number =>
      intervals.reduce((sum, row) => sum + Number(row[headings!.indexOf(name)]), 0);
    assert.equal(total('frames'), 400);
    assert.equal(total('bytes'), 40_000);
    assert.equal(total('lost'), 49);
    assert.equal(total('gaps'), 3);
    assert.equal(intervals[0]![0], report.timeline.start);
    assert.equal(intervals[1]![0], intervals[0]![1]);
  });

  it('has as many cells in each row as in the headings, in every table', () => {
    for (const table of REPORT_TABLES) {
      const [headings, ...others] = rows(table);
      for (const row of others) assert.equal(row.length, headings!.length, `${table}: ${row}`);
      assert.ok(others.length > 0, table);
    }
  });

  it('leaves cells empty for what is not known', () => {
    const [headings, row] = rows('interfaces');
    assert.equal(row![headings!.indexOf('interface_dropped')], '');
    assert.equal(row![headings!.indexOf('left_out')], '');
    assert.equal(row![headings!.indexOf('lost')], '49');
  });
});
