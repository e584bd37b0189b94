/** The manual page, from the same definitions as the help. */

import type { OutlinedCommand, OutlinedOption, ProgramOutline } from './command-outline.js';

/** Statuses as every command has them; docs/cli.md says more. */
const statuses: readonly (readonly [status: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'failed: the system, the kernel or a file said no'],
  ['2', "usage: the command line asks for something that doesn't exist or makes no sense"],
  ['3', 'not permitted: the kernel refused a packet socket (CAP_NET_RAW)'],
  ['4', 'accounting mismatch: the counts of frames contradict each other'],
  ['5', 'frames were lost, and --fail-on-loss was given'],
];

/**
 * The page in roff, for man(7).
 *
 * @param version of gapcap
 */
export function manualPage({ program, commands }: ProgramOutline, version: string): string {
  const lines = [
    `.\\" Made from the definitions of the command line by 'npm run man'.`,
    `.TH GAPCAP 1 "" "gapcap ${version}" "User Commands"`,
    '.SH NAME',
    `gapcap \\- ${roff(lowerFirst(program.description.replace(/\.$/, '')))}`,
    '.SH SYNOPSIS',
    '.B gapcap',
    roff(program.usage),
    '.SH DESCRIPTION',
    roff(program.description),
    '.PP',
    'Data goes to standard output; counts, progress and messages go to standard error.',
    '.SH OPTIONS',
    ...program.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...statuses.flatMap(([status, meaning]) => ['.TP', `.B ${status}`, roff(meaning)]),
    '.SH SEE ALSO',
    ...['.BR tcpdump (8),', '.BR dumpcap (1),', '.BR tshark (1),', '.BR pcap\\-filter (7)'],
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(command: OutlinedCommand): string[] {
  const groups = new Map<string, OutlinedOption[]>();
  for (const option of command.options) {
    groups.set(option.group, [...(groups.get(option.group) ?? []), option]);
  }
  return [
    `.SS gapcap ${roff(command.name)}`,
    `.B gapcap ${roff(command.name)}`,
    ...(command.usage === '' ? [] : [roff(command.usage)]),
    '.PP',
    roff(command.description),
    ...[...groups].flatMap(([heading, options]) => [
      ...(heading === 'Options:' ? [] : ['.PP', roff(heading)]),
      ...options.flatMap(optionLines),
    ]),
    ...noteLines(command.notes),
  ];
}

function optionLines(option: OutlinedOption): string[] {
  const { choices, description } = option;
  const words = choices.length === 0 ? '' : ` (${choices.join(', ')})`;
  return ['.TP', `.B ${roff(option.flags)}`, roff(`${description}${words}`)];
}

/** Text as a paragraph, what comes after "Examples:" as it stands. */
function noteLines(notes: string): string[] {
  if (notes === '') return [];
  const [text = '', examples] = notes.split(/^Examples:\n/m);
  return [
    ...text
      .split(/\n\n+/)
      .filter((paragraph) => paragraph.trim() !== '')
      .flatMap((paragraph) => ['.PP', ...paragraph.trim().split('\n').map(roff)]),
    ...(examples === undefined
      ? []
      : ['.PP', 'Examples:', '.PP', '.nf', ...examples.trimEnd().split('\n').map(roff), '.fi']),
  ];
}

/** Text in which nothing means anything to roff; hyphens stay what one can type. */
function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga')
    .replaceAll('…', '...');
  return escaped.startsWith('.') ? `\\&${escaped}` : escaped;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
