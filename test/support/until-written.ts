/** Waits for a capture to have captured something, however busy the machine is. */

import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;
const GIVE_UP_MS = 60_000;

/** Waits until a file has at least so many bytes. */
export async function untilWritten(path: string, byteCount: number): Promise<void> {
  const start = performance.now();
  while ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < byteCount) {
    if (performance.now() - start > GIVE_UP_MS) throw new Error(`${path} doesn't grow`);
    await sleep(LOOK_EVERY_MS);
  }
}
