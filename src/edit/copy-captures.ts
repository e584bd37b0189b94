/** Copies capture files, one after the other, into one: cut, filtered, converted; no loss forgotten. */

import { VERSION } from '../core/version.js';
import { CopyInput } from './copy-input.js';
import type { CopyOptions, CopyResult } from './copy-options.js';
import { CopyRun } from './copy-run.js';
import { newSectionHeader } from './description-copy.js';

/**
 * Copies the frames of one or more files into one file, in their order.
 *
 * Sections, interfaces, statistics, options and other blocks stay as they are as far as the format
 * holds them; several inputs become several sections. The losses recorded on frames that are left out
 * fold into the next kept frame of their interface, so that the sum of recorded losses is the same
 * whatever is selected. Memory is constant. Cost: some 100 ns a frame that stays as it is.
 *
 * Where an input is damaged the output has all that comes before, and the error is thrown.
 *
 * @throws {FormatError} where an input contradicts its format
 * @throws {ArgumentError} `SAME_FILE`; `MIXED_LINK_TYPES` where pcap can't hold all interfaces
 * @throws {StateError} `NO_TIMESTAMP` where pcap can't hold a frame without a time
 * @throws {SystemCallError} where a file can't be read or written
 */
export async function copyCaptures(
  inputs: readonly string[],
  options: CopyOptions,
): Promise<CopyResult> {
  const run = new CopyRun(inputs, options);
  try {
    for (const path of inputs) if (!run.aborted) await copyInput(path, run, options);
  } catch (error) {
    await run.fail(error);
    throw error;
  }
  return run.close();
}

async function copyInput(
  path: string,
  run: CopyRun,
  { maxCompressionRatio }: CopyOptions,
): Promise<void> {
  const { sink } = run;
  using input = new CopyInput(path, sink, (header, places) => sink.section(header, places), {
    waits: false,
    maxCompressionRatio,
  });
  // Not "gapcap …": that would say that every loss is recorded, and pcap records none.
  if (input.source.format === 'pcap') {
    const application = `pcap converted by gapcap ${VERSION}`;
    const section = { application, hardware: undefined, os: undefined, comments: [] };
    sink.section(newSectionHeader(section), false);
  }
  try {
    for (let batch = input.next(); batch !== undefined; batch = input.next()) {
      if (!run.count(input.take(batch, run.selection))) continue;
      await run.breathe([input]);
      if (run.aborted) break;
    }
  } finally {
    run.end(input);
  }
}
