/** Completion for zsh. */

import type {
  OutlinedCommand,
  OutlinedOption,
  ProgramOutline,
  ValueKind,
} from './command-outline.js';

/** The script that zsh reads, by `source` or as a file `_gapcap` in `$fpath`. */
export function zshCompletion({ program, commands }: ProgramOutline): string {
  const described = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  const cases = commands.map(
    (command) => `    ${command.name})\n      _arguments -s \\\n${specsOf(command, 8)}\n      ;;`,
  );
  return `#compdef gapcap
# Completion of gapcap for zsh; made by 'gapcap completion zsh'.

_gapcap_interfaces() {
  local -a names
  names=(/sys/class/net/*(N:t) any)
  compadd -a names
}

_gapcap_commands() {
  local -a commands
  commands=(
${described.join('\n')}
    ${quote('help:print the help of a command')}
  )
  _describe command commands
}

_gapcap() {
  local curcontext=$curcontext state line
  _arguments -C \\
${specsOf(program, 4)} \\
    '1:command:_gapcap_commands' \\
    '*::argument:->arguments'
  [[ $state == arguments ]] || return 0
  curcontext="\${curcontext%:*}-$line[1]:"
  case $line[1] in
    help)
      _arguments '1:command:_gapcap_commands'
      ;;
${cases.join('\n')}
  esac
}

if [[ \${funcstack[1]} == _gapcap ]]; then
  _gapcap "$@"
else
  compdef _gapcap gapcap
fi
`;
}

function specsOf(command: OutlinedCommand, indent: number): string {
  const specs = command.options.flatMap(optionSpecs);
  const { argument, argumentChoices } = command;
  if (argument !== undefined) {
    specs.push(quote(`*:${argument}:${action(argument, argumentChoices)}`));
  }
  return specs.map((spec) => `${' '.repeat(indent)}${spec}`).join(' \\\n');
}

/** One for the short name, one for the long; each excludes nothing, as some options repeat. */
function optionSpecs(option: OutlinedOption): string[] {
  const { short, long, description, value, kind, choices } = option;
  const text = description.replace(/[[\]\\]/g, '\\$&');
  const taken =
    value === undefined ? '' : `:${value.replaceAll(':', '\\:')}:${action(kind, choices)}`;
  return [short, long]
    .filter((name) => name !== undefined)
    .map((name) => {
      const joint = value === undefined ? '' : name.startsWith('--') ? '=' : '+';
      return quote(`*${name}${joint}[${text}]${taken}`);
    });
}

function action(kind: ValueKind, choices: readonly string[]): string {
  if (choices.length > 0) return `(${choices.join(' ')})`;
  switch (kind) {
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'command':
      return '_command_names -e';
    case 'interface':
      return '_gapcap_interfaces';
    case 'text':
      return ' ';
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
