/** What a terminal can show: colours, and characters beyond ASCII. */

import type { TextStyle } from '../files.js';
import type { FrameLineStyle } from '../lines.js';

/** Whether text in this environment is UTF-8, by the locale's own variables in their order. */
export function showsUnicode(environment: NodeJS.ProcessEnv): boolean {
  const { LC_ALL: all, LC_CTYPE: type, LANG: language } = environment;
  const locale = [all, type, language].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}

/** Whether to colour what goes to this stream: terminals only, and not against NO_COLOR. */
export function showsColour(
  stream: { readonly isTTY?: boolean },
  environment: NodeJS.ProcessEnv,
): boolean {
  const { NO_COLOR: noColour, TERM: terminal } = environment;
  const refused = (noColour ?? '') !== '' || terminal === 'dumb';
  return stream.isTTY === true && !refused;
}

const red = (text: string): string => `\x1b[1;31m${text}\x1b[0m`;
const yellow = (text: string): string => `\x1b[33m${text}\x1b[0m`;
const faint = (text: string): string => `\x1b[2m${text}\x1b[0m`;

/** Reports in which missing frames stand out. */
export const lossInRed: TextStyle = { loss: red, warning: yellow, faint };

/** Lines of frames in which missing frames stand out and everything else is as in `plain`. */
export function gapsInRed(plain: FrameLineStyle): FrameLineStyle {
  return { ...plain, gap: red };
}
