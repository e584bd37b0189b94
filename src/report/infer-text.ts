/** The text of `gapcap infer`: what TCP gives away of a capture's loss, and how it fits what is recorded. */

import type { InferenceFacts } from '../analysis/infer-loss.js';
import type { InferredFlow, InferredLoss, LossTally } from '../analysis/inferred-loss.js';
import type { GapAgreement } from '../analysis/loss-agreement.js';
import { damageText } from './damage-text.js';
import { gapSentence } from './gap-text.js';
import { formatCount, formatCounted, formatDurationNs } from './number-text.js';
import { safeText } from './safe-text.js';
import { plainStyle, type TextStyle } from './text-style.js';

/** How much to tell and how it looks. */
export interface InferTextOptions {
  /** Flows to list at most, those that lost most first; default 10. */
  readonly flowLimit?: number;
  /** Losses to list for each flow at most, and recorded gaps; default 5. */
  readonly lossLimit?: number;
  /** Default: plain. */
  readonly style?: TextStyle;
}

const DEFAULT_FLOWS = 10;
const DEFAULT_LOSSES = 5;

/** Who lost bytes, in the words of the report, in the order in which they are told. */
const TALLY_TEXTS = [
  ['capture', 'lost to the capture'],
  ['beforeTap', 'lost in the network before the tap'],
  ['afterTap', 'lost in the network after the tap'],
  ['network', 'lost in the network, before or after the tap'],
  ['undecided', 'missing or sent again, undecided by whom'],
] as const;

/**
 * What was inferred, as text: the sums, how they agree with the recorded gaps, the flows that lost most.
 *
 *     x.pcapng: 10,000 frames, 9,120 of TCP in 12 connections; inferred from TCP:
 *       57,920 bytes lost to the capture, at least 40 segments at 3 places
 *       of these, 57,920 bytes, at least 40 segments, fit the recorded gaps
 *
 * @returns lines separated by `\n`, none at the end
 */
export function inferText(facts: InferenceFacts, options: InferTextOptions = {}): string {
  const style = options.style ?? plainStyle;
  const lossLimit = options.lossLimit ?? DEFAULT_LOSSES;
  const lines = [
    header(facts),
    ...sumLines(facts, style),
    ...agreementLines(facts, lossLimit, style),
    ...flowLines(facts, options.flowLimit ?? DEFAULT_FLOWS, lossLimit, style),
    ...doubtLines(facts, style),
  ];
  return lines.map((line, i) => (i === 0 ? line : `  ${line}`)).join('\n');
}

function header({ recorded, tcp }: InferenceFacts): string {
  const file = recorded.file === undefined ? '' : `${safeText(recorded.file)}: `;
  const frames = formatCounted(recorded.account.frames, 'frame');
  if (tcp.connections === 0) return `${file}${frames}, none of TCP: nothing can be inferred`;
  const connections = formatCounted(tcp.connections, 'connection');
  return `${file}${frames}, ${formatCount(tcp.tcpFrames)} of TCP in ${connections}; inferred from TCP:`;
}

function sumLines({ tcp }: InferenceFacts, style: TextStyle): string[] {
  if (tcp.connections === 0) return [];
  const lines: string[] = [];
  for (const [name, text] of TALLY_TEXTS) {
    const tally = tcp.lost[name];
    if (tally.count === 0) continue;
    const line = `${amount(tally)} ${text}, at ${formatCounted(tally.count, 'place')}`;
    lines.push(name === 'capture' ? style.loss(line) : line);
  }
  if (lines.length === 0) lines.push('no sign of loss');
  if (tcp.spuriousBytes > 0) {
    lines.push(
      `${formatCounted(tcp.spuriousBytes, 'byte')} sent again though the receiver had them: no loss`,
    );
  }
  return lines;
}

/** `57,920 bytes in at least 40 segments` */
function amount({ bytes, segments }: { bytes: number; segments: number }): string {
  const frames = `at least ${formatCounted(segments, 'segment')}`;
  return `${formatCounted(bytes, 'byte')} in ${frames}`;
}

