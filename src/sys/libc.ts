/**
 * The C library through koffi: the functions gapcap calls, loaded on first use.
 *
 * Nothing here is touched by reading a file. Pointers are passed as typed arrays (koffi hands over
 * the address of their first byte for the time of the call) or as bigint addresses. A call costs
 * about 0.25 µs plus the system call itself.
 */

import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type koffi from 'koffi';
import type { LibraryHandle } from 'koffi';
import { SystemCallError, UnsupportedError } from '../core/errors.js';
import { checkAddressRoom } from './address-room.js';

/** Memory that a C function reads or writes: a typed array, an address, or no memory at all. */
export type Pointer = ArrayBufferView | bigint | null;

/** The functions of libc that gapcap uses, under their own names; see the manual pages. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Pointer, length: number): number;
  close(fd: number): number;
  setsockopt(fd: number, level: number, name: number, value: Pointer, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Pointer, length: Pointer): number;
  ioctl(fd: number, request: number, argument: Pointer): number;
  /** @returns the address, or `MAP_FAILED` */
  mmap(
    address: bigint | null,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): bigint;
  munmap(address: bigint, length: number): number;
  poll(fds: Pointer, count: number, timeoutMs: number): number;
  recv(fd: number, buffer: Pointer, length: number, flags: number): number;
  send(fd: number, buffer: Pointer, length: number, flags: number): number;
  recvmmsg(fd: number, messages: Pointer, count: number, flags: number, timeout: null): number;
  sendmmsg(fd: number, messages: Pointer, count: number, flags: number): number;
  if_nametoindex(name: string): number;
  unshare(flags: number): number;
  sched_setaffinity(thread: number, length: number, mask: Pointer): number;
  prctl(option: number, argument: number, third: number, fourth: number, fifth: number): number;
  /** @returns the address of a struct passwd that the next such call overwrites; null for none */
  getpwnam(name: string): bigint | null;
  getpwuid(uid: number): bigint | null;
  initgroups(user: string, group: number): number;
  setgroups(count: number, groups: Pointer): number;
  setresgid(real: number, effective: number, saved: number): number;
  setresuid(real: number, effective: number, saved: number): number;
  getrusage(who: number, usage: Pointer): number;
  eventfd(value: number, flags: number): number;
  /** @returns bytes read; −1 where it fails */
  read(fd: number, buffer: Pointer, length: number): number;
  /** @returns bytes written; −1 where it fails */
  write(fd: number, buffer: Pointer, length: number): number;
}

/** What `mmap` returns when it fails: (void *) -1. */
export const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** koffi and the memory it takes for its calls, which it can't do without: it ends the process. */
const KOFFI_BYTES = 8 * 2 ** 20;

let loadedKoffi: typeof koffi | undefined;
let loadedLibc: Libc | undefined;

function loadKoffi(): typeof koffi {
  if (loadedKoffi !== undefined) return loadedKoffi;
  checkAddressRoom('Calling the system', KOFFI_BYTES, KOFFI_BYTES);
  loadedKoffi = createRequire(import.meta.url)('koffi') as typeof koffi;
  return loadedKoffi;
}

/**
 * The C library, loaded at the first call.
 *
 * @throws {UnsupportedError} `NOT_LINUX` on any other system, `ADDRESS_LIMIT` where koffi has no room
 */
