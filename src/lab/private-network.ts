/**
 * A network of one's own for a demonstration or a test: no root needed where the system allows user
 * namespaces, nothing of the real network touched, nothing left behind.
 *
 * A process with several threads, as Node always has, can't enter a user namespace (unshare(2),
 * EINVAL). So the program is run a second time, through the `unshare` command of util-linux.
 */

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { UnsupportedError } from '../core/errors.js';
import { signalOnParentExit } from '../sys/thread.js';

/** Carries the outer namespace's name into the inner process, which so knows that it is inside. */
const OUTER_NETWORK_VARIABLE = 'GAPCAP_OUTER_NETWORK';

/** Where the system has its programs. */
const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Whether a private network can be had here. */
export type PrivateNetworkProbe =
  /** `command` is what to put before a program to run it inside. */
  | { readonly available: true; readonly asRoot: boolean; readonly command: readonly string[] }
  | { readonly available: false; readonly error: UnsupportedError };

/** What to run in the private network. */
export interface PrivateRunOptions {
  /** Arguments of Node: the module's path and the program's own arguments. */
  readonly arguments: readonly string[];
  /** Environment; the present one without it. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Finds out whether a private network can be had, by making one for a moment. Cost: a few
 * milliseconds.
 *
 * @param rootSearchPath where root's programs are looked for; the system's folders unless given
 */
export function probePrivateNetwork(rootSearchPath?: string): PrivateNetworkProbe {
  if (process.platform !== 'linux') {
    return unavailable('NOT_LINUX', `this is ${process.platform}`, 'Run it on Linux.');
  }
  const asRoot = process.getuid?.() === 0;
  const command = asRoot
    ? ['unshare', '--net', '--']
    : ['unshare', '--user', '--map-root-user', '--net', '--'];
  const trial = spawnSync(command[0]!, [...command.slice(1), 'true'], {
    encoding: 'utf8',
    env: safePath(process.env, rootSearchPath),
  });
  if (trial.status === 0) return { available: true, asRoot, command };
  if (trial.error !== undefined) {
    return unavailable(
      'NO_UNSHARE',
      `the command "unshare" can't be run (${trial.error.message})`,
      'Install the package util-linux.',
    );
  }
  const [reason, hint] = asRoot ? refusedToRoot() : refusedToUser();
  const words = trial.stderr.trim();
  return unavailable('NO_PRIVATE_NETWORK', words === '' ? reason : `${reason} (${words})`, hint);
}

/**
 * Runs Node in a private network and waits for its end.
 *
 * Input and outputs are this process's own. SIGINT, SIGTERM and SIGHUP are passed on; the inner
 * process has a session of its own, so that a Ctrl-C at the terminal reaches it once, not twice.
 *
 * @returns its exit status; 128 plus the signal's number where a signal ended it, as shells have it
 * @throws {UnsupportedError} where there can be no private network; the hint says what would allow it
 */
export async function runInPrivateNetwork(options: PrivateRunOptions): Promise<number> {
  const probe = probePrivateNetwork();
  if (!probe.available) throw probe.error;
  const [program, ...before] = probe.command;
  const inner = [...before, process.execPath, ...process.execArgv, ...options.arguments];
  const child = spawn(program!, inner, {
    stdio: 'inherit',
    detached: true,
    env: {
      ...safePath(options.environment ?? process.env),
      [OUTER_NETWORK_VARIABLE]: networkName(),
    },
  });
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => {
        resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
  }
}

/**
 * Whether this process was started by `runInPrivateNetwork` and is inside.
 *
 * Where it is, the call also makes the process end with its parent, however that ends.
 */
export function insidePrivateNetwork(): boolean {
  const outer = process.env[OUTER_NETWORK_VARIABLE];
  if (outer === undefined || outer === networkName()) return false;
  signalOnParentExit(constants.signals.SIGTERM);
  return true;
}

/** For root: programs are those of the system, whatever is in PATH. */
function safePath(
  environment: NodeJS.ProcessEnv,
  searchPath: string = SYSTEM_PATH,
): NodeJS.ProcessEnv {
  return process.geteuid?.() === 0 ? { ...environment, PATH: searchPath } : environment;
}

/** The kernel's name for our network namespace, such as `net:[4026531840]`. */
function networkName(): string {
  return readlinkSync('/proc/thread-self/ns/net');
}

function unavailable(code: string, reason: string, hint: string): PrivateNetworkProbe {
  const message = `Can't make a private network: ${reason}.`;
  return {
    available: false,
    error: new UnsupportedError(code, message, { feature: 'network namespaces', hint }),
  };
}

function refusedToRoot(): [reason: string, hint: string] {
  if (setting('user/max_net_namespaces') === 0) {
    return ['user.max_net_namespaces is 0', 'Allow some: sysctl user.max_net_namespaces=1000'];
  }
  return [
    'the kernel refuses a network namespace, even to root',
    'In a container, grant it CAP_SYS_ADMIN (docker run --cap-add SYS_ADMIN); on a kernel of your own, enable CONFIG_NET_NS.',
  ];
}

/** The settings by which systems forbid user namespaces, and what undoes each. */
function refusedToUser(): [reason: string, hint: string] {
  const orRoot = 'or run it as root';
  if (setting('kernel/unprivileged_userns_clone') === 0) {
    return [
      'kernel.unprivileged_userns_clone is 0',
      `Allow it: sudo sysctl kernel.unprivileged_userns_clone=1, ${orRoot}.`,
    ];
  }
  if (setting('kernel/apparmor_restrict_unprivileged_userns') === 1) {
    return [
      'AppArmor restricts user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1)',
      `Allow it: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, ${orRoot}.`,
    ];
  }
  for (const name of ['max_user_namespaces', 'max_net_namespaces'] as const) {
    if (setting(`user/${name}`) !== 0) continue;
    return [`user.${name} is 0`, `Allow some: sudo sysctl user.${name}=1000, ${orRoot}.`];
  }
  return [
    'the kernel refuses a user namespace to this user',
    'Run it as root; in a container, its seccomp profile must allow unshare(2).',
  ];
}

/** A number under /proc/sys; undefined where there is no such setting. */
function setting(path: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/${path}`, 'utf8'));
  } catch {
    return undefined;
  }
}
