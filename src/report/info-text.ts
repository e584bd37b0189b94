/** What a capture file holds, as text for people: `gapcap info`. */

import type { FileFacts, InterfaceFacts } from '../analysis/file-facts.js';
import type { FrameTally } from '../analysis/frame-tally.js';
import { linkTypeName } from '../core/link-type.js';
import { damageText } from './damage-text.js';
import { earlyLossLines } from './early-loss-text.js';
import { inGaps, lossShare } from './gap-text.js';
import { toTallyJson, unitsPerSecond } from './info-json.js';
import { formatCount, formatCounted, formatDurationNs, formatTimeUtc } from './number-text.js';
import { safeText } from './safe-text.js';
import { plainStyle, type TextStyle } from './text-style.js';

/** How it looks. */
export interface InfoTextOptions {
  /** Default: plain. */
  readonly style?: TextStyle;
  /** Hashes of the file by name, hexadecimal; none unless given. */
  readonly hashes?: Readonly<Record<string, string>> | undefined;
}

/** A line's label and its value; lines without a value are left out. */
type Line = readonly [label: string, value: string | undefined];

const LABEL_WIDTH = 20;

/**
 * What a file holds: type, sizes, times and rates, sections, then for each interface its description,
 * its frames and every counter of loss with what it counts.
 *
 * Texts from the file are made harmless.
 *
 * @returns lines separated by `\n`, none at the end
 */
export function infoText(facts: FileFacts, options: InfoTextOptions = {}): string {
  const style = options.style ?? plainStyle;
  const { damage } = facts.loss;
  const lines = [
    safeText(facts.file),
    ...rows([
      ['type', typeText(facts)],
      ['size', sizeText(facts)],
      ...Object.entries(options.hashes ?? {}),
      ['encapsulation', distinct(facts, ({ description }) => linkText(description.linkType))],
      [
        'precision',
        distinct(facts, ({ description }) => precisionText(description.timestampResolution)),
      ],
      [
        'snapshot length',
        distinct(facts, ({ description }) => snapshotText(description.snapshotLength)),
      ],
      ...tallyLines(facts.tally),
      ['time order', orderText(facts)],
      ['loss', lossSentence(facts, style)],
      ['truncated', facts.loss.truncated ? style.warning(truncatedText(facts)) : undefined],
      ['damaged', damage === undefined ? undefined : style.warning(damageText(damage))],
      ['other blocks', otherBlocksText(facts)],
    ]),
    ...facts.sections.flatMap((section) => sectionLines(facts, section)),
    ...facts.interfaces.flatMap((one) => interfaceLines(one, style)),
    ...facts.loss.mismatches.map((mismatch) => style.warning(`  ${safeText(mismatch.message)}`)),
  ];
  return lines.join('\n');
}

