/** How far the headers of a frame could be followed. */
export const DissectionStatus = {
  /** Every header that gapcap knows was there and in order. */
  Complete: 0,
  /** The snapshot length cut the frame inside a header; what comes before it is right. */
  Cut: 1,
  /** A header contradicts its specification or the frame's length; what comes before it is right. */
  Malformed: 2,
  /** More VLAN tags or extension headers than are followed; what comes before them is right. */
  TooDeep: 3,
} as const;

/** One of the numbers in `DissectionStatus`. */
export type DissectionStatus = (typeof DissectionStatus)[keyof typeof DissectionStatus];
