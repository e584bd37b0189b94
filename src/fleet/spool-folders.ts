/** The spools of one sensor: one for each run, those of dead processes taken over by the next. */

import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../capture/make-folders.js';
import { checkOwner, Spool } from './spool.js';

/** `<process>-<time>`, see `ownProcess`; the time of taking it over where it was. */
const RUN_FOLDER = /^(\d+\.[\da-f-]+)-(\d+)$/;

/** Field 22 of `/proc/PID/stat`, counted from the one after the name: proc_pid_stat(5). */
const START_FIELD = 19;

/**
 * Opens the spool of this run and those that earlier ones left.
 *
 * @param folder the sensor's
 * @param limitBytes of all of them together
 * @param onDrop takes records for which there was no room, of earlier runs too
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
  makeFolders(folder, 0o700);
  checkOwner(folder);
  const name = ownProcess();
  const left = readdirSync(folder)
    .map((name) => RUN_FOLDER.exec(name))
    .filter((match) => match !== null && !isAlive(match[1]!))
    .sort((a, b) => Number(a![2]) - Number(b![2]));
  const elders: Spool[] = [];
  for (const [index, match] of left.entries()) {
    // Renamed into our name first: of two that start at the same time, one gets it.
    const taken = join(folder, `${name}-${started + 1 + index}`);
    try {
      renameSync(join(folder, match![0]), taken);
      elders.push(new Spool(taken, limitBytes, onDrop));
    } catch {
      // Somebody else has it.
    }
  }
  const own = new Spool(join(folder, `${name}-${started}`), limitBytes, onDrop, elders);
  return [...elders, own];
}

/**
 * This process as no other one is called, before or after: `<id>.<start>-<boot>`. The id alone would
 * be another's after a restart of the machine, or always the same in a container.
 */
function ownProcess(): string {
  return `${process.pid}.${startOf(process.pid) ?? 0}-${bootId()}`;
}

function isAlive(name: string): boolean {
  const pid = Number.parseInt(name, 10);
  const start = startOf(pid);
  // A process that one can't look at may be the one.
  if (start === undefined) return exists(pid);
  return name === `${pid}.${start}-${bootId()}`;
}

/** When a process began, in ticks since the system did. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name may hold blanks and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD];
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
  } catch {
    return '0';
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
