import { AssertionError } from 'node:assert/strict';

/** Fails with the list of complaints, one a line, where there is any. */
export function assertNone(complaints: Iterable<string>): void {
  const lines = [...new Set(complaints)];
  if (lines.length > 0) throw new AssertionError({ message: lines.join('\n') });
}
