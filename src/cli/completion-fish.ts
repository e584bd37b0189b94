/** Completion for fish. */

import type {
  OutlinedCommand,
  OutlinedOption,
  ProgramOutline,
  ValueKind,
} from './command-outline.js';

/** The script that fish reads: `gapcap completion fish | source`. */
export function fishCompletion({ program, commands }: ProgramOutline): string {
  const first = "-n '__fish_use_subcommand'";
  const lines = [
    "# Completion of gapcap for fish; made by 'gapcap completion fish'.",
    '',
    'function __gapcap_interfaces',
    "    printf '%s\\n' /sys/class/net/*/ /any/ | string replace -r '.*/([^/]*)/$' '$1'",
    'end',
    '',
    'complete -c gapcap -f',
    ...commands.map(
      ({ name, summary }) => `complete -c gapcap ${first} -a ${name} -d ${quote(summary)}`,
    ),
    `complete -c gapcap ${first} -a help -d 'print the help of a command'`,
    ...program.options.map((option) => optionLine(option, first)),
    `complete -c gapcap -n '__fish_seen_subcommand_from help' -a '${commands.map(({ name }) => name).join(' ')}'`,
    ...commands.flatMap(commandLines),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(command: OutlinedCommand): string[] {
  const condition = `-n '__fish_seen_subcommand_from ${command.name}'`;
  const lines = command.options.map((option) => optionLine(option, condition));
  const { argument, argumentChoices } = command;
  if (argument !== undefined) {
    const values = completeValue(argument, argumentChoices);
    if (values !== '') lines.push(`complete -c gapcap ${condition} ${values}`);
  }
  return ['', ...lines];
}

function optionLine(option: OutlinedOption, condition: string): string {
  const parts = [`complete -c gapcap ${condition}`];
  if (option.short !== undefined) parts.push(`-s ${option.short.slice(1)}`);
  if (option.long !== undefined) parts.push(`-l ${option.long.slice(2)}`);
  if (option.value !== undefined) {
    parts.push(`-r ${completeValue(option.kind, option.choices)}`.trimEnd());
  }
  parts.push(`-d ${quote(option.description)}`);
  return parts.join(' ');
}

function completeValue(kind: ValueKind, choices: readonly string[]): string {
  if (choices.length > 0) return `-f -a ${quote(choices.join(' '))}`;
  switch (kind) {
    case 'file':
      return '-F';
    case 'folder':
      return "-f -a '(__fish_complete_directories)'";
    case 'command':
      return "-f -a '(__fish_complete_command)'";
    case 'interface':
      return "-f -a '(__gapcap_interfaces)'";
    case 'text':
      return '';
  }
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
