/** Where everything lies in the memory of the loop that writes lines; the same in analysis/line-loop.ts. */

export const PARAMETERS: usize = 1024;
export const HEAD: usize = 1280;
export const ECHO_TEXTS: usize = 1408;
export const OCTETS: usize = 2048;
export const LAST_OCTETS: usize = 3072;
export const OCTET_LENGTHS: usize = 4096;
export const HEX_PAIRS: usize = 4352;
export const FLAGS_LENGTHS: usize = 5376;
export const DNS_HEADS: usize = 6144;
export const GROUPS: usize = 10_240;
export const FLAGS_TEXTS: usize = 51_200;

// Behind the parameters that all loops over frames have: what the caller puts there …
const LINES: usize = PARAMETERS + 80;
export const NS_PER_TICK: usize = LINES;
/** What to add to the nanoseconds, so that they are those behind the point. */
export const FRACTION_OFFSET: usize = LINES + 4;
/** Number of the first frame; the last one's has no more digits than the column. */
export const NUMBER: usize = LINES + 8;
export const NUMBER_WIDTH: usize = LINES + 12;
export const HEAD_LENGTH: usize = LINES + 16;
export const SOURCE_WIDTH: usize = LINES + 20;
export const DESTINATION_WIDTH: usize = LINES + 24;
export const PROTOCOL_WIDTH: usize = LINES + 28;
/** Lengths of the texts before the identifier of an echo's reply and of its request. */
export const REPLY_LENGTH: usize = LINES + 32;
export const REQUEST_LENGTH: usize = LINES + 36;
// … and what it finds there.
export const LINES_END: usize = LINES + 40;
/** The flags of a TCP segment for which there is no text, where that was what stopped the loop; else 2^32 − 1. */
export const FLAGS_WANTED: usize = LINES + 44;
/** The kind of a DNS message for which there is no text, where that was what stopped the loop; else −1. */
export const DNS_WANTED: usize = LINES + 48;

/** A kind of DNS message: flags and type in one word, the text's length, the text. */
export const DNS_HEAD_BYTES: usize = 64;
export const DNS_HEAD_SHIFT = 26;
export const DNS_TEXT = 8;
