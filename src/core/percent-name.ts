/** Any text as a part of a name in which only some characters may stand. */

/**
 * Writes every character that isn't harmless as `%` and two hexadecimal digits for each byte of it in UTF-8. Different
 * texts give different names as long as `%` itself isn't harmless.
 *
 * @param harmless says of one character whether it may stay; no flag `g`
 */
export function percentName(text: string, harmless: RegExp): string {
  let name = '';
  for (const character of text) {
    name += harmless.test(character) ? character : percents(character);
  }
  return name;
}

function percents(character: string): string {
  return Array.from(
    new TextEncoder().encode(character),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
