/**
 * Reconciliation: what the totals that a file records about an interface say about its gaps.
 *
 * A pcapng file holds two kinds of loss counts: epb_dropcount, the frames lost right before one
 * frame, and the totals of an Interface Statistics Block. `reconcile` is the one place that decides
 * how they belong together. The rules, in this order:
 *
 *  1. *Which total is "dropped".* isb_osdrop. Where a tool writes none, isb_ifdrop: dumpcap (seen
 *     with 4.0.17) books what libpcap calls ps_drop, the socket's drops, there. Where both are
 *     present, isb_ifdrop is loss in card and driver; it takes no part in the law of the socket.
 *  2. *Totals that are older than the file's end don't settle it.* In a file cut off inside a block
 *     the last statistics block may be a periodic one. The same holds in a whole file (the writer was
 *     killed between two blocks) where isb_usrdeliv is smaller than the number of frames that follow
 *     in the file and the statistics were taken before the last frame. Then only the gaps count, and
 *     whatever a total would add stays unknown.
 *  3. *The remainder is the final gap where gaps are placed*: dropped − sum of gaps lies after the
 *     last frame. That is so in gapcap's own files (shb_userappl begins with "gapcap"), which place
 *     every loss that a frame follows, and for any interface with at least one epb_dropcount: its
 *     writer places losses, and loss after the last frame is all that the option can't express.
 *  4. *Otherwise the loss is unplaced.* A tool that writes no epb_dropcount has lost its frames
 *     anywhere; to call them a final gap would name a place that nobody knows.
 *  5. *No total, no statement.* Final gap and unplaced stay unknown. Whether the gaps are all there
 *     is depends on the writer as in rule 3; from a file of another tool without any epb_dropcount
 *     nothing is known of loss, not even that there was none (the format's specification gives the
 *     option's absence no meaning).
 *
 * A copy of a capture keeps the totals of the capture, and says how many frames were left out of it on
 * purpose: those count as delivered in every rule above. It may also say that losses are placed, where
 * the frames that showed it are not in the copy.
 *
 * "Received" is isb_filteraccept. Where a tool writes none but its isb_ifrecv equals the number of
 * frames in the file, it counted the delivered ones (dumpcap does), so received is that plus dropped.
 *
 * Source of the fields: draft-ietf-opsawg-pcapng, sections 4.3 (Enhanced Packet Block) and 4.6
 * (Interface Statistics Block).
 */

import type { AccountingError } from '../core/errors.js';
import type { LossBounds, Settlement } from './account.js';
import { type Balance, finalGap, findViolation } from './conservation.js';
import type { QueueFinalGap } from './queue-page.js';

/** The totals of one interface as a file records them; undefined where it doesn't. */
export interface RecordedTotals {
  /** isb_filteraccept: frames that passed the filter, dropped ones included. */
  readonly accepted: number | undefined;
  /** isb_osdrop: frames that the operating system dropped. */
  readonly dropped: number | undefined;
  /** isb_usrdeliv: frames delivered to the capturing process. */
  readonly delivered: number | undefined;
  /** isb_ifrecv: frames received from the interface; tools disagree on what that includes. */
  readonly received: number | undefined;
  /** isb_ifdrop: frames lost in card and driver (some tools: the kernel's drops). */
  readonly interfaceDropped: number | undefined;
  /** Frames of those delivered that a copy of the capture left out on purpose; undefined: none. */
  readonly leftOut?: number | undefined;
  /** Whether the file says that every loss which a frame follows is recorded at that frame. */
  readonly lossesPlaced?: boolean | undefined;
  /** What the file says of a final gap that isn't exact; undefined: nothing. */
  readonly finalBounds?: LossBounds | undefined;
  /** What it says of the final gap by rings; undefined: nothing. */
  readonly finalQueues?: readonly QueueFinalGap[] | undefined;
  /** When the totals were taken (the block's own time, else isb_endtime), in ns since 1970. */
  readonly takenNs: bigint | undefined;
}

/** What is known of an interface's frames and gaps at the end of its file. */
export interface RecordedFrames {
  /** The interface's name or number, for messages. */
  readonly interface: string;
  /** Frames of the interface in the file. */
  readonly frames: number;
  /** Sum of its gaps that have a frame after them. */
  readonly placed: number;
  /** Whether any of its frames carries an epb_dropcount. */
  readonly hasPlaces: boolean;
  /** Time of its last frame, in ns since 1970. */
  readonly lastTimeNs: bigint | undefined;
  /** The file's shb_userappl. */
  readonly application: string | undefined;
  /** Whether the file ends inside a block, or is damaged before its end. */
  readonly truncated: boolean;
}

/** How an interface's recorded numbers belong together. */
export interface Reconciliation {
  /** The numbers to close its account with. */
  readonly settlement: Settlement;
  /** Where the recorded numbers contradict each other; then nothing but the gaps is settled. */
  readonly violation: AccountingError | undefined;
}

