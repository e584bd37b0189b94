/** What `gapcap capture` says of itself: gaps as they come, counts when asked, the result at the end. */

import type {
  CaptureAccount,
  CaptureResult,
  CaptureSnapshot,
  Gap,
  LossFacts,
  LossJson,
} from '../index.js';
import { writeJson } from './standard-output.js';

/** Places that the last lines name; all of them are in the file and in the JSON. */
const gapsTold = 20;

/** What was asked for, as far as it decides what is said where. */
export interface ReportArguments {
  readonly write?: string;
  readonly fileFormat?: string;
  readonly json?: true;
}

/** With `-w -` standard output is taken, so the JSON is all that goes to standard error. */
export function jsonOnStderr(given: ReportArguments): boolean {
  return given.json === true && given.write === '-';
}

/** Where data about the capture goes: standard output, unless the capture itself goes there. */
function dataStream(given: ReportArguments): NodeJS.WriteStream {
  return given.write === '-' ? process.stderr : process.stdout;
}

/** Makes what prints a line for each gap as it becomes known. */
export async function gapPrinter(
  given: ReportArguments,
  nameOf: (gap: Gap) => string | undefined,
): Promise<(gap: Gap, file: string | undefined) => void> {
  const { gapSentence, safeText, toGapJson } = await import('../live.js');
  const stream = dataStream(given);
  return (gap, file) => {
    if (given.json) writeJson({ event: 'gap', file: file ?? null, ...toGapJson(gap) }, stream);
    else {
      const where = file === undefined || file === '-' ? '' : `${safeText(file)}: `;
      stream.write(`${where}${gapSentence(gap, nameOf(gap))}\n`);
    }
  };
}

/** Tells of a capture that goes on. */
export async function tellSnapshot(
  snapshot: CaptureSnapshot,
  given: ReportArguments,
  write: (text: string) => void,
): Promise<void> {
  const { captureSummary, toLossJson } = await import('../live.js');
  const { account, file } = snapshot;
  if (given.json) {
    const json = toLossJson(factsOf(account, file, given));
    writeJson({ event: 'counts', ...json }, dataStream(given));
    if (jsonOnStderr(given)) return;
  }
  const lines = [captureSummary(account), ...(await gapLines([{ path: file, account }]))];
  write(`so far: ${lines.join('\n')}\n`);
}

/** The run as JSON; with several files their own documents are in `files`. */
export async function resultJson(
  result: CaptureResult,
  given: ReportArguments,
): Promise<LossJson & { files?: LossJson[]; unwritten?: number }> {
  const { toLossJson } = await import('../live.js');
  const { account, file, files, fileCount, framesUnwritten } = result;
  const { earlyLosses = [] } = result;
  const run = toLossJson({ ...factsOf(account, file, given), earlyLosses });
  const unwritten = framesUnwritten > 0 ? { unwritten: framesUnwritten } : {};
  const [only] = files;
  if (fileCount < 2 && (only === undefined || only.path === file)) return { ...run, ...unwritten };
  const { gapsOmitted: _, ...sums } = run;
  return {
    ...sums,
    // Frames are numbered per file, and so are the places.
    gaps: [],
    ...unwritten,
    files: files.map((one) => toLossJson(factsOf(one.account, one.path, given))),
  };
}

/** Totals and places on stderr, JSON where it belongs. */
export async function tellResult(result: CaptureResult, given: ReportArguments): Promise<void> {
  const { captureSummary, earlyLossLines, formatCounted } = await import('../live.js');
  if (given.json) writeJson(await resultJson(result, given), dataStream(given));
  if (jsonOnStderr(given)) return;
  const { account, fileCount, framesUnwritten } = result;
  const several = fileCount > 1;
  const lines = [
    captureSummary(account),
    ...(await gapLines(several ? result.files : [{ path: undefined, account }], given)),
  ];
  if (several) lines.push(`${formatCounted(fileCount, 'file')} written`);
  if (framesUnwritten > 0) {
    const frames = formatCounted(framesUnwritten, 'frame');
    lines.push(`${frames} captured after the last one written`);
  }
  const nameOf = (id: number): string | undefined =>
    account.interfaces.find((one) => one.id === id)?.name;
  lines.push(...earlyLossLines(result.earlyLosses ?? [], nameOf));
  if (result.endReason === 'interface gone') lines.push('ended because the interface is gone');
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** A line for each gap, as many as people read. */
async function gapLines(
  files: readonly { readonly path: string | undefined; readonly account: CaptureAccount }[],
  given?: ReportArguments,
): Promise<string[]> {
  const { formatCount, gapSentence, safeText } = await import('../live.js');
  const lines: string[] = [];
  let untold = 0;
  for (const { path, account } of files) {
    const where = files.length < 2 || path === undefined ? '' : `${safeText(path)}: `;
    for (const gap of account.gaps.slice(0, gapsTold - lines.length)) {
      const { name } = account.interfaces.find(({ id }) => id === gap.interfaceId) ?? {};
      lines.push(`  ${where}${gapSentence(gap, name)}`);
    }
    untold += account.gaps.length + account.gapsOmitted;
  }
  untold -= lines.length;
  if (untold > 0) {
    const rest = given === undefined ? '' : whereRest(given, files.length > 1);
    lines.push(`  … and ${formatCount(untold)} more${rest}`);
  }
  return lines;
}

function whereRest(given: ReportArguments, several: boolean): string {
  if (given.json) return ', in the JSON';
  if (given.write === undefined || given.write === '-' || given.fileFormat === 'pcap') return '';
  return `: gapcap gaps --all ${several ? 'FILE...' : given.write}`;
}

function factsOf(
  account: CaptureAccount,
  file: string | undefined,
  given: ReportArguments,
): LossFacts {
  return {
    file,
    format: file === undefined ? undefined : (given.fileFormat ?? 'pcapng'),
    application: undefined,
    truncated: false,
    account,
    mismatches: [],
  };
}
