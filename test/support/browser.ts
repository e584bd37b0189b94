/** Headless Chromium, and pages in it that are watched for what they must not do. */

import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Without network services of its own, which a sandboxed machine would wait for. */
const LAUNCH_ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * For a test's options: the reason why it can't run, or false where Chromium is there. Where
 * nothing may be skipped (GAPCAP_REQUIRE_LIVE=1) it throws instead, so that the run fails.
 */
export function browserSkip(): string | false {
  if (existsSync(CHROMIUM)) return false;
  const reason = `needs ${CHROMIUM}: apt-get install chromium`;
  if (process.env['GAPCAP_REQUIRE_LIVE'] === '1') {
    throw new Error(`GAPCAP_REQUIRE_LIVE is set, but a test can't run: ${reason}`);
  }
  return reason;
}

/** Starts the browser; whoever does closes it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: LAUNCH_ARGUMENTS });
}

/** A page and what it did that it shouldn't have. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on the console, exceptions, dialogues, and requests but the one for the page itself. */
  readonly complaints: string[];
}

/** How the page is to be opened. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/**
 * Watches a page from now on.
 *
 * @param allowed what it may ask for
 * @returns what it did that it shouldn't have, as `WatchedPage` has it
 */
export function watchPage(page: Page, allowed: ReadonlySet<string>): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!allowed.has(request.url())) complaints.push(`request: ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialogue: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('popup', () => complaints.push('a window was opened'));
  return complaints;
}

/** Opens a file as a page and watches it from the first byte on. */
export async function openPage(
  browser: Browser,
  path: string,
  options: PageOptions = {},
): Promise<WatchedPage> {
  const { width = 1280, height = 900, colorScheme = 'light' } = options;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  const address = pathToFileURL(path).href;
  const complaints = watchPage(page, new Set([address]));
  await page.goto(address);
  return { page, complaints };
}
