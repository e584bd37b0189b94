/** An interface that isn't there: which one was most likely meant. */

import { nearestName } from './nearest-name.js';

/**
 * Puts the interface that was most likely meant into the error for an unknown one; any other error
 * comes back as it is.
 *
 * @param asked the names that were asked for
 */
export async function withNearestInterface(
  error: unknown,
  ...asked: readonly string[]
): Promise<unknown> {
  const { SystemCallError } = await import('../errors.js');
  if (!(error instanceof SystemCallError) || error.code !== 'ENODEV') return error;
  const { listInterfaces } = await import('../interfaces.js');
  const names = listInterfaces().map((each) => each.name);
  const known = [...names, 'any'];
  const unknown = asked.find(
    (name) => !known.includes(name) && error.message.includes(`'${name}'`),
  );
  const nearest = unknown === undefined ? undefined : nearestName(unknown, known);
  if (nearest === undefined) return error;
  const { code, message, syscall, errno, hint = '' } = error;
  return new SystemCallError(code, message, {
    syscall,
    errno,
    hint: `Did you mean ${nearest}? ${hint}`.trimEnd(),
    cause: error,
  });
}
