/** What a live source has unless asked otherwise; apart from it, for what only names or shows it. */

/** Size of the ring or receive queue, in bytes. */
export const DEFAULT_BUFFER_SIZE_BYTES: number = 64 * 2 ** 20;

/** Longest part of a frame that is kept, in bytes; as dumpcap and tcpdump. */
export const DEFAULT_SNAPSHOT_LENGTH = 262_144;
