/** A report as one HTML page that needs nothing else: no network, no other file. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { VERSION } from '../core/version.js';
import { pageBody } from './page-body.js';
import { joinModules } from './page-script.js';
import { pageStyle } from './page-style.js';
import type { ReportJson } from './report-json.js';

/** The compiled browser code, beside the folders of the library. */
const PAGE_MODULE = join(import.meta.dirname, '../browser/page/main.js');

interface PageParts {
  readonly style: string;
  readonly scripts: readonly string[];
}

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
  parts ??= readParts();
  const { style, scripts } = parts;
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(hashSource).join(' ')}`,
    `style-src ${hashSource(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
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

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function readParts(): PageParts {
  const script = createRequire(import.meta.url).resolve('uplot/dist/uPlot.iife.min.js');
  const folder = dirname(script);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const licence = read('../LICENSE').trim().replaceAll('*/', '* /');
  const parts: PageParts = {
    style: `${read('uPlot.min.css').trim()}\n${pageStyle}`,
    scripts: [`/*!\nuPlot\n${licence}\n*/\n${read('uPlot.iife.min.js')}`, joinModules(PAGE_MODULE)],
  };
  const all = [parts.style, ...parts.scripts];
  const broken = all.find((text) => /<\/(?:script|style)|<!--/i.test(text));
  if (broken !== undefined) {
    throw new Error('A part of the page would end its own element; it holds an end tag.');
  }
  return parts;
}
