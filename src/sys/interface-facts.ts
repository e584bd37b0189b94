/** What is known of one network interface that bears on losing frames. */

import { type DriverSettings, readDriverSettings } from './ethtool.js';
import { type HostPaths, tryReadNumber, tryReadText } from './host-files.js';
import type { Link } from './link.js';
import { QueueDropCounters, type QueueDrops } from './queue-drops.js';
import { listLinks } from './rtnetlink.js';

/** One network interface. */
export interface HostInterfaceFacts extends DriverSettings {
  /** Its name here. */
  readonly name: string;
  /** Set up by the administrator. */
  readonly up: boolean;
  /** Whether it leads back to this host alone. */
  readonly loopback: boolean;
  /** What kind of virtual interface it is; undefined for hardware. */
  readonly kind: string | undefined;
  /** Queues that it was made with. */
  readonly receiveQueueCount: number | undefined;
  /** Of each receive queue, the mask of CPUs its frames are passed on to (RPS); empty: unknown. */
  readonly steering: readonly string[];
  /** Frames it lost for want of receive buffers since it was made (rx_missed_errors). */
  readonly missed: number | undefined;
  /** Events of a full receive FIFO (rx_fifo_errors). */
  readonly fifoErrors: number | undefined;
  /** What its driver says that each receive queue has lost; empty: it doesn't say. */
  readonly queueDrops: readonly QueueDrops[];
}

/** The interfaces of the calling thread's network namespace. */
export function readInterfaceFacts(paths: HostPaths): HostInterfaceFacts[] {
  return listLinks().map((link) => ({
    name: link.name,
    up: link.up,
    loopback: link.loopback,
    kind: link.kind,
    receiveQueueCount: link.receiveQueueCount,
    missed: toNumber(link.statistics?.receiveMissed),
    fifoErrors: toNumber(link.statistics?.receiveFifoErrors),
    queueDrops: QueueDropCounters.tryFind(link.name)?.tryRead() ?? [],
    steering: readSteering(paths, link),
    ...readDriverSettings(link.name),
  }));
}

/** Of each receive queue the CPUs it is steered to; none where /sys shows another namespace. */
function readSteering(paths: HostPaths, link: Link): string[] {
  const folder = `${paths.sys}/class/net/${link.name}`;
  if (tryReadNumber(`${folder}/ifindex`) !== link.index) return [];
  const masks: string[] = [];
  for (let queue = 0; ; queue++) {
    const mask = tryReadText(`${folder}/queues/rx-${queue}/rps_cpus`);
    if (mask === undefined) return masks;
    masks.push(mask.trim());
  }
}

function toNumber(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
