/**
 * Frames that drivers say they lost, by receive queue (what `ethtool -S` prints). Asking needs no
 * privilege. Source: include/uapi/linux/ethtool.h, net/ethtool/ioctl.c: ethtool_get_strings(),
 * ethtool_get_stats().
 *
 * There is no standard for these names. The ones that count here are those of frames that a queue
 * discarded for want of buffers or room. What an XDP program drops, it drops on purpose, and most drivers
 * count that apart; virtio_net's count of losses holds it as well (drivers/net/virtio_net.c:
 * receive_small_xdp(), receive_mergeable_xdp()), so there it is taken off.
 */

import { tryAskDriver } from './ethtool.js';

/** What one receive queue has lost since its driver began to count. */
export interface QueueDrops {
  /** The queue's number, from 0. */
  readonly queue: number;
  /** The counter's name, such as `rx_queue_0_drops`. */
  readonly name: string;
  readonly frames: bigint;
}

const ETHTOOL_GDRVINFO = 0x03;
const ETHTOOL_GSTRINGS = 0x1b;
const ETHTOOL_GSTATS = 0x1d;
const ETH_SS_STATS = 1;

/** struct ethtool_drvinfo, 196 bytes; the driver's name is at 4, the number of statistics a u32 at 180. */
const DRVINFO_BYTES = 196;
const DRVINFO_DRIVER = 4;
const DRVINFO_STATISTICS = 180;
/** struct ethtool_gstrings: command, set, length, then strings of 32 bytes. */
const STRINGS_BYTES = 12;
const STRING_BYTES = 32;
/** struct ethtool_stats: command, length, then u64. */
const STATISTICS_BYTES = 8;
/** Room for counters that a driver adds between two questions: it copies what it has. */
const SPARE = 256;

/** Losing, in the words of drivers. */
const LOST = '(?:drops?|dropped|drop_cnt|discards?|missed|overruns?|no_buffers?|out_of_buffer)';

/** Names of counters of one queue, each with the queue's number. */
const PATTERNS: readonly RegExp[] = [
  // veth, igb, igc, hv_netvsc: rx_queue_0_drops
  new RegExp(`^rx_queue_(\\d+)_${LOST}$`),
  // virtio_net, mlx5 and others: rx0_drops, rx-0.dropped, rx[0]_drops
  new RegExp(`^rx[-_[]?(\\d+)\\]?[._]${LOST}$`),
  // ena: queue_0_rx_drops
  new RegExp(`^queue_(\\d+)_rx_${LOST}$`),
  // bnxt: [0]: rx_discards
  new RegExp(`^\\[(\\d+)\\]: rx_${LOST}$`),
  // gve: rx_queue_drop_cnt[0]
  new RegExp(`^rx_queue_${LOST}\\[(\\d+)\\]$`),
];

/** The number of the receive queue whose losses a counter of this name counts; undefined for others. */
export function queueOfDropCounter(name: string): number | undefined {
  for (const pattern of PATTERNS) {
    const queue = pattern.exec(name)?.[1];
    if (queue !== undefined) return Number(queue);
  }
  return undefined;
}

/** A counter of a queue's losses, by its place among the driver's statistics. */
export interface DropCounter {
  /** The queue's number, from 0. */
  readonly queue: number;
  /** The counter's name. */
  readonly name: string;
  readonly index: number;
  /** The counter of those among them that were dropped on purpose; undefined: it holds none. */
  readonly onPurposeIndex: number | undefined;
}

/**
 * The counters of losses among a driver's statistics.
 *
 * @param driver such as `virtio_net`
 * @param names of all its statistics, in their order
 */
export function findDropCounters(driver: string, names: readonly string[]): DropCounter[] {
  return names.flatMap((name, index) => {
    const queue = queueOfDropCounter(name);
    if (queue === undefined) return [];
    const countsAll = driver === 'virtio_net' && name.endsWith('_drops');
    const onPurpose = countsAll ? names.indexOf(name.replace(/drops$/, 'xdp_drops')) : -1;
    return [{ queue, name, index, onPurposeIndex: onPurpose < 0 ? undefined : onPurpose }];
  });
}

/** The drop counters of one interface's receive queues: found once, read again and again. */
export class QueueDropCounters {
  readonly #interfaceName: string;
  readonly #count: number;
  readonly #wanted: readonly DropCounter[];

  private constructor(interfaceName: string, driver: string, names: readonly string[]) {
    this.#interfaceName = interfaceName;
    this.#count = names.length;
    this.#wanted = findDropCounters(driver, names);
  }

  /**
   * Looks for such counters of an interface of the calling thread's network namespace; undefined where
   * its driver has none.
   */
  static tryFind(interfaceName: string): QueueDropCounters | undefined {
    const { driver, names } = tryReadNames(interfaceName) ?? { driver: '', names: [] };
    const found = new QueueDropCounters(interfaceName, driver, names);
    return found.#wanted.length === 0 ? undefined : found;
  }

  /**
   * Reads them, in the driver's order; undefined where the interface is gone or has other counters now.
   * Costs what the driver takes for all of its statistics: some µs in software, perhaps ms in a card.
   */
  tryRead(): QueueDrops[] | undefined {
    const values = allocate(STATISTICS_BYTES + 8 * (this.#count + SPARE));
    values.setUint32(0, ETHTOOL_GSTATS, true);
    values.setUint32(4, this.#count, true);
    if (!tryAskDriver(this.#interfaceName, values)) return undefined;
    if (values.getUint32(4, true) !== this.#count) return undefined;
    const valueAt = (index: number | undefined): bigint =>
      index === undefined ? 0n : values.getBigUint64(STATISTICS_BYTES + 8 * index, true);
    return this.#wanted.map(({ queue, name, index, onPurposeIndex }) => {
      const frames = valueAt(index) - valueAt(onPurposeIndex);
      return { queue, name, frames: frames < 0n ? 0n : frames };
    });
  }
}

function tryReadNames(
  interfaceName: string,
): { readonly driver: string; readonly names: string[] } | undefined {
  const info = allocate(DRVINFO_BYTES);
  info.setUint32(0, ETHTOOL_GDRVINFO, true);
  if (!tryAskDriver(interfaceName, info)) return undefined;
  const count = info.getUint32(DRVINFO_STATISTICS, true);
  const strings = allocate(STRINGS_BYTES + STRING_BYTES * (count + SPARE));
  strings.setUint32(0, ETHTOOL_GSTRINGS, true);
  strings.setUint32(4, ETH_SS_STATS, true);
  strings.setUint32(8, count, true);
  if (!tryAskDriver(interfaceName, strings) || strings.getUint32(8, true) !== count) {
    return undefined;
  }
  const names = Array.from({ length: count }, (_, index) =>
    textAt(strings, STRINGS_BYTES + STRING_BYTES * index),
  );
  return { driver: textAt(info, DRVINFO_DRIVER), names };
}

/** A text of up to 32 bytes, as the kernel's structures have it. */
function textAt({ buffer }: DataView<ArrayBuffer>, at: number): string {
  const [text] = Buffer.from(buffer, at, STRING_BYTES).toString('latin1').split('\0');
  return text!.trim();
}

function allocate(bytes: number): DataView<ArrayBuffer> {
  return new DataView(new ArrayBuffer(bytes));
}
