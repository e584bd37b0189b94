/** `gapcap completion`: what makes a shell complete gapcap's words. */

import { Argument, type Command } from 'commander';

const examples = `
Interfaces and files are completed too.

Examples:
  source <(gapcap completion bash)        in ~/.bashrc
  source <(gapcap completion zsh)         in ~/.zshrc, after compinit
  gapcap completion fish > ~/.config/fish/completions/gapcap.fish`;

const shells = ['bash', 'zsh', 'fish'] as const;

/** Defines the command; see `CommandModule`. */
export function define(command: Command, _finish: unknown, describe: () => Promise<Command>): void {
  command
    .description("Prints what makes a shell complete gapcap's commands and options.")
    .usage('bash|zsh|fish')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText('after', examples)
    .action(async (shell: (typeof shells)[number]) => {
      process.stdout.write(await completionFor(shell, await describe()));
    });
}

async function completionFor(shell: (typeof shells)[number], program: Command): Promise<string> {
  const { outlineProgram } = await import('../command-outline.js');
  const outline = outlineProgram(program);
  switch (shell) {
    case 'bash':
      return (await import('../completion-bash.js')).bashCompletion(outline);
    case 'zsh':
      return (await import('../completion-zsh.js')).zshCompletion(outline);
    case 'fish':
      return (await import('../completion-fish.js')).fishCompletion(outline);
  }
}
