/** What a capture's bytes go into: a file as it is, or through the compressing thread. */

/** One output of a capture. */
export interface OutputTarget {
  /** Its path; `-` for standard output. */
  readonly path: string;
  /** After a failed write: frames that were given and aren't in the file. */
  readonly framesUnwritten: number;
  /** Makes it that user's and group's; does nothing for standard output. */
  giveTo(uid: number, gid: number): void;
  /** Empties it: what was in it is replaced from here on. */
  begin(): void;
  /**
   * Writes all the bytes or throws.
   *
   * @param bytes whole records; valid only during the call
   * @throws {SystemCallError} `ENOSPC`, `EPIPE`, …
   */
  write(bytes: Uint8Array): void;
  /** Closes it in the background; settles when everything is in it. */
  closeLater(): Promise<void>;
  /** Closes it at once; absent where that would mean to wait for another thread. */
  closeNow?(): void;
  /** Gives it back at once, whatever is missing in it; may be called after the others. */
  close(): void;
  /** Takes back a file that the capture created. */
  discard(): void;
}
