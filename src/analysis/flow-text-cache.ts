/** Texts of flows met before: most frames of a capture belong to the same few flows. */

import type { Dissection } from '../headers/dissection.js';
import { readInt32 } from '../headers/network-order.js';
import { isDns } from './frame-info.js';

/** A power of two. */
const SLOTS = 2048;
const TEXT_BYTES = 96;

/** The text of one flow; empty until somebody fills it. */
export interface FlowText {
  readonly bytes: Uint8Array;
  /** Length of the text; 0: to be made. */
  length: number;
  /** Whatever the text depends on beside the flow; the user's own. */
  version: number;
}

interface Slot extends FlowText {
  source: number;
  destination: number;
  protocol: number;
}

/**
 * Keeps a text for each of up to 2,048 flows of TCP or UDP over IPv4, as far as its addresses and protocol
 * decide it. One slot per hash, the newcomer replaces: memory is bounded whatever addresses a sender
 * makes up.
 */
export class FlowTextCache {
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, () => ({
    bytes: new Uint8Array(TEXT_BYTES),
    length: 0,
    version: -1,
    source: 0,
    destination: 0,
    protocol: -1,
  }));

  /**
   * The text of the frame's flow, perhaps yet to be made; undefined for a frame whose text depends on
   * more than that.
   */
  find(d: Dissection): FlowText | undefined {
    const isPlain = d.ipVersion === 4 && (d.tcpFlags >= 0 || (d.udpLength >= 0 && !isDns(d)));
    if (!isPlain) return undefined;
    const { protocol } = d;
    const source = readInt32(d.bytes, d.sourceAddressOffset);
    const destination = readInt32(d.bytes, d.destinationAddressOffset);
    const mixed = Math.imul(source ^ Math.imul(destination, 0x85ebca6b), 0x9e3779b1);
    const slot = this.#slots[((mixed >>> 16) + protocol) & (SLOTS - 1)]!;
    if (slot.source !== source || slot.destination !== destination || slot.protocol !== protocol) {
      slot.source = source;
      slot.destination = destination;
      slot.protocol = protocol;
      slot.length = 0;
    }
    return slot;
  }
}
