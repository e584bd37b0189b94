/** Completion for bash. */

import type {
  OutlinedCommand,
  OutlinedOption,
  ProgramOutline,
  ValueKind,
} from './command-outline.js';

/** The script that bash reads: `source <(gapcap completion bash)`. */
export function bashCompletion({ program, commands }: ProgramOutline): string {
  const names = [...commands.map(({ name }) => name), 'help'].join(' ');
  const cases = commands.map(commandCase).join('\n');
  return `# Completion of gapcap for bash; made by 'gapcap completion bash'.

_gapcap_words() {
  local IFS=$' \\t\\n'
  COMPREPLY+=($(compgen -W "$1" -- "$cur"))
}

_gapcap_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY+=($(compgen "$1" -- "$cur"))
}

# Names of interfaces may hold anything: none of them is ever expanded.
_gapcap_interfaces() {
  local path
  for path in /sys/class/net/*/ /any/; do
    path=\${path%/}
    [[ \${path##*/} == "$cur"* ]] && COMPREPLY+=("\${path##*/}")
  done
}

_gapcap() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} != -* ]]; then
      command=\${COMP_WORDS[i]}
      break
    fi
  done
  case $command in
    '')
      _gapcap_words '${names} ${flagsOf(program)}'
      ;;
    help)
      _gapcap_words '${names}'
      ;;
${cases}
  esac
}

complete -F _gapcap gapcap
`;
}

function commandCase(command: OutlinedCommand): string {
  const valued = command.options.filter(({ value }) => value !== undefined);
  const values = valued.map(
    (option) =>
      `        ${namesOf(option).join(' | ')}) ${completeValue(option.kind, option.choices)}; return ;;`,
  );
  const inner = values.length === 0 ? [] : ['      case $prev in', ...values, '      esac'];
  const { argument = 'text', argumentChoices } = command;
  return [
    `    ${command.name})`,
    ...inner,
    '      if [[ $cur == -* ]]; then',
    `        _gapcap_words '${flagsOf(command)}'`,
    '      else',
    `        ${completeValue(argument, argumentChoices)}`,
    '      fi',
    '      ;;',
  ].join('\n');
}

function completeValue(kind: ValueKind, choices: readonly string[]): string {
  if (choices.length > 0) return `_gapcap_words '${choices.join(' ')}'`;
  switch (kind) {
    case 'file':
      return '_gapcap_files -f';
    case 'folder':
      return '_gapcap_files -d';
    case 'command':
      return '_gapcap_files -c';
    case 'interface':
      return '_gapcap_interfaces';
    case 'text':
      return ':';
  }
}

function flagsOf(command: OutlinedCommand): string {
  return command.options.flatMap(namesOf).join(' ');
}

function namesOf({ short, long }: OutlinedOption): string[] {
  return [short, long].filter((name) => name !== undefined);
}
