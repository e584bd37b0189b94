/** Putting gapcap where Wireshark looks for programs to capture with, and taking it away again. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UsageError } from './usage-error.js';

const FILE_NAME = 'gapcap';
/** By this line a file is known to be ours. */
const MARK = "// gapcap for Wireshark: 'gapcap extcap --uninstall' removes this file.";
/** Longest first line of a script that every kernel since 5.1 reads whole (fs/binfmt_script.c). */
const FIRST_LINE_LIMIT = 255;
const ASK_WIRESHARK_MS = 10_000;

/**
 * Writes the program into the folder; one of ours that is there is replaced.
 *
 * @returns the file's path
 * @throws {UsageError} where a file of that name is there that isn't ours
 * @throws the system's error where it can't be written
 */
export function installExtcap(folder: string): string {
  const path = join(folder, FILE_NAME);
  if (!isOurs(path, true)) {
    throw new UsageError(`${path} is there, and isn't gapcap's`, 'Move it away first.');
  }
  mkdirSync(folder, { recursive: true });
  // Renamed into its place, so that Wireshark never runs half a file.
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, extcapProgram(process.execPath, mainModule()), { mode: 0o755 });
  chmodSync(fresh, 0o755);
  renameSync(fresh, path);
  return path;
}

/**
 * Removes the program from the folder.
 *
 * @returns the file's path; undefined where there was none of ours
 */
export function uninstallExtcap(folder: string): string | undefined {
  const path = join(folder, FILE_NAME);
  if (!isOurs(path, false)) return undefined;
  rmSync(path);
  return path;
}

/** Folders of the user's in which some version of Wireshark looks, the one in use here first. */
export function extcapFolders(): string[] {
  const modern = join(homedir(), '.local/lib/wireshark/extcap');
  const before42 = join(
    process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'),
    'wireshark/extcap',
  );
  const told = askWireshark();
  return [...new Set([...(told === undefined ? [] : [told]), modern, before42])];
}

/** The text of the program: Node runs it without a shell wherever the kernel can start Node so. */
export function extcapProgram(executable: string, mainPath: string): string {
  const url = JSON.stringify(pathToFileURL(mainPath).href);
  const script = `process.argv.splice(2, 0, 'extcap');\nimport(${url});\n`;
  if (/^\S+$/.test(executable) && Buffer.byteLength(executable) <= FIRST_LINE_LIMIT - 2) {
    return `#!${executable}\n${MARK}\n${script}`;
  }
  // The first line is a comment to Node and a command to the shell, which becomes Node.
  const quoted = `'${executable.replaceAll("'", "'\\''")}'`;
  return `#!/bin/sh\n":" //; exec ${quoted} "$0" "$@"\n${MARK}\n${script}`;
}

/** What `tshark -G folders` says; undefined where there is no tshark. */
function askWireshark(): string | undefined {
  const { stdout, status } = spawnSync('tshark', ['-G', 'folders'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: ASK_WIRESHARK_MS,
    env:
      process.geteuid?.() === 0
        ? { ...process.env, PATH: '/usr/local/bin:/usr/bin:/bin' }
        : process.env,
  });
  if (status !== 0) return undefined;
  const folder = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s+(\\S.*)$`, 'mi').exec(stdout)?.[1];
  const personal = folder('Personal Extcap path');
  if (personal !== undefined) return personal;
  // Before 4.2 it looks in a folder of its settings, and doesn't say so.
  const settings = folder('Personal configuration');
  return settings === undefined ? undefined : join(settings, 'extcap');
}

/** @param absent what to say where there is no such file */
function isOurs(path: string, absent: boolean): boolean {
  try {
    return readFileSync(path, 'utf8').includes(MARK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return absent;
    throw error;
  }
}

function mainModule(): string {
  return fileURLToPath(new URL('./main.js', import.meta.url));
}
