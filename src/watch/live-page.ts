/** The live page: one answer that holds all it needs, and then listens for events. */

import { VERSION } from '../core/version.js';
import { readPageParts } from '../report/page-parts.js';
import { liveBody } from './live-body.js';
import { liveStyle } from './live-style.js';

/** The page as it is answered. */
export interface LivePageParts {
  readonly html: string;
  /** Its content security policy. */
  readonly policy: string;
}

/**
 * Makes the page; it is the same for every capture, what it shows comes as events.
 *
 * @throws {Error} where a part of the installed package is missing
 */
export function readLivePage(): LivePageParts {
  const { style, scripts, policy } = readPageParts('live-main.js', liveStyle);
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="gapcap ${VERSION}">
<link rel="icon" href="data:,">
<title>gapcap</title>
<style>${style}</style>
</head>
<body>
${liveBody(VERSION)}
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`,
    policy: [...policy, "connect-src 'self'", 'img-src data:', "frame-ancestors 'none'"].join('; '),
  };
}
