/** An interface that isn't there: which there are, and which was most likely meant. */

import { nearestName } from './nearest-name.js';

/**
 * The sentence that helps somebody who named an interface that doesn't exist.
 *
 * @param names the interfaces there are
 */
export function suggestInterface(name: string, names: readonly string[]): string {
  if (names.length === 0) return 'There is no interface at all here.';
  const nearest = nearestName(name, names);
  const guess = nearest === undefined ? '' : `Did you mean ${nearest}? `;
  return `${guess}There ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.`;
}
