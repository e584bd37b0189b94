/**
 * What a network driver says of itself (SIOCETHTOOL): ring sizes, channels, offloads. Asking needs no
 * privilege. Source: include/uapi/linux/ethtool.h.
 */

import { constants } from 'node:os';
import { addressOf, type Libc, lastErrno, libc, systemCallError } from './libc.js';

/** What a driver tells; each part undefined where it doesn't know it, as virtual ones often don't. */
export interface DriverSettings {
  /** Such as `ixgbe`. */
  readonly driver: string | undefined;
  /** Frames the receive ring holds, and could hold. */
  readonly receiveRing: { readonly size: number; readonly most: number } | undefined;
  /** Queues that frames are spread over when received, now and at most. */
  readonly receiveChannels: { readonly count: number; readonly most: number } | undefined;
  /** Whether those are set with `combined` (with transmission) or `rx`. */
  readonly channelKind: 'combined' | 'rx' | undefined;
  /** Whether the kernel joins received TCP segments into longer frames. */
  readonly genericReceiveOffload: boolean | undefined;
  /** Whether the card does. */
  readonly largeReceiveOffload: boolean | undefined;
}

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SIOCETHTOOL = 0x8946;

const ETHTOOL_GSET = 0x01;
const ETHTOOL_GDRVINFO = 0x03;
const ETHTOOL_GRINGPARAM = 0x10;
const ETHTOOL_GFLAGS = 0x25;
const ETHTOOL_GGRO = 0x2b;
const ETHTOOL_GCHANNELS = 0x3c;
const ETH_FLAG_LRO = 1 << 15;

/** struct ethtool_cmd, 44 bytes: the speed's lower half, a u16, at 12, the upper at 28. */
const SETTINGS_BYTES = 44;
const SPEED_UNKNOWN = 0xffff_ffff;
/** struct ethtool_drvinfo, 196 bytes; the driver's name is 32 bytes at 4. */
const DRVINFO_BYTES = 196;
/** struct ethtool_ringparam, nine u32: command, rx_max_pending at 4, rx_pending at 20. */
const RINGPARAM_BYTES = 36;
/** struct ethtool_channels, nine u32: command, max_rx at 4, max_combined at 16, rx_count at 20, combined_count at 32. */
const CHANNELS_BYTES = 36;
/** struct ethtool_value: command, data. */
const VALUE_BYTES = 8;

/** struct ifreq: the name, 16 bytes, then a pointer. */
const IFREQ_BYTES = 40;
const IFREQ_POINTER = 16;

/**
 * The speed of an interface of the calling thread's network namespace, in bits per second; undefined
 * where the driver doesn't know it, as without a carrier, or has none.
 */
export function readLinkSpeed(interfaceName: string): bigint | undefined {
  const c = libc();
  const fd = c.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemCallError('socket', `Can't ask the driver of ${interfaceName}`);
  try {
    const settings = tryAsk(c, fd, interfaceName, ETHTOOL_GSET, SETTINGS_BYTES);
    if (settings === undefined) return undefined;
    const megabits = settings.getUint16(28, true) * 0x1_0000 + settings.getUint16(12, true);
    return megabits === 0 || megabits === SPEED_UNKNOWN ? undefined : BigInt(megabits) * 1_000_000n;
  } finally {
    c.close(fd);
  }
}

/** Asks the driver of an interface of the calling thread's network namespace. */
export function readDriverSettings(interfaceName: string): DriverSettings {
  const c = libc();
  const fd = c.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemCallError('socket', `Can't ask the driver of ${interfaceName}`);
  try {
    const ask = (command: number, bytes: number): DataView | undefined =>
      tryAsk(c, fd, interfaceName, command, bytes);
    const ring = ask(ETHTOOL_GRINGPARAM, RINGPARAM_BYTES);
    return {
      driver: driverName(ask(ETHTOOL_GDRVINFO, DRVINFO_BYTES)),
      receiveRing: ring && { size: ring.getUint32(20, true), most: ring.getUint32(4, true) },
      ...channels(ask(ETHTOOL_GCHANNELS, CHANNELS_BYTES)),
      genericReceiveOffload: flag(ask(ETHTOOL_GGRO, VALUE_BYTES), 0xffff_ffff),
      largeReceiveOffload: flag(ask(ETHTOOL_GFLAGS, VALUE_BYTES), ETH_FLAG_LRO),
    };
  } finally {
    c.close(fd);
  }
}

/**
 * Asks the driver of an interface of the calling thread's network namespace one thing.
 *
 * @param request one of the structures of ethtool.h, its command in place; the answer goes there, too.
 *   Its memory must not move during the call: one made by `new ArrayBuffer` doesn't
 * @returns false where the driver can't answer
 */
export function tryAskDriver(interfaceName: string, request: DataView<ArrayBuffer>): boolean {
  const c = libc();
  const fd = c.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemCallError('socket', `Can't ask the driver of ${interfaceName}`);
  try {
    return tryAskInto(c, fd, interfaceName, request);
  } finally {
    c.close(fd);
  }
}

/** @returns undefined where the driver can't answer */
function tryAsk(
  c: Libc,
  fd: number,
  interfaceName: string,
  command: number,
  bytes: number,
): DataView | undefined {
  const answer = new DataView(new ArrayBuffer(bytes));
  answer.setUint32(0, command, true);
  return tryAskInto(c, fd, interfaceName, answer) ? answer : undefined;
}

function tryAskInto(c: Libc, fd: number, interfaceName: string, answer: DataView): boolean {
  const request = new Uint8Array(new ArrayBuffer(IFREQ_BYTES));
  request.set(new TextEncoder().encode(interfaceName).subarray(0, IFREQ_POINTER - 1));
  new DataView(request.buffer).setBigUint64(IFREQ_POINTER, addressOf(answer), true);
  if (c.ioctl(fd, SIOCETHTOOL, request) >= 0) return true;
  const errno = lastErrno();
  const { EOPNOTSUPP, EINVAL, EPERM, ENODEV, ENOTTY } = constants.errno;
  if ([EOPNOTSUPP, EINVAL, EPERM, ENODEV, ENOTTY].includes(errno)) return false;
  throw systemCallError('ioctl', `Can't ask the driver of ${interfaceName}`, { errno });
}

function driverName(answer: DataView | undefined): string | undefined {
  if (answer === undefined) return undefined;
  const bytes = new Uint8Array(answer.buffer, 4, 32);
  const end = bytes.indexOf(0);
  return new TextDecoder('latin1').decode(bytes.subarray(0, end < 0 ? 32 : end));
}

function channels(
  answer: DataView | undefined,
): Pick<DriverSettings, 'receiveChannels' | 'channelKind'> {
  if (answer === undefined) return { receiveChannels: undefined, channelKind: undefined };
  const combined = { count: answer.getUint32(32, true), most: answer.getUint32(16, true) };
  const separate = { count: answer.getUint32(20, true), most: answer.getUint32(4, true) };
  const channelKind = combined.most > 0 ? 'combined' : 'rx';
  return { receiveChannels: combined.most > 0 ? combined : separate, channelKind };
}

function flag(answer: DataView | undefined, mask: number): boolean | undefined {
  return answer && (answer.getUint32(4, true) & mask) !== 0;
}
