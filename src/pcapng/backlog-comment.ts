/** How frames that the host lost for all its interfaces together are kept at one of them. */

const BACKLOG_COMMENT =
  /^gapcap: the softnet backlog of this host dropped (\d{1,16}) frames since the start, of all its interfaces together$/;

/** The comment; the count is since the start of the file. */
export function encodeBacklogComment(dropped: number): string {
  return `gapcap: the softnet backlog of this host dropped ${dropped} frames since the start, of all its interfaces together`;
}

/** Reads a comment made by `encodeBacklogComment`; undefined for any other text. */
export function tryParseBacklogComment(text: string): number | undefined {
  const count = Number(BACKLOG_COMMENT.exec(text)?.[1]);
  return Number.isSafeInteger(count) ? count : undefined;
}
