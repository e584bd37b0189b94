/** A tun interface: IP packets without a link header, written by the test. */

import { accessSync, closeSync, constants as files, openSync, writeSync } from 'node:fs';
import { libc, systemCallError } from '../../src/sys/libc.js';
import { setLinkMtu, setLinkUp } from '../../src/sys/rtnetlink.js';

/** include/uapi/linux/if_tun.h */
const TUNSETIFF = 0x400454ca;
const TUNSETLINK = 0x400454cd;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
/** struct ifreq: 16 bytes of name, then the flags. */
const IFREQ_BYTES = 40;

/** Why tunnels can't be made here, or false. */
export function tunnelSkip(): string | false {
  try {
    accessSync('/dev/net/tun', files.R_OK | files.W_OK);
    return false;
  } catch {
    return 'needs /dev/net/tun';
  }
}

/** A tunnel's interface; it goes with `Symbol.dispose`. */
export interface Tunnel extends Disposable {
  readonly name: string;
  readonly index: number;
  /** Makes the interface receive an IP packet. */
  receive(packet: Uint8Array): void;
  /** Makes it an interface of another kind of frames (ARPHRD_ number); it must be down. */
  setHardwareType(arphrd: number): void;
}

/** Makes a tun interface in the calling thread's network namespace, and sets it up. */
export function openTunnel(name: string): Tunnel {
  const fd = openSync('/dev/net/tun', 'r+');
  const request = new Uint8Array(IFREQ_BYTES);
  request.set(new TextEncoder().encode(name));
  new DataView(request.buffer).setUint16(16, IFF_TUN | IFF_NO_PI, true);
  if (libc().ioctl(fd, TUNSETIFF, request) < 0) {
    const error = systemCallError('ioctl', `Can't make the tunnel ${name}`);
    closeSync(fd);
    throw error;
  }
  setLinkMtu(name, 9000);
  setLinkUp(name);
  return {
    name,
    index: libc().if_nametoindex(name),
    receive: (packet) => {
      writeSync(fd, packet);
    },
    setHardwareType: (arphrd) => {
      // The number itself is the argument, not a place where it lies.
      if (libc().ioctl(fd, TUNSETLINK, BigInt(arphrd)) < 0) {
        throw systemCallError('ioctl', `Can't change the kind of ${name}`);
      }
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}
