/** A report as one HTML page that needs nothing else: no network, no other file. */

import { VERSION } from '../core/version.js';
import { pageBody } from './page-body.js';
import { type PageParts, readPageParts } from './page-parts.js';
import type { ReportJson } from './report-json.js';

let parts: PageParts | undefined;

/**
 * Makes the page of a report, in pieces to be written one after the other.
 *
 * The page holds the report as JSON; its script draws from that. A content security policy lets
 * nothing run but the two scripts that are part of it, and lets nothing be loaded; what a file says
 * gets into the page as text only.
 *
 * @throws {Error} where a part of the installed package is missing
 */
export function* htmlPage(report: ReportJson): Generator<string> {
  parts ??= readPageParts('main.js');
  const { style, scripts, policy } = parts;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="gapcap ${VERSION}">
<title>gapcap report</title>
<style>${style}</style>
</head>
<body>
${pageBody(VERSION)}
<script type="application/json" id="report-data">`;
  yield scriptSafeJson(report);
  yield '</script>\n';
  for (const script of scripts) yield `<script>${script}</script>\n`;
  yield '</body>\n</html>\n';
}

/**
 * JSON that can stand inside a script element: no `<`, so neither an end tag nor a comment can
 * begin, whatever a file holds (https://html.spec.whatwg.org/#restrictions-for-contents-of-script-elements).
 */
export function scriptSafeJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
