/** An interface that isn't there: which one was most likely meant. */

import { nearestName } from './nearest-name.js';

/**
 * Puts the interface that was most likely meant into the error for an unknown one; any other error
 * comes back as it is.
 */
export async function withNearestInterface(error: unknown, name: string): Promise<unknown> {
  const { listInterfaces, SystemCallError } = await import('../index.js');
  if (!(error instanceof SystemCallError) || error.code !== 'ENODEV') return error;
  const names = listInterfaces().map((each) => each.name);
  const nearest = nearestName(name, [...names, 'any']);
  if (nearest === undefined || nearest === name) return error;
  const { code, message, syscall, errno, hint = '' } = error;
  return new SystemCallError(code, message, {
    syscall,
    errno,
    hint: `Did you mean ${nearest}? ${hint}`.trimEnd(),
    cause: error,
  });
}
