/** What a number depends on: the machine, the kernel, who else was running. */

import { statfsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** The machine of a measurement. */
export interface MachineFacts {
  readonly processor: string;
  readonly processors: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Average number of processes that wanted a processor in the minute before. */
  readonly loadBefore: number;
}

/** Facts of this machine, as of now. */
export function machineFacts(): MachineFacts {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    node: process.versions.node,
    loadBefore: loadavg()[0]!,
  };
}

/** File systems by statfs(2)'s number, as far as captures are likely to be on them. */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlayfs'],
]);

/** The kind of file system that a folder is on. */
export function fileSystemOf(folder: string): string {
  const { type } = statfsSync(folder);
  return FILE_SYSTEMS.get(type) ?? `file system 0x${type.toString(16)}`;
}

/** Bytes free for files in a folder. */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