function rows(lines: readonly Line[], indent: string = '  '): string[] {
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${indent}${label.padEnd(LABEL_WIDTH)}${value}`);
}

function typeText(facts: FileFacts): string {
  const variant = facts.variant === undefined ? '' : ` (${facts.variant})`;
  const compression =
    facts.compression === undefined ? '' : `, compressed with ${facts.compression}`;
  return `${facts.format}${variant}${compression}`;
}

function sizeText(facts: FileFacts): string {
  const size = formatCounted(facts.fileBytes, 'byte');
  if (facts.compression === undefined) return size;
  return `${size}, ${formatCount(facts.captureBytes)} decompressed`;
}

/** What the interfaces have alike, or all there is, each once; undefined without interfaces. */
function distinct(facts: FileFacts, textOf: (one: InterfaceFacts) => string): string | undefined {
  const texts = [...new Set(facts.interfaces.map(textOf))];
  return texts.length === 0 ? undefined : texts.join('; ');
}

function linkText(linkType: number): string {
  return `${linkTypeName(linkType)} (${linkType})`;
}

const DECIMAL_UNITS = new Map([
  [0, 'seconds'],
  [3, 'milliseconds'],
  [6, 'microseconds'],
  [9, 'nanoseconds'],
  [12, 'picoseconds'],
]);

function precisionText(resolution: number): string {
  const name = DECIMAL_UNITS.get(resolution);
  return name ?? `${formatCount(unitsPerSecond(resolution))} units a second`;
}

function snapshotText(snapshotLength: number): string {
  return snapshotLength === 0 ? 'no limit' : formatCounted(snapshotLength, 'byte');
}

function tallyLines(tally: FrameTally): Line[] {
  const { first, bytesPerSecond, bitsPerSecond, framesPerSecond, averageFrameBytes } =
    toTallyJson(tally);
  const { firstNs, lastNs } = tally;
  const isTimed = first !== null && firstNs !== undefined && lastNs !== undefined;
  return [
    ['frames', formatCount(tally.frames)],
    ['data', dataText(tally)],
    [
      'average frame',
      averageFrameBytes === null ? undefined : `${averageFrameBytes.toFixed(2)} bytes`,
    ],
    ['shortened', shortenedText(tally)],
    ['first frame', isTimed ? `${formatTimeUtc(firstNs)} UTC` : undefined],
    ['last frame', isTimed ? `${formatTimeUtc(lastNs)} UTC` : undefined],
    ['duration', isTimed ? durationText(lastNs - firstNs) : undefined],
    ['frame rate', framesPerSecond === null ? undefined : `${rateText(framesPerSecond)} frames/s`],
    [
      'data rate',
      bytesPerSecond === null || bitsPerSecond === null
        ? undefined
        : `${rateText(bytesPerSecond)} bytes/s, ${rateText(bitsPerSecond)} bits/s`,
    ],
    [
      'without time',
      tally.timelessFrames === 0 ? undefined : formatCounted(tally.timelessFrames, 'frame'),
    ],
  ];
}

function dataText(tally: FrameTally): string {
  const onWire = `${formatCounted(tally.originalBytes, 'byte')} on the wire`;
  if (tally.capturedBytes === tally.originalBytes) return `${onWire}, all captured`;
  return `${onWire}, ${formatCount(tally.capturedBytes)} captured`;
}

function shortenedText(tally: FrameTally): string | undefined {
  if (tally.shortenedFrames === 0) return undefined;
  const { leastShortened: least, mostShortened: most } = tally;
  const range =
    least === most ? `${formatCount(least)}` : `${formatCount(least)} to ${formatCount(most)}`;
  return `${formatCounted(tally.shortenedFrames, 'frame')}, to ${range} bytes`;
}

function durationText(durationNs: bigint): string {
  const seconds = `${durationNs / 1_000_000_000n}.${`${durationNs % 1_000_000_000n}`.padStart(9, '0')} s`;
  return durationNs >= 60_000_000_000n ? `${seconds} (${formatDurationNs(durationNs)})` : seconds;
}

function rateText(perSecond: number): string {
  return perSecond >= 1000
    ? formatCount(Math.round(perSecond))
    : `${Number(perSecond.toPrecision(4))}`;
}

function orderText(facts: FileFacts): string {
  if (facts.unorderedFrames === 0) {
    return facts.tally.timelessFrames > 0 ? 'unknown: frames without a time' : 'strict';
  }
  const older = facts.unorderedFrames === 1 ? 'is' : 'are';
  return `not strict: ${formatCounted(facts.unorderedFrames, 'frame')} ${older} older than the frame before`;
}

function lossSentence({ loss: { account } }: FileFacts, style: TextStyle): string {
  if (account.lost === undefined) return style.warning('unknown: the file records none');
  const openEnd = account.interfaces.some(
    ({ lost, finalGap, unplaced }) => lost !== undefined && (finalGap ?? unplaced) === undefined,
  );
  const rest = openEnd ? `; ${style.warning('after the last frame unknown')}` : '';
  if (account.lost === 0) return `none${rest}`;
  const boundedGapCount = account.interfaces.reduce((sum, one) => sum + one.boundedGapCount, 0);
  const gaps = inGaps({ gapCount: account.gapCount, boundedGapCount });
  const share = lossShare(account);
  const lost = style.loss(`${formatCounted(account.lost, 'frame')} lost${gaps}`);
  return (share === undefined ? lost : `${lost}, ${share}`) + rest;
}

function truncatedText(facts: FileFacts): string {
  return facts.format === 'pcap'
    ? 'the file ends inside a record; all whole frames are counted'
    : 'the file ends inside a block; all whole frames are counted';
}

function otherBlocksText({ otherBlocks }: FileFacts): string | undefined {
  const { nameResolution, ipv4Names, ipv6Names } = otherBlocks;
  const names = `name resolution (${formatCount(ipv4Names)} IPv4, ${formatCount(ipv6Names)} IPv6 names)`;
  const kinds: readonly (readonly [count: number, text: string])[] = [
    [nameResolution, names],
    [otherBlocks.decryptionSecrets, 'decryption secrets'],
    [otherBlocks.custom, 'custom'],
    [otherBlocks.journal, 'systemd journal'],
    [otherBlocks.unknown, 'of unknown type'],
  ];
  const present = kinds.filter(([count]) => count > 0);
  if (present.length === 0) return undefined;
  return present.map(([count, text]) => `${formatCount(count)} ${text}`).join(', ');
}

function sectionLines(facts: FileFacts, section: FileFacts['sections'][number]): string[] {
  const { versionMajor, versionMinor, byteOrder, index } = section;
  return [
    '',
    `  section ${index}: version ${versionMajor}.${versionMinor}, ${byteOrder}-endian${facts.sections.length > 1 ? `, from byte ${formatCount(section.offset)}` : ''}`,
    ...rows(
      [
        ['hardware', safe(section.hardware)],
        ['os', safe(section.os)],
        ['application', safe(section.application)],
        ...section.comments.map((text): Line => ['comment', safe(text)]),
      ],
      '    ',
    ),
  ];
}

function safe(text: string | undefined): string | undefined {
  return text === undefined ? undefined : safeText(text);
}

function interfaceLines(facts: InterfaceFacts, style: TextStyle): string[] {
  const { description: one, tally } = facts;
  const { speedBps, fcsLength, timestampOffsetSeconds: offset } = one;
  return [
    '',
    `  interface ${one.id}${one.name === undefined ? '' : `: ${safeText(one.name)}`}${one.section === 0 ? '' : ` (section ${one.section})`}`,
    ...rows(
      [
        ['description', safe(one.description)],
        ['hardware', safe(one.hardware)],
        ['os', safe(one.os)],
        ['mac address', safe(one.macAddress)],
        ['speed', speedBps === undefined ? undefined : `${formatCount(Number(speedBps))} bits/s`],
        ['filter', safe(one.filter)],
        ...one.comments.map((text): Line => ['comment', safe(text)]),
        ['encapsulation', linkText(one.linkType)],
        ['snapshot length', snapshotText(one.snapshotLength)],
        ['fcs length', fcsLength === undefined ? undefined : formatCounted(fcsLength, 'byte')],
        ['precision', precisionText(one.timestampResolution)],
        ['time offset', offset === 0n ? undefined : `${offset} s`],
        ['frames', formatCount(tally.frames)],
        ['data', dataText(tally)],
        ['statistics', statisticsText(facts)],
      ],
      '    ',
    ),
    ...counterLines(facts, style),
    ...earlyLines(facts, style),
  ];
}

/** When it was lost what card, driver or the host's backlog lost. */
function earlyLines({ description, earlyLosses }: InterfaceFacts, style: TextStyle): string[] {
  const lines = earlyLossLines(earlyLosses, () => description.name);
  return lines.map((line) => `    ${style.warning(line)}`);
}

function statisticsText({ statisticsCount, statistics }: InterfaceFacts): string {
  if (statistics === undefined) return 'none: the file has no totals of this interface';
  const blocks = formatCounted(statisticsCount, 'block');
  const comment = statistics.comment === undefined ? '' : `: ${safeText(statistics.comment)}`;
  return `${blocks}, the last of ${formatTimeUtc(statistics.timestampNs)} UTC${comment}`;
}

/** Every counter that is known, with what it counts and where it stands in the file. */
function counterLines(facts: InterfaceFacts, style: TextStyle): string[] {
  const { account, statistics } = facts;
  const isDumpcap = statistics?.quirks.includes('dumpcap counters') ?? false;
  const counters: readonly (readonly [string, number | undefined, string])[] = [
    [
      'received',
      account.received ?? statistics?.received,
      isDumpcap
        ? 'given to the capture after the filter, dropped ones included (isb_ifrecv + isb_ifdrop)'
        : 'given to the capture after the filter, dropped ones included (isb_filteraccept)',
    ],
    [
      'delivered',
      statistics?.delivered,
      `reached the capturing program (${isDumpcap ? 'isb_ifrecv' : 'isb_usrdeliv'})`,
    ],
    [
      'dropped',
      account.dropped ?? statistics?.dropped,
      `received, then discarded for want of room (${isDumpcap ? 'isb_ifdrop' : 'isb_osdrop'})`,
    ],
    ['left out', account.leftOut, 'delivered, but left out of this copy on purpose'],
    ['unread', account.unread, 'received, still in the queue at the end'],
    ['in gaps', account.lost === undefined ? undefined : account.placed, gapsText(account)],
    ['final gap', account.finalGap, 'lost after the last frame: dropped - in gaps'],
    ['unplaced', account.unplaced, 'lost, but nobody recorded where'],
    [
      'interface received',
      statistics?.interfaceReceived,
      'by the interface, whatever became of them (isb_ifrecv)',
    ],
    [
      'interface dropped',
      statistics?.interfaceDropped,
      'lost in card or driver, before any filter (isb_ifdrop)',
    ],
  ];
  const known = counters.filter(([, count]) => count !== undefined);
  const width = Math.max(0, ...known.map(([, count]) => formatCount(count!).length));
  const lossy = new Set(['dropped', 'in gaps', 'final gap', 'unplaced', 'interface dropped']);
  const lines = known.map(([label, count, meaning]) => {
    const number = formatCount(count!).padStart(width);
    const shown = lossy.has(label) && count! > 0 ? style.loss(number) : number;
    return `    ${label.padEnd(LABEL_WIDTH)}${shown}  ${style.faint(meaning)}`;
  });
  return [...lines, ...rows([['law', lawText(facts, style)], ...quirkLines(facts)], '    ')];
}

function gapsText(account: InterfaceFacts['account']): string {
  const without = {
    ...account,
    gapCount: account.gapCount - ((account.finalGap ?? 0) > 0 ? 1 : 0),
  };
  const gaps = without.gapCount === 0 ? ' no gap' : inGaps(without).replace(/^ in/, '');
  return `lost between frames, as recorded on the frame after:${gaps} (epb_dropcount)`;
}

function lawText(facts: InterfaceFacts, style: TextStyle): string {
  const { account, lawHolds } = facts;
  if (lawHolds === false) return style.warning('broken: the numbers contradict each other');
  if (lawHolds === undefined) {
    return account.lost === undefined
      ? style.warning('not to be checked; nothing is known of loss, not even that there was none')
      : 'not to be checked: the file lacks totals';
  }
  const { frames, received, dropped, unread, placed, finalGap, unplaced } = account;
  const count = (value: number | undefined): string => formatCount(value ?? 0);
  const places =
    (unplaced ?? 0) > 0
      ? `${count(placed)} in gaps + ${count(unplaced)} unplaced`
      : `${count(placed)} in gaps + ${count(finalGap)} final`;
  const leftOut = account.leftOut === undefined ? '' : ` + ${count(account.leftOut)} left out`;
  return `holds: ${count(received)} received = ${count(frames)} frames${leftOut} + ${count(dropped)} dropped + ${count(unread)} unread; ${count(dropped)} dropped = ${places}`;
}

function quirkLines({ statistics }: InterfaceFacts): Line[] {
  return (statistics?.quirks ?? []).map((quirk): Line => {
    const text =
      quirk === 'dumpcap counters'
        ? 'dumpcap counts otherwise: isb_ifrecv is what was delivered, isb_ifdrop what the kernel dropped'
        : "the statistics' times are in microseconds, though the interface's are finer; read as such";
    return ['note', text];
  });
}
