/** What user space sees of a TPACKET_V3 ring: no more than this, also of the modelled one. */

/** Bits of a block's status word (include/uapi/linux/if_packet.h). */
export const BlockStatus = {
  /** TP_STATUS_KERNEL: the slot is free, or its block is open. */
  Kernel: 0x00,
  /** TP_STATUS_USER: the block is closed and the reader's. */
  User: 0x01,
  /** TP_STATUS_LOSING: at the close, drops had been counted since the last statistics read. */
  Losing: 0x04,
  /** TP_STATUS_BLK_TMO: the retire timer closed it. */
  TimedOut: 0x20,
} as const;

/** struct tpacket_stats_v3: what one PACKET_STATISTICS read gives. 32-bit counts since the last. */
export interface RingStatistics {
  /** tp_packets: frames taken in and frames dropped, together. */
  readonly packets: number;
  /** tp_drops. */
  readonly drops: number;
  /** tp_freeze_q_cnt: how often the queue froze; the timer may freeze it without a drop. */
  readonly freezes: number;
}

/** What user space sees of a ring: the slots in its own memory, and the statistics. */
export interface RingView {
  /** Slots of the ring. */
  readonly blockCount: number;
  /** The status word of a slot, see `BlockStatus`. */
  status(slot: number): number;
  /** num_pkts of a slot: frames in its block, also while that is open; 0 after its release. */
  frameCount(slot: number): number;
  /** seq_num of a slot's block, from 1; 0 where the slot has held none. */
  sequence(slot: number): number;
  /** ts_first_pkt of a slot: when its block was opened, in virtual nanoseconds. */
  firstNs(slot: number): number;
  /** ts_last_pkt of a slot: its last frame's time; valid once the block is closed. */
  lastNs(slot: number): number;
  /** blk_len of a slot: bytes used, header included. */
  usedBytes(slot: number): number;
  /** Reads PACKET_STATISTICS, which clears it, in one step. */
  getStatistics(): RingStatistics;
  /** The statistics read's first half: takes packets and freezes, under the lock. */
  beginStatistics(): void;
  /** Its second half: takes the drops, and returns all three. */
  endStatistics(): RingStatistics;
  /** Gives the oldest unreleased block back: stores 0 in its num_pkts, then KERNEL. */
  release(): void;
  /** Blocks released so far; the next to release is number `releasedCount` + 1. */
  readonly releasedCount: number;
}
