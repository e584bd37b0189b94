/**
 * Loss deduced from TCP: who lost the bytes that are missing in a file, or that came twice.
 *
 * TCP numbers every byte, and its receiver acknowledges what it has got. So a capture that sees both
 * directions can be held against what the two ends say. The idea is Paxson's ("Automated Packet
 * Trace Analysis of TCP Implementations", SIGCOMM 1997, §3.1: a filter that drops packets shows in
 * acknowledgments for data never seen) and Zeek's (policy/misc/capture-loss.zeek, which gives the
 * share of such acknowledgments as a percentage). Here it is done for each hole: how many bytes, of which
 * flow, between which frames, proved by which frame.
 *
 * The path, with the tap somewhere on it:
 *
 *      sender ──── before the tap ────┬──── after the tap ──── receiver
 *                                    tap ── capture ── file
 *
 * For each direction the stream of bytes is followed: `next` is the position after the last byte known
 * to have been sent, by a segment or by an acknowledgment. A *hole* is a range below `next` that no
 * frame in the file brought. The rules, in the order in which they apply:
 *
 *  1. *Acknowledged, never seen: lost to the capture.* The receiver acknowledged bytes of a hole,
 *     cumulatively or selectively (RFC 2018), so they passed the tap. Where the bytes show up in a frame
 *     whose time is less than 3 ms after the acknowledgment's, within 200 ms of the file, frames were only
 *     recorded in another order: no claim. Where they show
 *     up later that is an unneeded retransmission, and the claim stands. Where the receiver had said before
 *     that the bytes were missing, the network lost one copy and the capture the next.
 *  2. *Filled before it was acknowledged.* If the segment was sent before the frame after the hole (by
 *     TCP timestamp, else by an IPv4 identification that counts up, else: within 3 ms) it is out of
 *     order: no claim. Otherwise it is a retransmission, and is judged when the receiver has answered:
 *      a. the receiver reports a duplicate (RFC 2883) of which the file holds one copy: the other one
 *         passed the tap too: lost to the capture;
 *      b. before the retransmission the receiver's acknowledgments said that the bytes were missing
 *         (a duplicate acknowledgment for exactly this place, or selective ones beyond it): lost
 *         in the network, before the tap;
 *      c. no such sign, but the connection reports duplicates and within 1 s of the acknowledgment has
 *         reported none: the same;
 *      d. else undecided.
 *  3. *Seen, and sent again.* Bytes that were already acknowledged, or of which a duplicate is
 *     reported, were sent again without need: no loss. Otherwise as 2 b to 2 d, with the file holding
 *     the first copy: lost in the network, after the tap. A copy of one packet in the file (same sequence
 *     number, identification, checksum, acknowledgment, window and timestamp) isn't sent again.
 *  4. *Neither acknowledged nor sent again*: undecided.
 *
 * In 2 b and 2 c the frame may have been lost to the capture *and*, after it, in the network. That can't be
 * told from TCP; where a recorded gap lies at the place, the side of the tap is left open
 * (see loss-agreement.ts).
 *
 * What isn't claimed:
 *
 *  - Nothing of bytes that may have been sent before the capture began. A connection without its SYN in
 *    the file makes no hole until two rounds of data and acknowledgment have passed.
 *  - Nothing about a direction of which the file holds no frame (a one-way capture: the bytes that
 *    are acknowledged are counted as unseen), and no cause where no frame of the receiver is in the file.
 *  - Keep-alives and probes of a closed window (a byte or none at a place that has been passed), data in
 *    a SYN that is sent again, RST segments and jumps beyond the largest window (2^30) aren't evidence.
 *  - After a frame whose payload can't be measured (fragments, headers cut off) the direction starts
 *    over as in mid-flow.
 *  - A frame without payload leaves no trace: lost acknowledgments can't be seen. A FIN counts one
 *    position; where it may be the last one of a hole, a byte less is claimed.
 *
 * *At least how many segments*: bytes divided by what one frame can hold: the flow's longest payload, or
 * the receiver's MSS if that is more. Where any frame in the file is longer than a segment can be
 * (segmentation offload), 65,535 bytes.
 *
 * The claims rest on three assumptions. All frames from sender to receiver pass the tap (no second
 * path). The receiver acknowledges what it has (no proxy does it early). The capture filter
 * takes the connection whole.
 *
 * Memory is bounded: connections (the idlest makes room), holes and retransmissions under way per
 * direction, losses and flows told. What a bound has cost is in `limits`.
 */

