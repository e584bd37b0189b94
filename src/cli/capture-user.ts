/** `-Z` of `gapcap capture`: the user that a capture started as root goes on as. */

import type { Command } from 'commander';

/** What commander makes of the option. */
export interface UserArguments {
  readonly relinquishPrivileges?: string;
}

/** Gives a command the option. */
export function addUserOption(command: Command): void {
  command.option(
    '-Z, --relinquish-privileges <user>',
    'started as root, go on as this user (default: who called sudo; root: stay root)',
  );
}

/** Who to go on as; undefined: as whoever this is. */
export async function chooseUser(given: UserArguments): Promise<{ runAs?: string }> {
  const { relinquishPrivileges: user } = given;
  if (user !== undefined) return { runAs: user };
  const { tryInvokingAccount } = await import('../live.js');
  const invoking = tryInvokingAccount(process.env);
  return invoking === undefined ? {} : { runAs: invoking.name ?? String(invoking.uid) };
}
