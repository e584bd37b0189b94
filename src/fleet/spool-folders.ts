/** The spools of one sensor: one for each run, those of dead processes taken over by the next. */

import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { checkOwner, Spool } from './spool.js';

/** `<process id>-<start time>`, and what taking it over has added. */
const RUN_FOLDER = /^(\d+)-(\d+)$/;

/**
 * Opens the spool of this run and those that earlier ones left.
 *
 * @param folder the sensor's
 * @param onDrop takes records of this run for which there was no room
 * @returns the oldest first, this run's last
 * @throws {NodeJS.ErrnoException} where the folder can't be made
 * @throws {SystemCallError} `EACCES` where somebody else could put records into it
 */
export function openSpools(
  folder: string,
  limitBytes: number,
  onDrop: (payloads: readonly string[]) => void,
): readonly Spool[] {
  const started = Date.now();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkOwner(folder);
  const own = new Spool(join(folder, `${process.pid}-${started}`), limitBytes, onDrop);
  const left = readdirSync(folder)
    .map((name) => RUN_FOLDER.exec(name))
    .filter((match) => match !== null && !isAlive(Number(match[1])))
    .sort((a, b) => Number(a![2]) - Number(b![2]));
  const spools: Spool[] = [];
  for (const [index, match] of left.entries()) {
    // Renamed into our name first: of two that start at the same time, one gets it.
    const taken = join(folder, `${process.pid}-${started + 1 + index}`);
    try {
      renameSync(join(folder, match![0]), taken);
      spools.push(new Spool(taken, limitBytes));
    } catch {
      // Somebody else has it.
    }
  }
  return [...spools, own];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