export function libc(): Libc {
  if (loadedLibc !== undefined) return loadedLibc;
  if (process.platform !== 'linux') {
    throw new UnsupportedError(
      'NOT_LINUX',
      `Capturing needs Linux (AF_PACKET sockets); this is ${process.platform}.`,
      { feature: 'AF_PACKET', hint: 'Reading, showing and reporting on capture files works here.' },
    );
  }
  const library = loadKoffi().load(null);
  loadedLibc = {
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, void *, uint32_t)'),
    close: library.func('int close(int)'),
    setsockopt: library.func('int setsockopt(int, int, int, void *, uint32_t)'),
    getsockopt: library.func('int getsockopt(int, int, int, void *, void *)'),
    ioctl: library.func('int ioctl(int, unsigned long, void *)'),
    mmap: library.func('void *mmap(void *, size_t, int, int, int, int64_t)'),
    munmap: library.func('int munmap(void *, size_t)'),
    poll: library.func('int poll(void *, unsigned long, int)'),
    recv: library.func('intptr_t recv(int, void *, size_t, int)'),
    send: library.func('intptr_t send(int, void *, size_t, int)'),
    recvmmsg: library.func('int recvmmsg(int, void *, unsigned int, int, void *)'),
    sendmmsg: library.func('int sendmmsg(int, void *, unsigned int, int)'),
    if_nametoindex: library.func('unsigned int if_nametoindex(str)'),
    unshare: library.func('int unshare(int)'),
    sched_setaffinity: library.func('int sched_setaffinity(int, size_t, void *)'),
    // As many as the kernel looks at: some options want the unused ones to be 0.
    prctl: library.func(
      'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)',
    ),
    getpwnam: library.func('void *getpwnam(str)'),
    getpwuid: library.func('void *getpwuid(uint32_t)'),
    initgroups: library.func('int initgroups(str, uint32_t)'),
    setgroups: library.func('int setgroups(size_t, void *)'),
    setresgid: library.func('int setresgid(uint32_t, uint32_t, uint32_t)'),
    setresuid: library.func('int setresuid(uint32_t, uint32_t, uint32_t)'),
    getrusage: library.func('int getrusage(int, void *)'),
    eventfd: library.func('int eventfd(unsigned int, int)'),
    read: library.func('intptr_t read(int, void *, size_t)'),
    write: library.func('intptr_t write(int, void *, size_t)'),
  } as unknown as Libc;
  return loadedLibc;
}

/**
 * A shared library of the system by the first of these names that the dynamic linker finds; undefined
 * where it finds none. Nothing says why: it isn't installed, or is for another processor.
 */
export function tryLoadLibrary(names: readonly string[]): LibraryHandle | undefined {
  const library = loadKoffi();
  for (const name of names) {
    try {
      return library.load(name);
    } catch {
      // The next name may be there.
    }
  }
  return undefined;
}

/** The error number that the last failed call of this thread left. */
export function lastErrno(): number {
  return loadKoffi().errno();
}

/** The kernel's name for an error number, such as `EPERM`. */
export function errnoName(errno: number): string {
  return errno === 0 ? 'OK' : getSystemErrorName(-errno);
}

/**
 * Makes the error for a failed system call, with the number the call left in errno unless given.
 *
 * @param what the sentence up to the reason: "Can't open a packet socket"
 */
export function systemCallError(
  syscall: string,
  what: string,
  options: { hint?: string; errno?: number } = {},
): SystemCallError {
  const errno = options.errno ?? lastErrno();
  const code = errnoName(errno);
  const permission = errno === constants.errno.EPERM || errno === constants.errno.EACCES;
  const hint = options.hint ?? (permission ? permissionHint() : undefined);
  return new SystemCallError(code, `${what}: ${code} (${syscall}).`, {
    syscall,
    errno,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The sentence that says which privilege is missing and how to grant it. */
export function permissionHint(): string {
  return `Capturing needs CAP_NET_RAW: run as root, or grant it to Node once with: sudo setcap cap_net_raw+ep ${process.execPath}`;
}

/** The number of bytes at `address` as an ArrayBuffer over the same memory; nothing is copied. */
export function viewMemory(address: bigint, length: number): ArrayBuffer {
  return loadKoffi().view(address, length);
}

/** The text at `address`, up to its end mark (a 0 byte), copied. */
export function readText(address: bigint): string {
  return loadKoffi().decode(address, 'char', -1) as string;
}

/** The address of a typed array's first byte, for structures that point to other memory. */
export function addressOf(memory: ArrayBufferView): bigint {
  return loadKoffi().address(memory);
}