function agreementLines(facts: InferenceFacts, limit: number, style: TextStyle): string[] {
  const { agreement, recorded } = facts;
  const lines: string[] = [];
  const { inOneGap, inSeveralGaps, beforeSocket, unrecorded } = agreement;
  const inGaps: LossTally = {
    count: inOneGap.count + inSeveralGaps.count,
    bytes: inOneGap.bytes + inSeveralGaps.bytes,
    segments: inOneGap.segments + inSeveralGaps.segments,
  };
  if (inGaps.count > 0) {
    lines.push(`of what the capture lost, ${amount(inGaps)} lie in recorded gaps`);
  }
  for (const one of agreement.gaps.slice(0, limit)) lines.push(`  ${gapLine(facts, one)}`);
  if (agreement.gaps.length > limit) {
    const more = agreement.gaps.length - limit;
    lines.push(style.faint(`  … and ${formatCounted(more, 'more gap')} (use --json)`));
  }
  if (beforeSocket.count > 0) {
    lines.push(
      style.loss(
        `of what the capture lost, ${amount(beforeSocket)} lie outside every recorded gap: lost before the socket (network card, driver, switch or mirror port)`,
      ),
    );
  }
  if (unrecorded.count > 0 && recorded.account.lost === undefined) {
    lines.push('the file records no loss, so nothing says where the capture lost them');
  }
  return lines;
}

function gapLine({ recorded, tcp }: InferenceFacts, one: GapAgreement): string {
  const gap = recorded.account.gaps[one.gap]!;
  const { interfaces } = recorded.account;
  const name =
    interfaces.length > 1 ? interfaces.find(({ id }) => id === gap.interfaceId) : undefined;
  const sentence = gapSentence(
    gap,
    name === undefined ? undefined : (name.name ?? `interface ${name.id}`),
  );
  const parts: string[] = [];
  if (one.lost.count > 0) {
    const flows = formatCounted(one.flows.length, 'flow');
    const names = one.flows.slice(0, 3).map((flow) => flowName(tcp.flows[flow]!));
    const more = one.flows.length > 3 ? ', …' : '';
    parts.push(
      one.exceeded
        ? `TCP lost at least ${formatCounted(one.lost.segments, 'segment')} of ${flows} there, more than were recorded: some were lost before the socket`
        : `at least ${formatCount(one.lost.segments)} of them were TCP segments of ${flows} (${names.join(', ')}${more})`,
    );
  }
  if (one.sharedCount > 0) {
    parts.push(
      `${formatCounted(one.sharedCount, 'loss', 'losses')} in this gap or in one beside it`,
    );
  }
  return `${sentence}: ${parts.join('; ')}`;
}

function flowLines(
  { tcp, agreement }: InferenceFacts,
  flowLimit: number,
  lossLimit: number,
  style: TextStyle,
): string[] {
  const lines: string[] = [];
  const byFlow = new Map<number, number[]>();
  tcp.losses.forEach(({ flow }, i) => {
    const indexes = byFlow.get(flow);
    if (indexes === undefined) byFlow.set(flow, [i]);
    else indexes.push(i);
  });
  const ranked = tcp.flows
    .map((flow, position) => ({ flow, position }))
    .sort((first, second) => weight(second.flow) - weight(first.flow));
  for (const { flow, position } of ranked.slice(0, flowLimit)) {
    lines.push(`${flowName(flow)}: ${flowSummary(flow)}`);
    const indexes = byFlow.get(position) ?? [];
    for (const i of indexes.slice(0, lossLimit)) {
      const inGap = agreement.places[i] !== undefined;
      lines.push(`  ${lossSentence(tcp.losses[i]!, inGap)}`);
    }
    if (indexes.length > lossLimit) {
      lines.push(
        style.faint(`  … and ${formatCount(indexes.length - lossLimit)} more (use --json)`),
      );
    }
  }
  if (ranked.length > flowLimit) {
    const more = formatCounted(ranked.length - flowLimit, 'more flow');
    lines.push(style.faint(`… and ${more} (use --flows N or --json)`));
  }
  return lines;
}

/** What the capture lost counts first, then everything else. */
function weight({ lost }: InferredFlow): number {
  const others = lost.beforeTap.bytes + lost.afterTap.bytes + lost.network.bytes;
  return lost.capture.bytes * 2 ** 20 + others + lost.undecided.bytes;
}

/** `192.0.2.1:51234 > 198.51.100.2:443` */
function flowName({ source, destination }: InferredFlow): string {
  return `${source} > ${destination}`;
}

function flowSummary(flow: InferredFlow): string {
  if (flow.seen === 'receiver') {
    return `one-way: none of its frames is in the file, ${formatCounted(flow.unseenBytes, 'byte')} acknowledged`;
  }
  const parts = TALLY_TEXTS.filter(([name]) => flow.lost[name].count > 0).map(
    ([name, text]) => `${formatCounted(flow.lost[name].bytes, 'byte')} ${text}`,
  );
  if (flow.seen === 'sender') parts.push('one-way: no frame of the receiver is in the file');
  return parts.join(', ');
}

