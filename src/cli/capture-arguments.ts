/** The options of `gapcap capture`: what they are called, what they take, what they turn into. */

import type { Command } from 'commander';
import type { LiveSourceOptions, SessionOptions } from '../index.js';
import { addFilterOptions, type FilterArguments } from './capture-filter.js';
import {
  addInterfaceOptions,
  type CollectedInterfaces,
  chosenInterfaces,
  collectInterfaces,
  describing,
  toLiveOptions,
} from './capture-interfaces.js';
import { addLimitOptions, type LimitArguments, toLimits } from './capture-limits.js';
import { addLivePageOptions, type LivePageArguments } from './capture-live-page.js';
import { addOutputOptions, type OutputArguments, toOutputOptions } from './capture-output.js';
import { addPublishOptions, type PublishArguments } from './capture-publish.js';
import { addUserOption, type UserArguments } from './capture-user.js';

/** What commander makes of the options; `undefined` where an option wasn't given. */
export interface CaptureArguments
  extends CollectedInterfaces,
    FilterArguments,
    LimitArguments,
    LivePageArguments,
    PublishArguments,
    OutputArguments,
    UserArguments {
  readonly listInterfaces?: true;
  readonly listDataLinkTypes?: true;
  readonly listTimeStampTypes?: true;
  readonly statistics?: true;
  readonly printGaps?: true;
  readonly json?: true;
  readonly failOnLoss?: true;
  readonly quiet?: true;
}

/** Gives a command the options of `capture`. */
export function addCaptureOptions(command: Command): void {
  command.usage('-i IF [options] [-i IF [options]]... [expression]');
  addInterfaceOptions(command);
  command
    .option('-D, --list-interfaces', 'list the interfaces; no capture')
    .option('-L, --list-data-link-types', "print the interface's link type; no capture")
    .option('--list-time-stamp-types', "print the interface's kinds of timestamps; no capture")
    .option('-S, --statistics', 'print frames received and dropped every second')
    .option('--print-gaps', 'print each gap as soon as it is known')
    .option('--json', 'print totals and gaps as JSON at the end')
    .option('--fail-on-loss', 'exit with status 5 if frames were lost')
    .option('-q, --quiet', 'no live status line, no line at the start');
  addOutputOptions(command);
  addLimitOptions(command);
  addFilterOptions(command);
  addUserOption(command);
  addLivePageOptions(command);
  addPublishOptions(command);
  collectInterfaces(command);
}

/** What a session takes, every interface by itself. */
export type AskedCapture = SessionOptions & { readonly interfaces: readonly LiveSourceOptions[] };

/**
 * Turns the arguments into what a session takes; an option not given stays absent.
 *
 * @throws {UsageError} where no interface was given, or options don't go together
 */
export function toCaptureOptions(given: CaptureArguments): AskedCapture {
  const interfaces = chosenInterfaces(given);
  return {
    interfaces: interfaces.map(toLiveOptions),
    ...describing(interfaces),
    ...toOutputOptions(given, given.ringBuffer !== undefined),
    ...toLimits(given, given.write),
  };
}
