/**
 * Giving up root for good: the process becomes another user, in every thread, and shows that it
 * can't come back.
 *
 * The kernel keeps credentials per thread. The C library's setresuid() and its kin change those of
 * all threads of the process (nptl(7); musl does the same), Node's own threads among them; that is
 * then read back from /proc for each of them. The bounding set and no_new_privs can only be changed
 * for the calling thread; that is the one that starts programs.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { ArgumentError, StateError } from '../core/errors.js';
import { AF_PACKET, SOCK_CLOEXEC, SOCK_RAW } from './constants.js';
import { lastErrno, libc, readText, systemCallError, viewMemory } from './libc.js';

/** A user of this system. */
export interface Account {
  /** The login name; undefined for a number that has none. */
  readonly name: string | undefined;
  /** The user's number. */
  readonly uid: number;
  /** The group that the user logs in with. */
  readonly gid: number;
}

/** What one thread may do, as /proc tells it. */
export interface ThreadCredentials {
  /** Real, effective, saved and file-system user. */
  readonly users: readonly number[];
  readonly groups: readonly number[];
  /** Capabilities that it has, or can get back: inheritable, permitted, effective, ambient; or'ed. */
  readonly capabilities: bigint;
}

const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
/** Capabilities that a kernel can have (the masks have 64 bits). */
const CAPABILITY_LIMIT = 64;

/** struct passwd of 64-bit systems: char *pw_name at 0, pw_uid at 16, pw_gid at 20. */
const PASSWD_BYTES = 24;
const PW_UID = 16;
const PW_GID = 20;

/** The largest number of a user; the next one means "leave it as it is". */
const LARGEST_ID = 0xffff_fffe;

/**
 * The user of that name, or number as text. A number that has no account has a group of the same
 * number.
 *
 * @throws {ArgumentError} `NO_SUCH_USER`
 */
export function findAccount(nameOrNumber: string): Account {
  const named = decodeAccount(libc().getpwnam(nameOrNumber));
  if (named !== undefined) return named;
  const uid = parseId(nameOrNumber);
  if (uid === undefined) {
    throw new ArgumentError('NO_SUCH_USER', `There is no user '${nameOrNumber}'.`, {
      argument: 'user',
      value: nameOrNumber,
      expected: "a user's name or number",
      hint: 'Give a name or a number of /etc/passwd.',
    });
  }
  return decodeAccount(libc().getpwuid(uid)) ?? { name: undefined, uid, gid: uid };
}

/**
 * The user who asked for root with sudo; undefined where this process isn't root, or was root from
 * the start.
 *
 * @param environment with SUDO_UID and SUDO_GID as sudo(8) sets them
 */
export function tryInvokingAccount(
  environment: Readonly<Record<string, string | undefined>>,
): Account | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const { SUDO_UID: user = '', SUDO_GID: group = '' } = environment;
  const uid = parseId(user);
  const gid = parseId(group);
  if (uid === undefined || uid === 0 || gid === undefined) return undefined;
  return { name: decodeAccount(libc().getpwuid(uid))?.name, uid, gid };
}

/**
 * Makes the process that user's, for good: user, groups and capabilities of every thread.
 *
 * What is open stays open, and works: sockets, files, rings. Nothing that needs a privilege can be
 * opened any more. Programs started from the calling thread can't gain privileges either, not even
 * by setuid bits. For root itself it does nothing.
 *
 * @throws {SystemCallError} `EPERM` where this process isn't root; `EINVAL` for a user that the
 *   user namespace doesn't have. Part of the privileges may be gone then: end the process
 * @throws {StateError} `PRIVILEGES_REMAIN` where it isn't as it should be afterwards; end the process
 */
export function dropPrivileges(account: Account): void {
  const { uid, gid } = account;
  if (uid === 0) return;
  const c = libc();
  const what = failureOf(account);
  emptyBoundingSet();
  takeGroups(account);
  if (c.setresgid(gid, gid, gid) !== 0) throw systemCallError('setresgid', what);
  if (c.setresuid(uid, uid, uid) !== 0) throw systemCallError('setresuid', what);
  if (c.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0) throw systemCallError('prctl', what);
  assertDropped(account);
}

/**
 * Acts as that user would, in every thread, and is root again afterwards; for a look at what the user
 * may do, before it is too late to change anything. Where this isn't root it acts as whoever it is.
 *
 * @param act done at once; must not wait
 * @throws {SystemCallError} `EINVAL` for a user that the user namespace doesn't have
 */
