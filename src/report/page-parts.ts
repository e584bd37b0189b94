/** What a page is made of beside its body: style, scripts, and the policy that lets only them be used. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { joinModules } from './page-script.js';
import { pageStyle } from './page-style.js';

/** The compiled browser code, beside the folders of the library. */
const PAGE_FOLDER = join(import.meta.dirname, '../browser/page');

/** Style and scripts of a page, as text to be put into it. */
export interface PageParts {
  readonly style: string;
  /** uPlot, then the page's own. */
  readonly scripts: readonly string[];
  /** The directives of a content security policy by which nothing else runs, and nothing is loaded. */
  readonly policy: readonly string[];
}

/**
 * Reads the parts of a page.
 *
 * @param module the file of `src/page` that is run last, such as `main.js`
 * @param extraStyle what comes behind the style that all pages share
 * @throws {Error} where a part of the installed package is missing
 */
export function readPageParts(module: string, extraStyle: string = ''): PageParts {
  const script = createRequire(import.meta.url).resolve('uplot/dist/uPlot.iife.min.js');
  const folder = dirname(script);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const licence = read('../LICENSE').trim().replaceAll('*/', '* /');
  const style = `${read('uPlot.min.css').trim()}\n${pageStyle}${extraStyle}`;
  const scripts = [
    `/*!\nuPlot\n${licence}\n*/\n${read('uPlot.iife.min.js')}`,
    joinModules(join(PAGE_FOLDER, module)),
  ];
  const broken = [style, ...scripts].find((text) => /<\/(?:script|style)|<!--/i.test(text));
  if (broken !== undefined) {
    throw new Error('A part of the page would end its own element; it holds an end tag.');
  }
  return {
    style,
    scripts,
    policy: [
      "default-src 'none'",
      `script-src ${scripts.map(hashSource).join(' ')}`,
      `style-src ${hashSource(style)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ],
  };
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
