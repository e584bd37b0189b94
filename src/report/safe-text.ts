/** Text from files and from the network, made harmless for terminals and lines of text. */

// Cc: C0, DEL and C1 (escape sequences start with them); Bidi_Control: what reorders a line on the
// screen; Zl, Zp: line ends beside \n; Cs: halves of surrogate pairs, which no encoding can carry;
// U+FEFF: an invisible byte order mark.
const HARMFUL = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}\u{feff}]/gu;

/**
 * Makes every character visible that could move a cursor, start an escape sequence, end a line or
 * change the direction of text: it becomes `\x1b` or `\u202e`. Any other text stays as it is.
 *
 * For interface names, file names, comments and whatever else this program didn't write itself.
 * The result is for people; it can't be turned back (a backslash isn't doubled).
 */
export function safeText(text: string): string {
  return text.replace(HARMFUL, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
