/** Whether interfaces that went down are still there. */

import type { CaptureInterface } from '../core/frame.js';
import { findTarget } from '../source/live-source.js';

/** Whether the system has every one of these interfaces; asks it for its list of them. */
export function arePresent(interfaces: readonly CaptureInterface[]): boolean {
  try {
    for (const { name } of interfaces) if (name !== undefined) findTarget(name);
    return true;
  } catch {
    return false;
  }
}