import { type FrameBatch, FrameFlags } from '../core/frame.js';
import { Dissection } from '../headers/dissection.js';
import { flowKey, isFromLowerEndpoint } from '../headers/flow-key.js';
import type { OpenHoles } from './hole-list.js';
import type { TcpLossFacts } from './inferred-loss.js';
import { StreamFindings } from './stream-findings.js';
import { TcpFlow } from './tcp-flow.js';
import { TcpFlowTable } from './tcp-flow-table.js';
import { TcpLossSummary } from './tcp-loss-summary.js';
import { TcpSegment } from './tcp-segment.js';
import { TcpStream } from './tcp-stream.js';

/** Bounds of memory. */
export interface TcpAckLossOptions {
  /** Connections followed at the same time; 65,536 unless given, at least 1. */
  readonly maxFlows?: number | undefined;
  /** Losses kept one by one, and flows kept by name; 100,000 unless given. */
  readonly maxLosses?: number | undefined;
}

const DEFAULT_MAX_FLOWS = 65_536;
const DEFAULT_MAX_LOSSES = 100_000;

/**
 * Follows the TCP connections of a source of frames; see the rules at the head of this file.
 *
 * Show it every frame in order, then take the facts once.
 */
export class TcpAckLoss {
  readonly #dissection = new Dissection();
  readonly #segment = new TcpSegment();
  readonly #table: TcpFlowTable;
  readonly #summary: TcpLossSummary;
  readonly #openHoles: OpenHoles = { count: 0 };
  #tcpFrames = 0;
  #unmeasuredFrames = 0;

  constructor(options: TcpAckLossOptions = {}) {
    this.#table = new TcpFlowTable(options.maxFlows ?? DEFAULT_MAX_FLOWS);
    this.#summary = new TcpLossSummary(options.maxLosses ?? DEFAULT_MAX_LOSSES);
  }

  /**
   * Takes the frame that the batch stands on. Cost: some hundred nanoseconds
   * (bench/micro/analysis/infer.bench.ts); allocates only for what is new or lost.
   *
   * @param frame the frame's number in the file, from 1
   * @param linkType LINKTYPE_ number of its interface
   */
  take(batch: FrameBatch, frame: number, linkType: number): void {
    const d = this.#dissection;
    d.dissect(batch.bytes, batch.byteOffset, batch.capturedLength, batch.originalLength, linkType);
    if (d.sequence < 0) return;
    this.#tcpFrames += 1;
    const key = flowKey(d);
    if (key === undefined) return;
    const fromLow = isFromLowerEndpoint(d);
    if (d.tcpFlags < 0 || d.payloadLength < 0 || d.fragmented) {
      this.#unmeasuredFrames += 1;
      this.#table.use(key)?.takeUnmeasured(fromLow);
      return;
    }
    const segment = this.#segment;
    segment.read(d, batch, frame);
    if ((batch.flags & FrameFlags.TcpSegmentationOffload) !== 0) this.#summary.offload = true;
    let flow = this.#table.use(key);
    if (flow?.isRestartedBy(segment, fromLow) === true) {
      this.#table.remove(flow);
      this.#summary.finish(flow);
      flow = undefined;
    }
    flow ??= this.#open(key);
    flow.take(segment, fromLow);
  }

  /** Judges what is left and gives everything that was found. May be called once. */
  finish(): TcpLossFacts {
    for (const flow of this.#table.values()) this.#summary.learnFrom(flow);
    for (const flow of this.#table.values()) this.#summary.finish(flow);
    return this.#summary.facts(this.#tcpFrames, this.#unmeasuredFrames);
  }

  #open(key: string): TcpFlow {
    const summary = this.#summary;
    const low = new TcpStream(new StreamFindings(summary), this.#openHoles);
    const high = new TcpStream(new StreamFindings(summary), this.#openHoles);
    const flow = new TcpFlow(key, low, high);
    const evicted = this.#table.add(flow);
    if (evicted !== undefined) summary.evict(evicted);
    return flow;
  }
}
