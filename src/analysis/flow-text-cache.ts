/** Texts of flows met before: most frames of a capture belong to the same few flows. */

import { AsciiWriter, ROOM_BYTES } from './ascii-writer.js';
import { flagsText } from './frame-info.js';
import type { PlainPacket } from './plain-packet.js';

/** A power of two. */
const SLOTS = 4096;
const WORDS = 4;
/** Room for one text, in characters and in numbers of eight of them. */
const PLACES_BYTES = 96;
const PLACES_LONGS = PLACES_BYTES / 8;
const PORTS_BYTES = 64;
const PORTS_LONGS = PORTS_BYTES / 8;
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
  readonly #keys = new Int32Array(SLOTS * WORDS);
  /** Sum of the widths that the text was made for; 0: none is there. The widths only ever grow. */
  readonly #widths = new Int32Array(SLOTS);
  readonly #placesBytes = new Uint8Array(SLOTS * PLACES_BYTES);
  readonly #places = new Float64Array(this.#placesBytes.buffer);
  readonly #portsBytes = new Uint8Array(SLOTS * PORTS_BYTES);
  readonly #ports = new Float64Array(this.#portsBytes.buffer);
  readonly #placesLengths = new Uint8Array(SLOTS);
  readonly #portsLengths = new Uint8Array(SLOTS);
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
    if (this.#has(first, source, destination, ports, kind, widths)) return first;
    const second = first ^ 1;
    if (this.#has(second, source, destination, ports, kind, widths)) return second;
    this.#turn ^= 1;
    const slot = first ^ this.#turn;
    this.#widths[slot] = 0;
    if (!this.#make(slot, packet, bytes, columns)) return -1;
    const keys = this.#keys;
    const key = slot * WORDS;
    keys[key] = source;
    keys[key + 1] = destination;
    keys[key + 2] = ports;
    keys[key + 3] = kind;
    this.#widths[slot] = widths;
    return slot;
  }

  #has(
    slot: number,
    source: number,
    destination: number,
    ports: number,
    kind: number,
    widths: number,
  ): boolean {
    const keys = this.#keys;
    const key = slot * WORDS;
    return (
      keys[key] === source &&
      keys[key + 1] === destination &&
      keys[key + 2] === ports &&
      keys[key + 3] === kind &&
      this.#widths[slot] === widths
    );
  }

  /** Appends ` 192.0.2.1       > 192.0.2.2       TCP    `, in columns. */
  writePlaces(slot: number, out: AsciiWriter): void {
    out.longs(this.#places, slot * PLACES_LONGS, this.#placesLengths[slot]!);
  }

  /** Appends ` 443 > 51234 [ACK] seq=`, or for UDP ` 53 > 51234 len=`. */
  writePorts(slot: number, out: AsciiWriter): void {
    out.longs(this.#ports, slot * PORTS_LONGS, this.#portsLengths[slot]!);
  }

  #make(slot: number, packet: PlainPacket, bytes: Uint8Array, columns: FlowColumns): boolean {
    const { source, destination, protocol } = columns;
    const flags = packet.isTcp ? flagsText(packet.tcpFlags) : '';
    const longest = source + destination + protocol + BETWEEN_COLUMNS + ROOM_BYTES;
    if (longest > PLACES_BYTES || flags.length > LONGEST_FLAGS) return false;
    const out = this.#writer;
    const places = slot * PLACES_BYTES;
    out.open(this.#placesBytes, places);
    out.code(BLANK);
    out.ipv4(bytes, packet.addressesAt);
    out.blanks(places + 1 + source - out.at);
    out.text(' > ');
    out.ipv4(bytes, packet.addressesAt + 4);
    out.blanks(places + 4 + source + destination - out.at);
    out.text(packet.isTcp ? ' TCP' : ' UDP');
    out.blanks(protocol - 2);
    this.#placesLengths[slot] = out.at - places;
    const ports = slot * PORTS_BYTES;
    out.open(this.#portsBytes, ports);
    out.code(BLANK);
    out.decimal(packet.ports >>> 16);
    out.text(' > ');
    out.decimal(packet.ports & 0xffff);
    if (packet.isTcp) {
      out.code(BLANK);
      out.text(flags);
      out.text(' seq=');
    } else out.text(' len=');
    this.#portsLengths[slot] = out.at - ports;
    return true;
  }
}