/**
 * One inferred loss as a sentence without a full stop.
 *
 *     5,792 bytes in at least 4 segments lost to the capture between frames 302 and 303 (12.01 ms; inferred: acknowledged in frame 305)
 *
 * @param inGap whether a recorded gap lies at the place
 */
export function lossSentence(loss: InferredLoss, inGap = false): string {
  const remarks: string[] = [];
  if (loss.startNs !== undefined && loss.endNs !== undefined) {
    remarks.push(formatDurationNs(loss.endNs - loss.startNs));
  }
  remarks.push(`inferred: ${reasonText(loss)}`);
  if (inGap) remarks.push('frames are recorded as lost there');
  return `${amount(loss)} ${whatHappened(loss)}${placeText(loss)} (${remarks.join('; ')})`;
}

function whatHappened({ cause, side, resent }: InferredLoss): string {
  switch (cause) {
    case 'capture':
      return 'lost to the capture';
    case 'network':
      if (side === undefined) return 'lost in the network';
      return side === 'before'
        ? 'lost in the network before the tap'
        : 'lost in the network after the tap';
    case 'undecided':
      return resent === undefined ? 'missing' : 'sent again';
  }
}

function placeText({ after, before, proof, reason, side }: InferredLoss): string {
  const from = after === undefined ? undefined : formatCount(after);
  if (side === 'after') return from === undefined ? '' : `, out of frame ${from}`;
  const to = reason === 'asked' ? proof : (before ?? proof);
  if (to === undefined) return from === undefined ? '' : ` after frame ${from}`;
  if (from === undefined) return ` before frame ${formatCount(to)}`;
  return ` between frames ${from} and ${formatCount(to)}`;
}

function reasonText({ reason, proof, resent }: InferredLoss): string {
  const at = proof === undefined ? '' : ` in frame ${formatCount(proof)}`;
  const again = resent === undefined ? 'sent again' : `sent again in frame ${formatCount(resent)}`;
  switch (reason) {
    case 'acknowledged':
      return `acknowledged${at}`;
    case 'sacked':
      return `selectively acknowledged${at}`;
    case 'asked':
      return `acknowledged${at} after the receiver had asked for it: the network lost one copy, the capture the next`;
    case 'duplicate':
      return `${again}, reported as a duplicate${at}`;
    case 'lacked':
      return `${again}, which the receiver had asked for`;
    case 'resent':
      return `${again}, and no duplicate was reported`;
    case 'unknown-order':
      return `${again}; nothing tells whether the first copy arrived`;
    case 'unacknowledged':
      return 'neither acknowledged nor sent again';
    case 'one-way':
      return 'no frame of the receiver is in the file';
  }
}

// What the numbers above don't say.
function doubtLines({ recorded, tcp, filters }: InferenceFacts, style: TextStyle): string[] {
  const lines: string[] = [];
  const { limits } = tcp;
  if (tcp.oneWayConnections > 0) {
    const count = formatCounted(tcp.oneWayConnections, 'connection');
    lines.push(`${count} with one direction only in the file: no claim who lost what`);
  }
  if (tcp.unmeasuredFrames > 0) {
    const frames = formatCounted(tcp.unmeasuredFrames, 'frame');
    lines.push(`${frames} of TCP fragmented or cut inside the header: left out`);
  }
  if (filters.length > 0) {
    const quoted = filters.map((filter) => `"${safeText(filter)}"`).join(', ');
    lines.push(
      `captured with the filter ${quoted}: a filter that takes connections in part looks like loss`,
    );
  }
  if (limits.flowsEvicted > 0) {
    const flows = formatCounted(limits.flowsEvicted, 'connection');
    lines.push(`${flows} given up to bound memory, the idlest first (use --max-flows N)`);
  }
  if (limits.holesForgotten > 0) {
    const holes = formatCounted(limits.holesForgotten, 'hole');
    lines.push(`${holes} given up because one flow had too many open: not in the sums`);
  }
  if (limits.lossesOmitted > 0) {
    const losses = formatCounted(limits.lossesOmitted, 'loss', 'losses');
    lines.push(`${losses} in the sums that weren't kept one by one`);
  }
  if (recorded.truncated) lines.push('the file ends inside a block');
  if (recorded.damage !== undefined) lines.push(damageText(recorded.damage));
  return lines.map((line) => style.warning(line));
}
