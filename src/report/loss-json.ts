/** The JSON shape that describes a capture's loss: the same for a finished capture and for a file. */

import { formatEpochNs } from '../core/timestamp.js';
import type { InterfaceAccount } from '../gaps/account.js';
import type { EarlyLoss } from '../gaps/early-loss.js';
import type { Gap } from '../gaps/gap.js';
import type { LossFacts } from '../gaps/loss-facts.js';

/** One capture's loss; an unknown number is null, never 0. */
export interface LossJson {
  /** null where the frames went to no file */
  file: string | null;
  /** `pcapng`, `pcap`; null where there is no file */
  format: string | null;
  frames: number;
  /** Sum of gaps, final gap and unplaced as far as known; null where nothing is known of loss. */
  lost: number | null;
  /** Whether the file ends inside a block. */
  truncated: boolean;
  /** Where the file is damaged: everything else is of what comes before. Absent: it isn't. */
  damaged?: DamageJson;
  interfaces: InterfaceLossJson[];
  /** In the order of the frames after them, final gaps last. */
  gaps: GapJson[];
  /** Gaps that should be in `gaps` and aren't, because there were too many; absent: none. */
  gapsOmitted?: number;
  /** Loss before the socket, in no other number here; absent: none known. */
  beforeSocket?: EarlyLossJson[];
  /** How the recorded numbers contradict each other; absent: they don't. */
  mismatches?: string[];
}

/** Where a file contradicts its format. */
export interface DamageJson {
  /** Byte of the file (decompressed, where it is compressed) at which it goes wrong. */
  offset: number;
  /** As docs/errors.md lists them. */
  code: string;
  message: string;
}

/** Frames lost before the socket between two readings of a counter. */
export interface EarlyLossJson {
  /** `interface`: network card or driver; `backlog`: the host's, of whichever interface. */
  where: EarlyLoss['where'];
  /** The interface's id; where `backlog`, the one at which it is recorded. */
  interface: number;
  /** At least so many. */
  lost: number;
  /** As the times of gaps. */
  start: string | null;
  end: string;
  /** Numbers of frames between which it happened; null: unknown or none. */
  after: number | null;
  before: number | null;
}

/** One interface's totals. */
export interface InterfaceLossJson {
  id: number;
  name: string | null;
  /** LINKTYPE_ number */
  linkType: number | null;
  frames: number;
  received: number | null;
  /** Delivered frames that a copy of the capture left out on purpose; absent: none. */
  leftOut?: number;
  lost: number | null;
  finalGap: number | null;
  unplaced: number | null;
}

/** One gap. */
export interface GapJson {
  /** The interface's id. */
  interface: number;
  /** The ring that lost them, where several feed the interface; absent: one, or nobody says. */
  queue?: number;
  /** 0 only where bounded: frames counted at another gap of the group may have been lost here. */
  lost: number;
  /** Number of the interface's or ring's last frame before the gap; null: before its first. */
  after: number | null;
  /** Number of its first frame after the gap; null: the final gap. */
  before: number | null;
  /** Seconds since 1970-01-01 UTC with nine digits after the dot. */
  start: string | null;
  /** As `start`. */
  end: string | null;
  certainty: Gap['certainty'];
  /** Only where bounded: the loss is at least this. */
  atLeast?: number;
  /** Only where bounded: the loss is at most this. */
  atMost?: number;
  /** Only where bounded: the sum of `lost` over the gaps of this group and interface is exact. */
  group?: number;
}

/** Gives the facts the shape that `capture --json`, `gaps --json` and the library share. */
export function toLossJson(facts: LossFacts): LossJson {
  const { account } = facts;
  return {
    file: facts.file ?? null,
    format: facts.format ?? null,
    frames: account.frames,
    lost: account.lost ?? null,
    truncated: facts.truncated,
    ...toDamageJson(facts),
    interfaces: account.interfaces.map(toInterfaceJson),
    gaps: account.gaps.map(toGapJson),
    ...(account.gapsOmitted > 0 ? { gapsOmitted: account.gapsOmitted } : {}),
    ...(facts.earlyLosses === undefined || facts.earlyLosses.length === 0
      ? {}
      : { beforeSocket: facts.earlyLosses.map(toEarlyLossJson) }),
    ...(facts.mismatches.length > 0
      ? { mismatches: facts.mismatches.map(({ message }) => message) }
      : {}),
  };
}

/** The member `damaged`, where there is damage. */
export function toDamageJson({ damage }: LossFacts): Pick<LossJson, 'damaged'> {
  if (damage === undefined) return {};
  const { offset, code, message } = damage;
  return { damaged: { offset, code, message } };
}

/** One loss before the socket in the shape that every list of them in JSON has. */
export function toEarlyLossJson(loss: EarlyLoss): EarlyLossJson {
  return {
    where: loss.where,
    interface: loss.interfaceId,
    lost: loss.lost,
    start: loss.startNs === undefined ? null : formatEpochNs(loss.startNs),
    end: formatEpochNs(loss.endNs),
    after: loss.after ?? null,
    before: loss.before ?? null,
  };
}

function toInterfaceJson(account: InterfaceAccount): InterfaceLossJson {
  return {
    id: account.id,
    name: account.name ?? null,
    linkType: account.linkType ?? null,
    frames: account.frames,
    received: account.received ?? null,
    ...(account.leftOut === undefined ? {} : { leftOut: account.leftOut }),
    lost: account.lost ?? null,
    finalGap: account.finalGap ?? null,
    unplaced: account.unplaced ?? null,
  };
}

/** One gap in the shape that every list of gaps in JSON has. */
export function toGapJson(gap: Gap): GapJson {
  return {
    interface: gap.interfaceId,
    ...(gap.queue === undefined ? {} : { queue: gap.queue }),
    lost: gap.lost,
    after: gap.after ?? null,
    before: gap.before ?? null,
    start: gap.startNs === undefined ? null : formatEpochNs(gap.startNs),
    end: gap.endNs === undefined ? null : formatEpochNs(gap.endNs),
    certainty: gap.certainty,
    ...(gap.certainty === 'bounded' ? { atLeast: gap.atLeast, atMost: gap.atMost } : {}),
    ...(gap.group === undefined ? {} : { group: gap.group }),
  };
}
