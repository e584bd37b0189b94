/** Whoever follows a running capture beside its file: the live page, the fleet. */

import type { CaptureResult, CaptureSession, Gap } from '../index.js';
import { type LivePageArguments, openLivePage } from './capture-live-page.js';
import { type PublishArguments, preparePublishing } from './capture-publish.js';
import type { ReportArguments } from './capture-report.js';
import { UsageError } from './usage-error.js';

/** One who follows. */
export interface CaptureWatcher {
  /** Has to get each gap. */
  readonly onGap: (gap: Gap, file: string | undefined) => void;
  /** The capture has begun; root was given up where it was to be. */
  follow(session: CaptureSession): void | Promise<void>;
  /** Tells the end, then ends. @param result undefined: an error ended the capture */
  close(result: CaptureResult | undefined): Promise<void>;
}

/**
 * Opens all that were asked for; undefined where none was.
 *
 * @throws {UsageError} where options are given for one that wasn't
 */
export async function openWatchers(
  given: LivePageArguments & PublishArguments & ReportArguments & { readonly quiet?: true },
): Promise<CaptureWatcher | undefined> {
  const publishing = await preparePublishing(given);
  const page = await openLivePage(given);
  if (given.sensor !== undefined && (publishing ?? page) === undefined) {
    throw new UsageError(
      '--sensor: nobody is told the name',
      'Give --publish URL, or --http PORT for the live page, too.',
    );
  }
  const all = [publishing, page].filter((one) => one !== undefined);
  if (all.length < 2) return all[0];
  return {
    onGap: (gap, file) => {
      for (const one of all) one.onGap(gap, file);
    },
    follow: async (session) => {
      for (const one of all) await one.follow(session);
    },
    close: async (result) => {
      await Promise.all(all.map((one) => one.close(result)));
    },
  };
}
