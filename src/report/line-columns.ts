/** How wide the columns of an output are so far. */

/** As wide as an IPv4 address; a longer one widens the column for the rest of the output. */
const FIRST_ADDRESS_WIDTH = 15;
const FIRST_NUMBER_WIDTH = 5;
const FIRST_PROTOCOL_WIDTH = 6;

/** Width of the column of lengths; a longer one makes its own line ragged. */
export const LENGTH_WIDTH = 5;

/** Widths in characters; each only ever grows, by whoever writes a wider text. */
export interface LineColumns {
  number: number;
  time: number;
  source: number;
  destination: number;
  protocol: number;
}

/** The widths that every output begins with. */
export function firstColumns(): LineColumns {
  return {
    number: FIRST_NUMBER_WIDTH,
    time: 0,
    source: FIRST_ADDRESS_WIDTH,
    destination: FIRST_ADDRESS_WIDTH,
    protocol: FIRST_PROTOCOL_WIDTH,
  };
}