export function actAs<T>(account: Account, act: () => T): T {
  const { uid, gid } = account;
  if (uid === 0 || process.geteuid?.() !== 0) return act();
  const c = libc();
  const ownGroup = process.getegid!();
  const ownGroups = supplementaryGroups();
  takeGroups(account);
  try {
    // What is saved stays root's: that is the way back.
    if (c.setresgid(gid, gid, 0) !== 0) throw systemCallError('setresgid', failureOf(account));
    if (c.setresuid(uid, uid, 0) !== 0) throw systemCallError('setresuid', failureOf(account));
    return act();
  } finally {
    becomeRootAgain(ownGroup, ownGroups);
  }
}

/** As the kernel has them: Node's `getgroups` adds the effective group. */
function supplementaryGroups(): Uint32Array {
  const status = readFileSync('/proc/thread-self/status', 'latin1');
  const groups = /^Groups:(.*)$/m.exec(status)?.[1] ?? '';
  return Uint32Array.from(groups.split(/\s+/).filter(Boolean).map(Number));
}

/** The groups of that user in place of this process's. */
function takeGroups(account: Account): void {
  const { gid, name } = account;
  const c = libc();
  const taken = name === undefined ? c.setgroups(0, null) : c.initgroups(name, gid);
  if (taken === 0) return;
  const hint = 'Only root can become another user: leave -Z out, or run as root.';
  throw systemCallError('setgroups', failureOf(account), { hint });
}

function failureOf({ uid, name }: Account): string {
  return `Can't become user ${name ?? uid}`;
}

function becomeRootAgain(group: number, groups: Uint32Array): void {
  const c = libc();
  const what = "Can't become root again";
  if (c.setresuid(0, 0, 0) !== 0) throw systemCallError('setresuid', what);
  if (c.setresgid(group, group, group) !== 0) throw systemCallError('setresgid', what);
  if (c.setgroups(groups.length, groups) !== 0) throw systemCallError('setgroups', what);
}

/**
 * Shows that the process is that user and can't be anything else: by what /proc says of each
 * thread, and by trying.
 *
 * @throws {StateError} `PRIVILEGES_REMAIN`, naming what is wrong
 */
export function assertDropped(account: Account): void {
  const { uid, gid } = account;
  for (const [thread, credentials] of readThreadCredentials()) {
    const { users, groups, capabilities } = credentials;
    const others = users.some((user) => user !== uid) || groups.some((group) => group !== gid);
    if (others) throw remains(`thread ${thread} still has another user or group`);
    if (capabilities !== 0n) throw remains(`thread ${thread} still has capabilities`);
  }
  const c = libc();
  if (c.setresuid(0, 0, 0) === 0) throw remains('the process could become root again');
  if (c.setresgid(0, 0, 0) === 0 && gid !== 0) throw remains('its group could become root again');
  const fd = c.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  const errno = fd < 0 ? lastErrno() : 0;
  if (fd >= 0) c.close(fd);
  if (errno !== constants.errno.EPERM) throw remains('it could still open packet sockets');
}

/** What every thread of this process may do, by the thread's number. */
export function readThreadCredentials(): Map<string, ThreadCredentials> {
  const all = new Map<string, ThreadCredentials>();
  for (const thread of readdirSync('/proc/self/task')) {
    let status: string;
    try {
      status = readFileSync(`/proc/self/task/${thread}/status`, 'latin1');
    } catch {
      // It has ended since.
      continue;
    }
    const field = (name: string): string =>
      new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
    const mask = (name: string): bigint => BigInt(`0x${field(name) || '0'}`);
    all.set(thread, {
      users: field('Uid').split(/\s+/).map(Number),
      groups: field('Gid').split(/\s+/).map(Number),
      capabilities: mask('CapInh') | mask('CapPrm') | mask('CapEff') | mask('CapAmb'),
    });
  }
  return all;
}

/**
 * Takes from the calling thread, and from programs it starts, what setuid bits could give. Where
 * that isn't permitted (a container without CAP_SETPCAP), no_new_privs alone has to do.
 */
function emptyBoundingSet(): void {
  const c = libc();
  for (let capability = 0; capability < CAPABILITY_LIMIT; capability++) {
    if (c.prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0) return;
    c.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
}

function decodeAccount(address: bigint | null): Account | undefined {
  if (address === null) return undefined;
  const view = new DataView(viewMemory(address, PASSWD_BYTES));
  return {
    name: readText(view.getBigUint64(0, true)),
    uid: view.getUint32(PW_UID, true),
    gid: view.getUint32(PW_GID, true),
  };
}

function parseId(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= LARGEST_ID ? id : undefined;
}

function remains(what: string): StateError {
  return new StateError('PRIVILEGES_REMAIN', `Root's privileges weren't given up: ${what}.`, {
    state: 'privileged',
    operation: 'drop privileges',
    hint: 'Please report this with the output of uname -a.',
  });
}
