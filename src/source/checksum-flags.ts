/** Checksum state as the kernel tells it. */

import { FrameFlags } from '../core/frame.js';
import {
  TP_STATUS_CSUM_VALID,
  TP_STATUS_CSUMNOTREADY,
  TP_STATUS_GSO_TCP,
} from '../sys/constants.js';

/** The bits of tp_status that `checksumFlags` looks at. */
export const CHECKSUM_STATUS: number =
  TP_STATUS_CSUMNOTREADY | TP_STATUS_CSUM_VALID | TP_STATUS_GSO_TCP;

/** Checksum state of a tp_status (include/uapi/linux/if_packet.h) as `FrameFlags`. */
export function checksumFlags(status: number): number {
  if ((status & CHECKSUM_STATUS) === 0) return 0;
  return (
    ((status & TP_STATUS_CSUMNOTREADY) !== 0 ? FrameFlags.ChecksumNotReady : 0) |
    ((status & TP_STATUS_CSUM_VALID) !== 0 ? FrameFlags.ChecksumValid : 0) |
    ((status & TP_STATUS_GSO_TCP) !== 0 ? FrameFlags.TcpSegmentationOffload : 0)
  );
}
