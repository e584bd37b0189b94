/** From a session's options to its files, and what is written about its interfaces. */

import { ArgumentError } from '../core/errors.js';
import type { CaptureInterface, FrameSource } from '../core/frame.js';
import type { LiveSourceOptions } from '../source/live-source.js';
import { findTarget } from '../source/live-target.js';
import type { CaptureOptions, SessionOptions } from './capture-options.js';
import { CaptureWriter } from './capture-writer.js';
import { STANDARD_OUTPUT } from './file-output.js';

/**
 * The interfaces that the options name, one or several.
 *
 * @throws {SystemCallError} `ENODEV` where the system has no such interface
 */
export function findInterfaces(options: CaptureOptions): readonly LiveSourceOptions[] {
  const interfaces = 'interfaces' in options ? options.interfaces : [options];
  for (const { interfaceName } of interfaces) findTarget(interfaceName);
  return interfaces;
}

/**
 * Opens the (first) file that the options ask for; undefined where they ask for none.
 *
 * @throws {SystemCallError} where it can't be created
 * @throws {ArgumentError} `BAD_ROTATION` for a series on standard output
 */
export function openWriter(options: SessionOptions): CaptureWriter | undefined {
  const { output, rotation } = options;
  if (output === undefined) return undefined;
  if (output === STANDARD_OUTPUT && rotation !== undefined) {
    throw new ArgumentError('BAD_ROTATION', "Can't write several files to standard output.", {
      argument: 'output',
      value: output,
      expected: 'the name of a file',
    });
  }
  return CaptureWriter.open({
    path: output,
    format: options.format,
    keep: rotation === undefined ? undefined : (rotation.files ?? Number.POSITIVE_INFINITY),
    comment: options.comment,
    compression: options.compression,
    groupReadable: options.groupReadable,
    onClosed: options.onFileClosed,
    onTrouble: options.onTrouble,
  });
}

/**
 * The interfaces as accounts and files are to have them.
 *
 * @throws {ArgumentError} `MIXED_LINK_TYPES` where the format has one link type for all and they don't
 */
export function describedInterfaces(
  source: FrameSource,
  options: SessionOptions,
): readonly CaptureInterface[] {
  const { describe, format } = options;
  const linkTypes = new Set(source.interfaces.map(({ linkType }) => linkType));
  if (format === 'pcap' && linkTypes.size > 1) {
    throw new ArgumentError(
      'MIXED_LINK_TYPES',
      "Can't write frames of several link types into one pcap file. Write pcapng.",
      { argument: 'format', value: format, expected: 'pcapng' },
    );
  }
  return describe === undefined ? source.interfaces : source.interfaces.map(describe);
}
