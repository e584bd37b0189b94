/** The command line as a whole: which command is meant, its module, help, version, usage errors. */

import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { type CommandEntry, commandList } from './command-list.js';
import { ExitStatus } from './exit-status.js';
import { reportFailure } from './failure.js';
import { nearestName } from './nearest-name.js';
import { UsageError } from './usage-error.js';

/**
 * Runs one command line and returns the exit status; never throws.
 *
 * @param args the arguments after the program's name
 */
export async function runProgram(args: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = ExitStatus.Done;
  try {
    const program = await buildProgram(args, (ended) => {
      status = ended;
    });
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return ExitStatus.Done;
      return reportFailure(await asUsageError(error, meantCommand(args)?.name));
    }
    return reportFailure(error);
  }
}

/** The whole tree with every command's options, for what describes them; it can't be run. */
export async function describeProgram(): Promise<Command> {
  const program = emptyProgram();
  for (const entry of commandList) {
    (await entry.load()).define(addCommand(program, entry), () => {}, describeProgram);
  }
  return program;
}

/** Builds the whole tree, but loads the module of the command that is meant only. */
async function buildProgram(
  args: readonly string[],
  finish: (status: ExitStatus) => void,
): Promise<Command> {
  const program = emptyProgram();
  const meant = meantCommand(args);
  for (const entry of commandList) {
    const command = addCommand(program, entry);
    if (entry === meant) (await entry.load()).define(command, finish, describeProgram);
  }
  const word = firstWord(args);
  if (word !== undefined && meant === undefined && word !== 'help') throw unknownCommand(word);
  return program;
}

function addCommand(program: Command, entry: CommandEntry): Command {
  const command = program.command(entry.name).summary(entry.summary);
  return command.helpOption('-h, --help', 'print this help');
}

function emptyProgram(): Command {
  return new Command('gapcap')
    .description('Captures frames on Linux and says exactly which ones are missing, and where.')
    .usage('COMMAND [options]')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [COMMAND]', 'print the help of a command')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText('after', `\n'gapcap COMMAND --help' shows a command's options and examples.`);
}

function firstWord(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((argument) => !argument.startsWith('-'));
  return first === 'help' && second !== undefined ? second : first;
}

function meantCommand(args: readonly string[]): CommandEntry | undefined {
  const word = firstWord(args);
  return commandList.find((entry) => entry.name === word);
}

function unknownCommand(word: string): UsageError {
  const names = commandList.map((entry) => entry.name);
  const nearest = nearestName(word, names);
  const hint =
    nearest === undefined
      ? `The commands are ${names.join(', ')}.`
      : `Did you mean 'gapcap ${nearest}'?`;
  return new UsageError(`unknown command '${word}'`, hint);
}

/** Commander's two lines, "error: … / (Did you mean …?)", as one sentence and a hint. */
async function asUsageError(
  error: CommanderError,
  commandName: string | undefined,
): Promise<UsageError> {
  const [first = '', second] = error.message.split('\n');
  const message = first.replace(/^error: /, '').replace(/\.$/, '');
  const help = `'gapcap${commandName === undefined ? '' : ` ${commandName}`} --help'`;
  const unknown = /^unknown option '(.*)'$/.exec(message)?.[1];
  if (unknown !== undefined && commandName === 'capture') {
    const { foreignOptionHint } = await import('./foreign-options.js');
    const foreign = foreignOptionHint(unknown);
    if (foreign !== undefined) return new UsageError(message, foreign);
  }
  const suggestion = /^\(Did you mean (.*)\?\)$/.exec(second ?? '')?.[1];
  if (suggestion !== undefined) return new UsageError(message, `Did you mean '${suggestion}'?`);
  return new UsageError(message, `See ${help}.`);
}

function packageVersion(): string {
  const description = createRequire(import.meta.url)('gapcap/package.json') as { version: string };
  return description.version;
}
