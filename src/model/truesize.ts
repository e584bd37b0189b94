/**
 * What a frame in a socket's receive queue is charged: its truesize, far more than its length.
 *
 * The kernel bounds the queue by memory, not by frames: each queued buffer counts with its
 * skb->truesize, which is the sk_buff itself plus the whole allocation behind it:
 *
 *     truesize = ALIGN64(sizeof(struct sk_buff)) + head
 *     head     = allocation that holds ALIGN64(headroom + length) + ALIGN64(sizeof(skb_shared_info))
 *
 * (SKB_TRUESIZE in include/linux/skbuff.h; __alloc_skb() and kmalloc_reserve() in
 * net/core/skbuff.c.) The allocation is rounded up to a kmalloc size, a power of two here; since 6.3
 * small heads come from a cache of their own (skb_small_head_cache). A frame that doesn't fit a page
 * has its bytes in pages beside a small head.
 *
 * A packet socket usually gets a clone, because the IP stack holds the frame too. skb_clone() copies
 * truesize, so each socket is charged for the shared bytes in full. pskb_trim(), which cuts the frame to
 * the snapshot length, doesn't lower that of a frame in one piece. Of a frame with bytes in pages it moves
 * what is kept into the head, where there is room for it, and charges the head alone (___pskb_trim(),
 * skb_condense() in net/core/skbuff.c). But it leaves one as it is that still belongs to the socket of
 * its sender: one from the same machine that nobody else holds, another network namespace's too.
 *
 * All this is for frames that were sent by a program on the same machine (veth, loopback). A driver
 * allocates its receive buffers before it knows the length: see `fixedTruesize`.
 */

/**
 * Gives the bytes that a frame of `length` bytes is charged, of which at most `snapshotLength` are kept;
 * all of them where that isn't given.
 */
export type Truesize = (length: number, snapshotLength?: number) => number;

/** The numbers that differ between kernels and configurations. */
export interface TruesizeOptions {
  /** sizeof(struct sk_buff) in bytes, before alignment; 224 where not given. */
  readonly bufferLength?: number;
  /** sizeof(struct skb_shared_info); 320 where not given. */
  readonly sharedInfoLength?: number;
  /** Bytes kept free before the frame: LL_RESERVED_SPACE of Ethernet, 16, where not given. */
  readonly headroom?: number;
  /**
   * SKB_SMALL_HEAD_CACHE_SIZE: 576 where not given; 0 for kernels before 6.3, which have none.
   * Depends on MAX_TCP_HEADER, hence on the configuration.
   */
  readonly smallHeadLength?: number;
}

/** SMP_CACHE_BYTES of x86-64, to which both structures are aligned. */
const CACHE_LINE = 64;
const PAGE_SIZE = 4096;
/** Link-layer header, the part that stays in the head of a frame kept in pages. */
const LINEAR_LENGTH = 14;

function alignTo(length: number, alignment: number): number {
  return Math.ceil(length / alignment) * alignment;
}

/** The sizes of kmalloc's caches that heads come from are the powers of two. */
function kmallocLength(length: number): number {
  return 2 ** Math.ceil(Math.log2(length));
}

/**
 * The truesize of frames from a program on the same machine, as computed at the head of this file.
 *
 * The defaults are those of 6.18 on x86-64; test/unit/model/truesize.test.ts holds what was measured
 * there.
 */
export function linearTruesize(options: TruesizeOptions = {}): Truesize {
  const {
    bufferLength = 224,
    sharedInfoLength = 320,
    headroom = 16,
    smallHeadLength = 576,
  } = options;
  const buffer = alignTo(bufferLength, CACHE_LINE);
  const sharedInfo = alignTo(sharedInfoLength, CACHE_LINE);
  const head = (length: number): number => {
    const needed = alignTo(headroom + length, CACHE_LINE) + sharedInfo;
    return needed <= smallHeadLength ? smallHeadLength : kmallocLength(needed);
  };
  const pagedHead = head(LINEAR_LENGTH);
  // The link-layer header lies in the headroom.
  const mostMoved = LINEAR_LENGTH + pagedHead - sharedInfo - headroom;
  const bySmallLength = new Float64Array(PAGE_SIZE);
  const compute = (length: number): number =>
    headroom + length < PAGE_SIZE
      ? buffer + head(length)
      : buffer + pagedHead + alignTo(length - LINEAR_LENGTH, PAGE_SIZE);
  for (let length = 0; length < PAGE_SIZE; length++) bySmallLength[length] = compute(length);
  return (length, snapshotLength = length) =>
    snapshotLength <= mostMoved && snapshotLength < length && headroom + length >= PAGE_SIZE
      ? buffer + pagedHead
      : (bySmallLength[length] ?? compute(length));
}

/**
 * The truesize of frames from a driver that posts receive buffers of one size.
 *
 * @param bytes sk_buff, buffer and all: 2,304 for drivers that give each frame half a page
 */
export function fixedTruesize(bytes: number): Truesize {
  return () => bytes;
}
