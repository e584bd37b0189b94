/**
 * What `gapcap doctor --probe` found of the running kernel, kept for captures to come: a file in the state
 * folder, which holds for one release of the kernel.
 *
 * The file can only take claims back, never make any: whoever could write a false one makes captures less
 * sure of themselves, and nothing worse.
 */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { arch, homedir, release } from 'node:os';
import { join } from 'node:path';

/** Where root's findings are, which hold for every user. */
const SYSTEM_FOLDER = '/var/lib/gapcap';
const FILE_NAME = 'kernel-probe.json';

/** What doesn't hold of a kernel. */
export interface KernelDoubt {
  /** The kernel's release, as of uname(2). */
  readonly release: string;
  /** The processor's kind. */
  readonly machine: string;
  /** Sentences of docs/kernel-assumptions.md that the kernel doesn't keep, by the engine that needs them. */
  readonly failed: readonly { readonly sentence: string; readonly engine: string }[];
}

/**
 * Keeps what was found of the running kernel, in place of what was found before: root's in
 * /var/lib/gapcap, where it holds for every user; anybody else's, and with XDG_STATE_HOME set, in that user's
 * own state folder.
 *
 * @returns the file's path
 * @throws the system's error where it can't be written
 */
export function writeProbeRecord(failed: KernelDoubt['failed']): string {
  const record: KernelDoubt = { release: release(), machine: arch(), failed };
  if (process.geteuid?.() === 0 && !process.env['XDG_STATE_HOME']) {
    try {
      return write(SYSTEM_FOLDER, record);
    } catch {
      // Root in a user namespace alone, or a system that is read-only.
    }
  }
  return write(userFolder(), record);
}

function write(folder: string, record: KernelDoubt): string {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const path = join(folder, FILE_NAME);
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(record)}\n`, { mode: 0o644, flag: 'wx' });
  renameSync(fresh, path);
  return path;
}

/**
 * Sentences that the running kernel is known not to keep, of those that an engine needs; empty where all
 * hold or nobody has looked. Cost: two files, which mostly aren't there.
 */
export function readKernelDoubts(engine: 'ring' | 'socket'): string[] {
  const records = [SYSTEM_FOLDER, userFolder()].map((folder) => tryRead(join(folder, FILE_NAME)));
  const sentences = records
    .filter((record) => record?.release === release() && record.machine === arch())
    .flatMap((record) => record!.failed)
    .filter((one) => one.engine === engine || one.engine === 'both')
    .map(({ sentence }) => sentence);
  return [...new Set(sentences)];
}

function userFolder(): string {
  return join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'gapcap');
}

function tryRead(path: string): KernelDoubt | undefined {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as Partial<KernelDoubt>;
    const failed = Array.isArray(record.failed) ? record.failed : [];
    return { release: `${record.release}`, machine: `${record.machine}`, failed };
  } catch {
    return undefined;
  }
}
