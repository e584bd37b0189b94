/** What about one interface makes frames go missing. */

import type { HostInterfaceFacts } from '../sys/interface-facts.js';
import type { Finding, Severity } from './finding.js';

/** What is found by all rules, in the order of harm. @param cpuCount CPUs that share the work */
export function findInterfaceFaults(facts: HostInterfaceFacts, cpuCount: number): Finding[] {
  return [
    down(facts),
    lostInCard(facts),
    lostInQueues(facts),
    smallRing(facts),
    fewQueues(facts, cpuCount),
    noSteering(facts, cpuCount),
    joinedByCard(facts),
    joinedByKernel(facts),
  ].filter((finding) => finding !== undefined);
}

function finding(
  { name }: HostInterfaceFacts,
  code: string,
  severity: Severity,
  what: string,
  why: string,
  command?: string,
): Finding {
  return { code, severity, interfaceName: name, what, why, command };
}

function down(facts: HostInterfaceFacts): Finding | undefined {
  if (facts.up) return undefined;
  return finding(
    facts,
    'interface-down',
    'error',
    `${facts.name} is down.`,
    'Nothing can be captured from it.',
    `ip link set dev ${shellWord(facts.name)} up`,
  );
}

function lostInCard(facts: HostInterfaceFacts): Finding | undefined {
  const { missed = 0, fifoErrors = 0, receiveRing } = facts;
  if (missed + fifoErrors === 0) return undefined;
  const larger = receiveRing !== undefined && receiveRing.size < receiveRing.most;
  const events = fifoErrors === 0 ? '' : `, ${fifoErrors.toLocaleString('en-US')} FIFO overruns`;
  return finding(
    facts,
    'lost-in-card',
    'warning',
    `The card of ${facts.name} has lost ${missed.toLocaleString('en-US')} frames since it was set up${events}.`,
    'The host was too slow in emptying its ring; what is lost there reaches no capture and is in no gap.',
    larger ? ringCommand(facts, receiveRing.most) : undefined,
  );
}

/** Losses that the driver counts by queue, where the interface's own counters don't show them. */
function lostInQueues(facts: HostInterfaceFacts): Finding | undefined {
  const { missed = 0, fifoErrors = 0, queueDrops, receiveRing } = facts;
  const lossy = queueDrops.filter(({ frames }) => frames > 0n);
  if (lossy.length === 0 || missed + fifoErrors > 0) return undefined;
  const total = lossy.reduce((sum, { frames }) => sum + frames, 0n);
  const list = lossy.map(({ name, frames }) => `${name} ${frames.toLocaleString('en-US')}`);
  const shown = list.length > 4 ? [...list.slice(0, 4), `${list.length - 4} more`] : list;
  const larger = receiveRing !== undefined && receiveRing.size < receiveRing.most;
  return finding(
    facts,
    'lost-in-queues',
    'warning',
    `The driver of ${facts.name} has lost ${total.toLocaleString('en-US')} frames in its receive queues (${shown.join(', ')}).`,
    'It had no room or no memory for them; what is lost there reaches no capture and is in no gap.',
    larger ? ringCommand(facts, receiveRing.most) : undefined,
  );
}

function smallRing(facts: HostInterfaceFacts): Finding | undefined {
  const { receiveRing } = facts;
  if (receiveRing === undefined || receiveRing.size >= receiveRing.most) return undefined;
  return finding(
    facts,
    'small-receive-ring',
    'warning',
    `The receive ring of ${facts.name} holds ${receiveRing.size} frames of ${receiveRing.most} possible.`,
    'A burst longer than the ring is lost in the card when the host is busy for a moment.',
    ringCommand(facts, receiveRing.most),
  );
}

function ringCommand({ name }: HostInterfaceFacts, size: number): string {
  return `ethtool -G ${shellWord(name)} rx ${size}`;
}

function fewQueues(facts: HostInterfaceFacts, cpuCount: number): Finding | undefined {
  const { receiveChannels, channelKind } = facts;
  if (receiveChannels === undefined || channelKind === undefined) return undefined;
  const wanted = Math.min(receiveChannels.most, cpuCount);
  // Virtual pairs have queues only for what is steered to them.
  if (facts.kind !== undefined || receiveChannels.count >= wanted) return undefined;
  return finding(
    facts,
    'few-queues',
    'warning',
    `${facts.name} spreads what it receives over ${receiveChannels.count} of ${wanted} possible queues.`,
    'Each queue is emptied by one CPU; when that one is busy, frames are lost though others are idle.',
    `ethtool -L ${shellWord(facts.name)} ${channelKind} ${wanted}`,
  );
}

function noSteering(facts: HostInterfaceFacts, cpuCount: number): Finding | undefined {
  const { steering, receiveChannels, kind, loopback } = facts;
  if (kind !== undefined || loopback || cpuCount < 2 || steering.length !== 1) return undefined;
  if ((receiveChannels?.most ?? 1) > 1 || /[1-9a-f]/.test(steering[0]!)) return undefined;
  return finding(
    facts,
    'one-queue',
    'note',
    `${facts.name} has one receive queue, and one CPU does all the receiving.`,
    'Passing frames on to other CPUs (RPS) helps at high rates; their order between CPUs is then no longer exact.',
    `echo ${cpuMask(cpuCount)} > /sys/class/net/${shellWord(facts.name)}/queues/rx-0/rps_cpus`,
  );
}

/** The mask of the first CPUs as /sys takes it: hexadecimal, commas between groups of 32. */
function cpuMask(cpuCount: number): string {
  const digits = ((1n << BigInt(cpuCount)) - 1n).toString(16);
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 8) {
    groups.unshift(digits.slice(Math.max(0, end - 8), end));
  }
  return groups.join(',');
}

function joinedByCard(facts: HostInterfaceFacts): Finding | undefined {
  if (facts.largeReceiveOffload !== true) return undefined;
  return finding(
    facts,
    'large-receive-offload',
    'note',
    `The card of ${facts.name} joins received segments into longer frames (LRO).`,
    'Frames in the capture are then not those of the wire, and their number is smaller.',
    `ethtool -K ${shellWord(facts.name)} lro off`,
  );
}

function joinedByKernel(facts: HostInterfaceFacts): Finding | undefined {
  if (facts.genericReceiveOffload !== true || facts.loopback || facts.kind !== undefined) {
    return undefined;
  }
  return finding(
    facts,
    'generic-receive-offload',
    'note',
    `The kernel joins segments that ${facts.name} receives into longer frames (GRO).`,
    'It costs less per byte, but frames in the capture are not those of the wire; a frame lost may be many.',
    `ethtool -K ${shellWord(facts.name)} gro off`,
  );
}

/** The name as a shell takes it: an interface may be called almost anything, `$(…)` as well. */
function shellWord(name: string): string {
  return /^[\w.:@+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
