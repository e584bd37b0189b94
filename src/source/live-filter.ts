/** Filter expressions for an interface that is to be captured from. */

import type { FilterProgram } from '../sys/filter-program.js';
import { compileExpression } from '../sys/libpcap.js';
import { DEFAULT_SNAPSHOT_LENGTH } from './live-defaults.js';
import { findTarget } from './live-target.js';

/** What a live filter is compiled for. */
export interface LiveFilterOptions {
  /** The interface's name or number as text, or `any` for all at once. */
  readonly interfaceName: string;
  /** Longest part of a frame to keep, in bytes from 1; 262,144 unless given. */
  readonly snapshotLength?: number | undefined;
  /** Whether to let the compiler shorten the program; true unless given. */
  readonly optimize?: boolean | undefined;
}

/**
 * Compiles a filter expression (pcap-filter(7)) for an interface; what comes out is for
 * `LiveSourceOptions.filter`, and equals what `tcpdump -i IF -ddd EXPRESSION` prints.
 *
 * On Ethernet it is opened for a moment, so that `vlan` is right on live frames; the rest of the
 * expression sees a frame that comes in without its outer tag, as in every tool that captures on Linux: `ip` takes
 * such tagged IP packets too, and `ip and not vlan` leaves them out. What follows `vlan` in an expression,
 * libpcap reads as being inside a tag, so `not vlan and ip` takes nothing.
 *
 * @throws {SystemCallError} `ENODEV` for an unknown interface
 * @throws {UnsupportedError} `NO_LIBPCAP`; `NO_LIVE_VLAN_FILTER` without the right to capture
 * @throws {ArgumentError} `BAD_FILTER`, with libpcap's own message
 */
export function compileLiveFilter(expression: string, options: LiveFilterOptions): FilterProgram {
  const { name, linkType } = findTarget(options.interfaceName);
  return compileExpression(expression, {
    linkType,
    interfaceName: name,
    snapshotLength: options.snapshotLength ?? DEFAULT_SNAPSHOT_LENGTH,
    optimize: options.optimize,
  });
}
