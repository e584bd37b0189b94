/** Reports made of fake frames, for the tests of what shows them. */

import { readReport } from '../../src/analysis/capture-report.js';
import { exactLoss } from '../../src/core/loss.js';
import { toReportJson } from '../../src/report/report-facts-json.js';
import type { ReportJson } from '../../src/report/report-json.js';
import { type FakeFrame, FakeSource, fakeInterface } from './fake-source.js';

/**
 * 400 frames, one every 10 µs, of which `gaps` have lost ones before them, and a final gap of 7.
 *
 * @param gaps frames lost, by the number of the frame after them
 */
export function fakeReport(gaps: Readonly<Record<number, number>>, name = 'eth0'): ReportJson {
  const frames = Array.from({ length: 400 }, (_, i): FakeFrame => {
    const lost = gaps[i + 1];
    return {
      timeNs: 1_795_355_060_000_000_000n + BigInt(i) * 10_000n,
      originalLength: 100,
      ...(lost === undefined ? {} : { lostBefore: exactLoss(lost) }),
    };
  });
  const dropped = Object.values(gaps).reduce((sum, lost) => sum + lost, 0) + 7;
  const source = new FakeSource({
    frames,
    interfaces: [fakeInterface(0, { name })],
    counters: [{ received: frames.length + dropped, dropped }],
  });
  return toReportJson(readReport(source, { file: 'fake.pcapng' }));
}
