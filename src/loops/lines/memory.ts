/** Where everything lies in the memory of the loop that writes lines; the same in analysis/line-loop.ts. */

const PARAMETERS: usize = 1024;
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

// What the caller puts at the parameters …
export const WANTED_INTERFACE: usize = PARAMETERS;
export const MOST_BYTES: usize = PARAMETERS + 4;
/** Of 64 bits: the first tick of the frames' second. */
export const FIRST_TICK: usize = PARAMETERS + 8;
/** Ticks that the second has. */
export const TICKS: usize = PARAMETERS + 16;
export const NS_PER_TICK: usize = PARAMETERS + 20;
/** Ticks from the start of the second to the frame before the first. */
export const TICK_BEFORE: usize = PARAMETERS + 60;
/** What to add to the nanoseconds, so that they are those behind the point. */
export const FRACTION_OFFSET: usize = PARAMETERS + 24;
/** Number of the first frame; the last one's has no more digits than the column. */
export const NUMBER: usize = PARAMETERS + 28;
export const NUMBER_WIDTH: usize = PARAMETERS + 32;
export const HEAD_LENGTH: usize = PARAMETERS + 36;
export const SOURCE_WIDTH: usize = PARAMETERS + 40;
export const DESTINATION_WIDTH: usize = PARAMETERS + 44;
export const PROTOCOL_WIDTH: usize = PARAMETERS + 48;
/** Lengths of the texts before the identifier of an echo's reply and of its request. */
export const REPLY_LENGTH: usize = PARAMETERS + 52;
export const REQUEST_LENGTH: usize = PARAMETERS + 56;
// … and what it finds there.
export const END_AFTER: usize = PARAMETERS + 64;
export const LAST_TICK: usize = PARAMETERS + 68;
export const LINES_END: usize = PARAMETERS + 72;
/** The kind of a DNS message for which there is no text, where that was what stopped the loop; else −1. */
export const DNS_WANTED: usize = PARAMETERS + 80;
/** The flags of a TCP segment for which there is no text, where that was what stopped the loop; else 2^32 − 1. */
export const FLAGS_WANTED: usize = PARAMETERS + 124;
// What the frames come to, as FrameSums has it.
export const CAPTURED_BYTES: usize = PARAMETERS + 88;
export const SHORTENED: usize = PARAMETERS + 92;
/** A 64-bit float. */
export const ORIGINAL_BYTES: usize = PARAMETERS + 96;
export const LEAST_SHORTENED: usize = PARAMETERS + 104;
export const MOST_SHORTENED: usize = PARAMETERS + 108;
export const UNORDERED: usize = PARAMETERS + 112;
export const EARLIEST_TICK: usize = PARAMETERS + 116;
export const LATEST_TICK: usize = PARAMETERS + 120;

/** A kind of DNS message: flags and type in one word, the text's length, the text. */
export const DNS_HEAD_BYTES: usize = 64;
export const DNS_HEAD_SHIFT = 26;
export const DNS_TEXT = 8;
