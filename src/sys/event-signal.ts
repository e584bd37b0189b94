/** A signal between threads that can be waited for together with sockets. */

import { libc, systemCallError } from './libc.js';

// include/uapi/linux/eventfd.h
const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

const ONE = new BigUint64Array([1n]);

/** Makes a signal; whoever closes it must know that nobody raises it any more. */
export class EventSignal {
  /** Its file descriptor, readable while it is raised; valid in all threads of the process. */
  readonly fd: number;
  readonly #value = new BigUint64Array(1);

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** @throws {SystemCallError} `EMFILE` */
  static open(): EventSignal {
    const fd = libc().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) throw systemCallError('eventfd', "Can't make a signal between threads");
    return new EventSignal(fd);
  }

  /** Raises the signal with that file descriptor, from whichever thread. */
  static raise(fd: number): void {
    libc().write(fd, ONE, 8);
  }

  /** Takes it back. */
  clear(): void {
    libc().read(this.fd, this.#value, 8);
  }

  /** Closes the file descriptor. */
  close(): void {
    libc().close(this.fd);
  }
}
