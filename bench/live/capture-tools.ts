/** The tools that are compared: how each is started, and what its last words mean. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../../src/core/version.js';
import { PROJECT_ROOT } from '../../test/support/project-files.js';

/** What a tool is to do. */
export interface CaptureJob {
  readonly interfaceName: string;
  readonly file: string;
  readonly bufferMiB: number;
}

/** What a tool said when it ended. */
export interface ToolReport {
  /** Frames it wrote. */
  readonly written: number;
  /** Frames it says it lost. */
  readonly lost: number;
}

/** One program that captures into a file until SIGINT. */
export interface CaptureTool {
  readonly name: string;
  readonly version: string;
  /** Its file's format, and what else sets it apart. */
  readonly note: string;
  command(job: CaptureJob): readonly string[];
  readReport(stdout: string, stderr: string): ToolReport;
  /** Time after which no frame waits any more in a ring block that isn't full, or to be written. */
  readonly settleMs: number;
}

const GAPCAP = join(PROJECT_ROOT, 'dist/cli/main.js');
/** As gapcap's own ring has them. */
const FLOOR_BLOCK_BYTES = 524_288;
const FLOOR_RETIRE_MS = 40;

/** gapcap from this or another checkout. */
export function gapcapTool(
  name: string,
  options: { engine?: 'ring' | 'socket'; program?: string; nodeArguments?: readonly string[] } = {},
): CaptureTool {
  const { engine = 'ring', program = GAPCAP, nodeArguments = [] } = options;
  return {
    name,
    version: `${VERSION} on Node ${process.versions.node}`,
    note: 'pcapng, ns',
    command: ({ interfaceName, file, bufferMiB }) => [
      process.execPath,
      ...nodeArguments,
      program,
      ...['capture', '-i', interfaceName, '-w', file, '-B', `${bufferMiB}M`],
      ...['--engine', engine, '-q', '--json'],
    ],
    readReport: (stdout) => {
      const { frames, lost } = JSON.parse(stdout) as { frames: number; lost: number };
      return { written: frames, lost };
    },
    // What waits in its buffer is written after 1 s.
    settleMs: 1_150,
  };
}

const tcpdump: Omit<CaptureTool, 'version'> = {
  name: 'tcpdump',
  note: 'pcap, ns (--nano); TPACKET_V3 through libpcap',
  command: ({ interfaceName, file, bufferMiB }) => [
    'tcpdump',
    ...['-i', interfaceName, '-w', file, '-B', String(bufferMiB * 1024)],
    // Without -Z, Debian's changes to the user "tcpdump", who can't write just anywhere.
    ...['--nano', '-Z', 'root'],
  ],
  readReport: (_, stderr) => ({
    written: numberIn(stderr, /^(\d+) packets? captured$/m),
    lost: numberIn(stderr, /^(\d+) packets? dropped by kernel$/m),
  }),
  // libpcap's blocks retire after tcpdump's read timeout of 1 s.
  settleMs: 1_150,
};

const dumpcap: Omit<CaptureTool, 'version'> = {
  name: 'dumpcap',
  note: 'pcapng, ns; TPACKET_V3 through libpcap',
  command: ({ interfaceName, file, bufferMiB }) => [
    ...['dumpcap', '-i', interfaceName, '-w', file, '-B', String(bufferMiB), '-q'],
  ],
  readReport: (_, stderr) => ({
    written: numberIn(stderr, /^Packets captured: (\d+)$/m),
    lost: numberIn(stderr, /^Packets received\/dropped on interface .*: \d+\/(\d+) /m),
  }),
  settleMs: 400,
};

const netsniffNg: Omit<CaptureTool, 'version'> = {
  name: 'netsniff-ng',
  note: 'pcap, ns (-T 0xa1b23c4d); its own TPACKET_V3 ring',
  command: ({ interfaceName, file, bufferMiB }) => [
    'netsniff-ng',
    ...['--in', interfaceName, '--out', file, '--ring-size', `${bufferMiB}MiB`],
    // Silent; no change of the system's socket memory; no hardware time where there is no hardware.
    ...['--silent', '--no-sock-mem', '--no-hwtimestamp', '-T', '0xa1b23c4d'],
  ],
  readReport: (stdout, stderr) => {
    const text = stdout + stderr;
    return {
      written: numberIn(text, /(\d+) +packets passed filter/),
      lost: numberIn(text, /(\d+) +packets failed filter \(out of space\)/),
    };
  },
  settleMs: 300,
};

/** The tools of others that are installed. */
export function peerTools(): CaptureTool[] {
  return [
    installed(tcpdump, ['--version'], /^tcpdump version (\S+)\nlibpcap version (\S+)/m),
    installed(dumpcap, ['--version'], /^Dumpcap \(Wireshark\) ([\d.]+)/m),
    installed(netsniffNg, ['--version'], /netsniff-ng (\S+)/),
  ].filter((tool) => tool !== undefined);
}

/**
 * Compiles the floor program; see floor.c. The program is removed when this process ends.
 *
 * @returns undefined where there is no compiler
 */
export function floorTool(): CaptureTool | undefined {
  const version = spawnSync('cc', ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'gapcap-floor-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'floor');
  const source = join(PROJECT_ROOT, 'bench/live/floor.c');
  const compiled = spawnSync('cc', ['-O2', '-o', program, source], { encoding: 'utf8' });
  if (compiled.status !== 0) throw new Error(`cc can't compile ${source}: ${compiled.stderr}`);
  return {
    name: 'floor (C)',
    version: `cc -O2, ${version.stdout.split('\n')[0]}`,
    note: 'pcapng, ns; walks the ring, copies, writes, nothing else',
    command: ({ interfaceName, file, bufferMiB }) => [
      program,
      ...[interfaceName, file, String(bufferMiB * 2 ** 20)],
      ...[String(FLOOR_BLOCK_BYTES), String(FLOOR_RETIRE_MS)],
    ],
    readReport: (stdout) => {
      const { frames, lost } = JSON.parse(stdout) as { frames: number; lost: number };
      return { written: frames, lost };
    },
    settleMs: 150,
  };
}

function installed(
  tool: Omit<CaptureTool, 'version'>,
  askVersion: readonly string[],
  pattern: RegExp,
): CaptureTool | undefined {
  const asked = spawnSync(tool.name, askVersion, { encoding: 'utf8' });
  if (asked.error !== undefined) return undefined;
  const found = pattern.exec(asked.stdout + asked.stderr);
  const [version = 'unknown', library] = found?.slice(1) ?? [];
  return { ...tool, version: library === undefined ? version : `${version}, libpcap ${library}` };
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${String(pattern)} in its last words:\n${text}`);
  return Number(found);
}
