/**
 * Timestamps made by network adapters: which an interface has, and turning them on.
 *
 * Sources: include/uapi/linux/net_tstamp.h, ethtool.h; Documentation/networking/timestamping.rst.
 */

import { constants } from 'node:os';
import { UnsupportedError } from '../core/errors.js';
import { addressOf, errnoName, lastErrno, libc, systemCallError } from './libc.js';

/**
 * Who stamps a frame with its time: `host`, the kernel, when it takes the frame in; `adapter`, the
 * card, with a clock that the kernel keeps equal to the host's; `adapter_unsynced`, the card, with
 * its own clock.
 */
export type TimeStampType = 'host' | 'adapter' | 'adapter_unsynced';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SIOCETHTOOL = 0x8946;
const SIOCSHWTSTAMP = 0x89b0;
const ETHTOOL_GET_TS_INFO = 0x41;
/** struct ethtool_ts_info, eleven u32: cmd, so_timestamping at 4, phc_index, tx_types, …, rx_filters at 28. */
const TS_INFO_BYTES = 44;
/** struct hwtstamp_config: flags, tx_type, rx_filter. */
const HWTSTAMP_FILTER_ALL = 1;

/** Flag of SO_TIMESTAMPING: the adapter stamps received frames. */
export const SOF_TIMESTAMPING_RX_HARDWARE: number = 1 << 2;
/** Flag of SO_TIMESTAMPING: the kernel stamps received frames. */
export const SOF_TIMESTAMPING_RX_SOFTWARE: number = 1 << 3;
/** Flag of SO_TIMESTAMPING: report the kernel's stamps. */
export const SOF_TIMESTAMPING_SOFTWARE: number = 1 << 4;
/** Flag of PACKET_TIMESTAMP: the adapter's stamps in the system's time. */
export const SOF_TIMESTAMPING_SYS_HARDWARE: number = 1 << 5;
/** Flag of SO_TIMESTAMPING and PACKET_TIMESTAMP: report the adapter's own stamps. */
export const SOF_TIMESTAMPING_RAW_HARDWARE: number = 1 << 6;

/** struct ifreq: the name, 16 bytes, then a pointer. */
const IFREQ_BYTES = 40;
const IFREQ_POINTER = 16;

/**
 * The kinds of timestamps of an interface of the calling thread's network namespace, `host` first.
 *
 * Asking needs no privilege. A driver that can't answer has only the host's.
 */
export function listTimeStampTypes(interfaceName: string): TimeStampType[] {
  const info = new DataView(new ArrayBuffer(TS_INFO_BYTES));
  info.setUint32(0, ETHTOOL_GET_TS_INFO, true);
  return ask(interfaceName, SIOCETHTOOL, info) === 0 ? typesOf(info) : ['host'];
}

/** Reads a struct ethtool_ts_info, as libpcap does: a card must stamp every frame to count. */
export function typesOf(info: DataView): TimeStampType[] {
  const flags = info.getUint32(4, true);
  const types: TimeStampType[] = ['host'];
  if ((info.getUint32(28, true) & (1 << HWTSTAMP_FILTER_ALL)) === 0) return types;
  if ((flags & SOF_TIMESTAMPING_SYS_HARDWARE) !== 0) types.push('adapter');
  if ((flags & SOF_TIMESTAMPING_RAW_HARDWARE) !== 0) types.push('adapter_unsynced');
  return types;
}

/**
 * Makes the adapter stamp every frame that it receives. It goes on until somebody else says
 * otherwise: the setting is the interface's, not the socket's. Needs CAP_NET_ADMIN.
 *
 * @throws {UnsupportedError} `NO_ADAPTER_TIME` where the adapter can't
 * @throws {SystemCallError} `EPERM`, `ENODEV`
 */
export function startAdapterTime(interfaceName: string, type: TimeStampType): void {
  const types = listTimeStampTypes(interfaceName);
  const config = new DataView(new ArrayBuffer(12));
  config.setUint32(8, HWTSTAMP_FILTER_ALL, true);
  const errno = types.includes(type) ? ask(interfaceName, SIOCSHWTSTAMP, config) : undefined;
  if (errno === 0) return;
  const { EOPNOTSUPP, EINVAL, ERANGE } = constants.errno;
  if (errno === undefined || [EOPNOTSUPP, EINVAL, ERANGE].includes(errno)) {
    const why = errno === undefined ? '' : ` (SIOCSHWTSTAMP: ${errnoName(errno)})`;
    throw new UnsupportedError(
      'NO_ADAPTER_TIME',
      `${interfaceName} has no timestamps of the kind ${type}${why}.`,
      { feature: type, hint: `It has: ${types.filter((one) => one !== type).join(', ')}.` },
    );
  }
  throw systemCallError('ioctl', `Can't make ${interfaceName} stamp frames (SIOCSHWTSTAMP)`, {
    errno,
    hint: 'It takes CAP_NET_ADMIN, beside CAP_NET_RAW: run as root.',
  });
}

/** @returns 0, or the error's number */
function ask(interfaceName: string, request: number, argument: DataView): number {
  const c = libc();
  const fd = c.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemCallError('socket', `Can't ask the driver of ${interfaceName}`);
  try {
    const ifreq = new Uint8Array(new ArrayBuffer(IFREQ_BYTES));
    ifreq.set(new TextEncoder().encode(interfaceName).subarray(0, IFREQ_POINTER - 1));
    new DataView(ifreq.buffer).setBigUint64(IFREQ_POINTER, addressOf(argument), true);
    return c.ioctl(fd, request, ifreq) >= 0 ? 0 : lastErrno();
  } finally {
    c.close(fd);
  }
}
