/** An interface that isn't there, or is down: which one it is, or which was most likely meant. */

import type { SystemCallError } from '../errors.js';
import { nearestName } from './nearest-name.js';

/**
 * Puts the interface that was most likely meant into the error for an unknown one, and into that for
 * one that is down which one it is; any other error comes back as it is.
 *
 * @param asked the names that were asked for
 */
export async function withInterfaceTold(
  error: unknown,
  ...asked: readonly string[]
): Promise<unknown> {
  const { SystemCallError } = await import('../errors.js');
  if (!(error instanceof SystemCallError)) return error;
  const told = await tellInterface(error, asked);
  if (told === undefined) return error;
  const { code, syscall, errno } = error;
  const { message, hint } = told;
  return new SystemCallError(code, message, { syscall, errno, hint, cause: error });
}

async function tellInterface(
  { code, message, hint = '' }: SystemCallError,
  asked: readonly string[],
): Promise<{ readonly message: string; readonly hint: string } | undefined> {
  if (code !== 'ENODEV' && code !== 'ENETDOWN') return undefined;
  const { listInterfaces } = await import('../interfaces.js');
  const known = listInterfaces();
  if (code === 'ENETDOWN') {
    const down = known.find(({ name, up }) => !up && asked.includes(name))?.name;
    if (down === undefined) return undefined;
    return {
      message: `${down} is down: there are no frames to capture from it.`,
      hint: `Bring it up with: ip link set dev ${down} up`,
    };
  }
  const names = [...known.map(({ name }) => name), 'any'];
  const unknown = asked.find((name) => !names.includes(name) && message.includes(`'${name}'`));
  const nearest = unknown === undefined ? undefined : nearestName(unknown, names);
  if (nearest === undefined) return undefined;
  return { message, hint: `Did you mean ${nearest}? ${hint}`.trimEnd() };
}
