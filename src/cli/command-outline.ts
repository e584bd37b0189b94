/** The commands and options as plain data, for completions and the manual page. */

import type { EventEmitter } from 'node:events';
import type { Command, Option } from 'commander';

/** What a shell can complete a value with. */
export type ValueKind = 'file' | 'folder' | 'interface' | 'command' | 'text';

/** One option. */
export interface OutlinedOption {
  /** As the help shows it: `-i, --interface <name>`. */
  readonly flags: string;
  /** Such as `-i`. */
  readonly short: string | undefined;
  /** Such as `--interface`. */
  readonly long: string | undefined;
  readonly description: string;
  /** What its value is called; undefined where it takes none. */
  readonly value: string | undefined;
  readonly kind: ValueKind;
  /** The values there are, where they are known. */
  readonly choices: readonly string[];
  /** The heading that the help has it under. */
  readonly group: string;
}

/** One command; the program itself too. */
export interface OutlinedCommand {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** What follows its name. */
  readonly usage: string;
  readonly options: readonly OutlinedOption[];
  /** What its arguments are, the last one as often as one likes; undefined for none. */
  readonly argument: ValueKind | undefined;
  /** The values that the argument may have, where they are known. */
  readonly argumentChoices: readonly string[];
  /** What the help says after the options. */
  readonly notes: string;
}

/** The program and its commands. */
export interface ProgramOutline {
  readonly program: OutlinedCommand;
  readonly commands: readonly OutlinedCommand[];
}

const kinds: Readonly<Record<string, ValueKind>> = {
  file: 'file',
  pipe: 'file',
  folder: 'folder',
  interface: 'interface',
  command: 'command',
};

/** Reads the definitions of a program that has all its commands' options. */
export function outlineProgram(program: Command): ProgramOutline {
  return { program: outline(program), commands: program.commands.map(outline) };
}

function outline(command: Command): OutlinedCommand {
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    summary: command.summary(),
    description: command.description(),
    usage: command.usage(),
    options: command.createHelp().visibleOptions(command).map(outlineOption),
    argument: argument === undefined ? undefined : kindOf(argument.name()),
    argumentChoices: argument?.argChoices ?? [],
    notes: notesOf(command),
  };
}

function outlineOption(option: Option): OutlinedOption {
  const value = /[<[](.*)[>\]]/.exec(option.flags)?.[1];
  return {
    flags: option.flags,
    short: option.short,
    long: option.long,
    description: option.description,
    value,
    kind: option.attributeName() === 'interface' ? 'interface' : kindOf(value ?? ''),
    choices: option.argChoices ?? [],
    group: option.helpGroupHeading ?? 'Options:',
  };
}

function kindOf(name: string): ValueKind {
  return kinds[name.replace(/\.+$/, '').toLowerCase()] ?? 'text';
}

/** What `addHelpText('after', …)` was given; commander keeps it in listeners only. */
function notesOf(command: Command): string {
  let text = '';
  const write = (part: string): void => {
    text += part;
  };
  const listeners = command as unknown as EventEmitter;
  listeners.emit('afterHelp', { error: false, command, write });
  return text.trim();
}
