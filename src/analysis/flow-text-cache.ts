/** Texts of flows met before: most frames of a capture belong to the same few flows. */

import { putLongs, ROOM_BYTES } from './ascii-bytes.js';
import { AsciiWriter } from './ascii-writer.js';
import { flagsText } from './frame-info.js';
import type { PlainPacket } from './plain-packet.js';

/** A power of two. */
const SLOTS = 4096;
/*
 * A slot is one piece of memory, so that a line about its flow touches three lines of the processor's
 * cache: four words of key, one each for the widths and the two lengths, then the texts.
 */
const SLOT_BYTES = 192;
const SLOT_WORDS = SLOT_BYTES / 4;
const SLOT_LONGS = SLOT_BYTES / 8;
const DESTINATION_WORD = 1;
const PORTS_WORD = 2;
const KIND_WORD = 3;
/** Sum of the widths that the text was made for; 0: none is there. The widths only ever grow. */
const WIDTHS_WORD = 4;
const PORTS_LENGTH_WORD = 5;
const PLACES_LENGTH_WORD = 6;
const PORTS_AT = 32;
const PORTS_BYTES = 64;
const PLACES_AT = PORTS_AT + PORTS_BYTES;
const PLACES_BYTES = SLOT_BYTES - PLACES_AT;
/** The blanks around the columns of places, and the sign between the first two. */
const BETWEEN_COLUMNS = 6;
/** What the ports leave of their room: ` 65535 > 65535  seq=` and what a writer may touch. */
const LONGEST_FLAGS = 28;
const BLANK = 0x20;
const TCP = 0x10000;
const UDP = 0x20000;
const FLAGS_MASK = 0x1ff;

/** The widths that the columns of a flow's text have. */
export interface FlowColumns {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
}

/**
 * Keeps the texts of up to 4,096 flows: addresses and protocol in their columns, and the ports.
 *
 * A flow here is one direction of a connection, and one set of TCP flags. Two slots per hash, the
 * newcomer replaces one of them: memory is bounded whatever addresses a sender makes up, and a miss
 * costs what making the texts costs.
 */
export class FlowTextCache {
  readonly #bytes = new Uint8Array(SLOTS * SLOT_BYTES);
  readonly #words = new Int32Array(this.#bytes.buffer);
  readonly #longs = new Float64Array(this.#bytes.buffer);
  /** Which of two slots the next newcomer takes. */
  #turn = 0;
  readonly #writer = new AsciiWriter();

  /**
   * The slot that has the packet's texts; −1 where they are too long for one.
   *
   * @param bytes the memory that the packet lies in
   */
  find(packet: PlainPacket, bytes: Uint8Array, columns: FlowColumns): number {
    const { source, destination, ports } = packet;
    const kind = packet.isTcp ? TCP | (packet.tcpFlags & FLAGS_MASK) : UDP;
    const widths = columns.source + columns.destination + columns.protocol;
    const mixed = Math.imul(source ^ Math.imul(destination, 0x85ebca6b), 0xc2b2ae35) ^ ports;
    const first = (Math.imul(mixed + kind, 0x9e3779b1) >>> 20) & (SLOTS - 1);
    const words = this.#words;
    for (let slot = first, tries = 0; tries < 2; slot ^= 1, tries += 1) {
      const key = slot * SLOT_WORDS;
      if (
        words[key] === source &&
        words[key + DESTINATION_WORD] === destination &&
        words[key + PORTS_WORD] === ports &&
        words[key + KIND_WORD] === kind &&
        words[key + WIDTHS_WORD] === widths
      ) {
        return slot;
      }
    }
    this.#turn ^= 1;
    return this.#take(first ^ this.#turn, packet, bytes, columns, kind, widths);
  }

  /** Writes ` 192.0.2.1       > 192.0.2.2       TCP    `, in columns; may touch seven bytes more. */
  putPlaces(view: DataView, at: number, slot: number): number {
    const length = this.#words[slot * SLOT_WORDS + PLACES_LENGTH_WORD]!;
    return putLongs(view, at, this.#longs, slot * SLOT_LONGS + PLACES_AT / 8, length);
  }

  /** Writes ` 443 > 51234 [ACK] seq=`, or for UDP ` 53 > 51234 len=`; may touch seven bytes more. */
  putPorts(view: DataView, at: number, slot: number): number {
    const length = this.#words[slot * SLOT_WORDS + PORTS_LENGTH_WORD]!;
    return putLongs(view, at, this.#longs, slot * SLOT_LONGS + PORTS_AT / 8, length);
  }

  #take(
    slot: number,
    packet: PlainPacket,
    bytes: Uint8Array,
    columns: FlowColumns,
    kind: number,
    widths: number,
  ): number {
    const words = this.#words;
    const key = slot * SLOT_WORDS;
    words[key + WIDTHS_WORD] = 0;
    const flags = packet.isTcp ? flagsText(packet.tcpFlags) : '';
    if (widths + BETWEEN_COLUMNS + ROOM_BYTES > PLACES_BYTES || flags.length > LONGEST_FLAGS) {
      return -1;
    }
    words[key + PLACES_LENGTH_WORD] = this.#makePlaces(slot, packet, bytes, columns);
    words[key + PORTS_LENGTH_WORD] = this.#makePorts(slot, packet, flags);
    words[key] = packet.source;
    words[key + DESTINATION_WORD] = packet.destination;
    words[key + PORTS_WORD] = packet.ports;
    words[key + KIND_WORD] = kind;
    words[key + WIDTHS_WORD] = widths;
    return slot;
  }

  #makePlaces(slot: number, packet: PlainPacket, bytes: Uint8Array, columns: FlowColumns): number {
    const { source, destination, protocol } = columns;
    const out = this.#writer;
    const start = slot * SLOT_BYTES + PLACES_AT;
    out.open(this.#bytes, start);
    out.code(BLANK);
    out.ipv4(bytes, packet.addressesAt);
    out.blanks(start + 1 + source - out.at);
    out.text(' > ');
    out.ipv4(bytes, packet.addressesAt + 4);
    out.blanks(start + 4 + source + destination - out.at);
    out.text(packet.isTcp ? ' TCP' : ' UDP');
    out.blanks(protocol - 2);
    return out.at - start;
  }

  #makePorts(slot: number, packet: PlainPacket, flags: string): number {
    const out = this.#writer;
    const start = slot * SLOT_BYTES + PORTS_AT;
    out.open(this.#bytes, start);
    out.code(BLANK);
    out.decimal(packet.ports >>> 16);
    out.text(' > ');
    out.decimal(packet.ports & 0xffff);
    if (packet.isTcp) {
      out.code(BLANK);
      out.text(flags);
      out.text(' seq=');
    } else out.text(' len=');
    return out.at - start;
  }
}