/** Whether a file comes from gapcap, which places every loss that a frame follows. */
function placesEveryLoss(application: string | undefined): boolean {
  return application?.startsWith('gapcap') ?? false;
}

/** Decides what the recorded totals say; see the rules at the head of this file. */
export function reconcile(
  recorded: RecordedFrames,
  totals: RecordedTotals | undefined,
): Reconciliation {
  const placing =
    recorded.hasPlaces || placesEveryLoss(recorded.application) || totals?.lossesPlaced === true;
  const gapsOnly = settlementOf({ lossRecorded: placing });
  if (totals === undefined || isOutdated(recorded, totals)) {
    return { settlement: gapsOnly, violation: undefined };
  }
  const dropped = totals.dropped ?? totals.interfaceDropped;
  const received = receivedOf(recorded, totals, dropped);
  const violation = findViolation(balanceOf(recorded, totals, received, dropped));
  if (violation !== undefined) return { settlement: gapsOnly, violation };
  if (dropped === undefined) {
    return {
      settlement: settlementOf({ received, ...leftOutOf(totals), lossRecorded: placing }),
      violation: undefined,
    };
  }
  const remainder = finalGap(dropped, recorded.placed);
  const delivered = deliveredOf(recorded, totals);
  const settlement = settlementOf({
    received,
    dropped,
    unread: totals.accepted === undefined ? undefined : totals.accepted - delivered - dropped,
    finalGap: placing || remainder === 0 ? remainder : undefined,
    finalBounds: placing ? boundsThatFit(remainder, totals.finalBounds) : undefined,
    ...(placing ? queuesThatFit(remainder, totals.finalQueues) : {}),
    unplaced: placing ? 0 : remainder,
    ...leftOutOf(totals),
    lossRecorded: true,
  });
  return { settlement, violation: undefined };
}

function isOutdated(recorded: RecordedFrames, totals: RecordedTotals): boolean {
  if (recorded.truncated) return true;
  if (totals.delivered === undefined || totals.delivered >= deliveredOf(recorded, totals)) {
    return false;
  }
  const { takenNs } = totals;
  const { lastTimeNs } = recorded;
  return takenNs === undefined || lastTimeNs === undefined || takenNs < lastTimeNs;
}

// `delivered` is what lies in the file, not what the writer says it got: the two must agree, which
// shows in the unread that the writer's own numbers leave.
function balanceOf(
  recorded: RecordedFrames,
  totals: RecordedTotals,
  received: number | undefined,
  dropped: number | undefined,
): Balance {
  const { delivered } = totals;
  const counted =
    delivered !== undefined && dropped !== undefined ? delivered + dropped : undefined;
  const checked = received ?? counted;
  return {
    interface: recorded.interface,
    received: checked,
    delivered: deliveredOf(recorded, totals),
    dropped,
    unread: checked === undefined || counted === undefined ? undefined : checked - counted,
    placed: recorded.placed,
  };
}

function receivedOf(
  recorded: RecordedFrames,
  totals: RecordedTotals,
  dropped: number | undefined,
): number | undefined {
  if (totals.accepted !== undefined) return totals.accepted;
  const delivered = deliveredOf(recorded, totals);
  const countsDelivered = totals.received === delivered;
  return countsDelivered && dropped !== undefined ? delivered + dropped : undefined;
}

function leftOutOf({ leftOut }: RecordedTotals): Pick<Settlement, 'leftOut'> {
  return leftOut === undefined ? {} : { leftOut };
}

/** Frames of the capture: those in the file, and those that a copy left out on purpose. */
function deliveredOf(recorded: RecordedFrames, totals: RecordedTotals): number {
  return recorded.frames + (totals.leftOut ?? 0);
}

// Bounds that the totals contradict are ignored: the totals are the format's own, bounds a remark.
function boundsThatFit(lost: number, bounds: LossBounds | undefined): LossBounds | undefined {
  if (bounds === undefined) return undefined;
  return lost >= bounds.atLeast && lost <= bounds.atMost ? bounds : undefined;
}

// As with bounds.
function queuesThatFit(
  lost: number,
  queues: readonly QueueFinalGap[] | undefined,
): Pick<Settlement, 'finalQueues'> {
  const sum = queues?.reduce((total, one) => total + one.lost, 0);
  return queues !== undefined && sum === lost ? { finalQueues: queues } : {};
}

function settlementOf(known: Partial<Settlement> & Pick<Settlement, 'lossRecorded'>): Settlement {
  return {
    received: undefined,
    dropped: undefined,
    unread: undefined,
    finalGap: undefined,
    finalBounds: undefined,
    unplaced: undefined,
    ...known,
  };
}
