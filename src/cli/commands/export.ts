/** `gapcap export`: capture files as Parquet tables, for engines that query many of them. */

import { statSync } from 'node:fs';
import type { Command } from 'commander';
import type { ExportProgress, ExportResult } from '../../archiving.js';
import { ExitStatus } from '../exit-status.js';
import { addExpansionOption, type ExpansionArguments, expansionLimit } from '../expansion-limit.js';
import { reportFailure } from '../failure.js';
import { LiveLine } from '../live-line.js';
import { writeJson } from '../standard-output.js';

const examples = `
The folder gets three tables, partitioned by sensor and day:
  frames/sensor=S/date=D/*.parquet      times, lengths, addresses, ports, losses
  gaps/sensor=S/date=D/*.parquet        every gap, final gaps too
  interfaces/sensor=S/date=D/*.parquet  every interface, with its counters
Exporting a file again replaces its rows.

Examples:
  gapcap export x.pcapng --parquet archive
  gapcap export --sensor edge1 --parquet archive edge1/*.pcapng.gz
  duckdb -c "FROM 'archive/gaps/**/*.parquet' ORDER BY lost DESC LIMIT 10"`;

interface ExportArguments extends ExpansionArguments {
  readonly parquet: string;
  readonly sensor?: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** How often the progress is shown while a file is read, in milliseconds. */
const progressEveryMs = 250;

/** Defines the command; see `CommandModule`. */
export function define(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .description(
      'Writes capture files as Parquet tables that DuckDB, ClickHouse, Spark and Trino read.',
    )
    .usage('FILE... --parquet FOLDER [options]')
    .argument('<FILE...>', 'pcapng or pcap files, gzip or zstd or plain')
    .requiredOption('--parquet <folder>', 'the archive; made where it is not there')
    .option('--sensor <name>', 'who captured; without it the sensor is null')
    .option('--json', 'print one line of JSON a file')
    .option('-q, --quiet', 'say nothing but errors');
  addExpansionOption(command);
  command
    .addHelpText('after', examples)
    .action(async (files: readonly string[], given: ExportArguments) =>
      finish(await exportFiles(files, given)),
    );
}

async function exportFiles(files: readonly string[], given: ExportArguments): Promise<ExitStatus> {
  const { exportCapture } = await import('../../archiving.js');
  let status: ExitStatus = ExitStatus.Done;
  const worsen = (another: ExitStatus): void => {
    if (another > status) status = another;
  };
  for (const file of files) {
    const progress = new ProgressLine(file, given.quiet === true);
    try {
      const result = exportCapture(file, {
        folder: given.parquet,
        sensor: given.sensor,
        ...expansionLimit(given),
        onProgress: (now) => progress.show(now),
      });
      progress.end();
      if (given.json) writeJson(toJson(result));
      if (given.quiet !== true && !given.json) await tell(result);
      for (const mismatch of result.mismatches) worsen(await reportFailure(mismatch));
      if (result.damage !== undefined) worsen(await reportFailure(result.damage));
    } catch (error) {
      progress.end();
      worsen(await reportFailure(error));
    }
  }
  return status;
}

/** Reading is synchronous, so the line is rewritten from within instead of by its timer. */
class ProgressLine {
  readonly #line: LiveLine;
  readonly #isQuiet: boolean;
  #now: ExportProgress = { frames: 0, inputBytes: 0 };
  #shownMs = performance.now();

  constructor(file: string, isQuiet: boolean) {
    this.#isQuiet = isQuiet;
    const totalBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    this.#line = new LiveLine(process.stderr, () => progressText(this.#now, totalBytes));
    if (!isQuiet) this.#line.start();
  }

  show(now: ExportProgress): void {
    if (this.#isQuiet || performance.now() - this.#shownMs < progressEveryMs) return;
    this.#now = now;
    this.#shownMs = performance.now();
    this.#line.rewrite();
  }

  end(): void {
    this.#line.stop();
  }
}

function progressText({ frames, inputBytes }: ExportProgress, totalBytes: number): string {
  const share = totalBytes > 0 ? `, ${Math.floor((100 * inputBytes) / totalBytes)} %` : '';
  return `${frames.toLocaleString('en')} frames exported${share}`;
}

async function tell(result: ExportResult): Promise<void> {
  const { formatCounted, safeText } = await import('../../files.js');
  const { frames, gaps, outputs, truncated, damage } = result;
  const end =
    truncated && damage === undefined ? '; the file is truncated, its end is missing' : '';
  const what = `${formatCounted(frames, 'frame')} and ${formatCounted(gaps, 'gap')}`;
  process.stderr.write(
    safeText(
      `gapcap: ${result.input}: ${what} in ${formatCounted(outputs.length, 'table file')}${end}`,
    ),
  );
  process.stderr.write('\n');
}

function toJson(result: ExportResult): Record<string, unknown> {
  return {
    file: result.input,
    capture: result.capture,
    frames: result.frames,
    gaps: result.gaps,
    interfaces: result.interfaces,
    lost: result.lost ?? null,
    truncated: result.truncated,
    outputs: result.outputs,
  };
}
