/** Texts of flows met before: most frames of a capture belong to the same few flows. */

import { ArpOperation } from '../headers/arp.js';
import { dnsKinName } from '../headers/dns.js';
import { icmpTypeName } from '../headers/icmp.js';
import { IPV4_ADDRESS_LENGTH } from '../headers/ipv4.js';
import { putFourLongs, putLongs } from './ascii-bytes.js';
import { AsciiWriter } from './ascii-writer.js';
import { flagsText } from './frame-info.js';
import { dnsHeadText } from './frame-info-writer.js';
import { PlainKind, type PlainPacket } from './plain-packet.js';

/** A power of two. */
const SLOTS = 4096;
/**
 * In how many slots a flow may be, from the one that its hash names on; a power of two. With two of them
 * a thousand flows crowded each other out of a few: 24,000 misses in a million frames.
 */
const NEIGHBOURS = 8;
/*
 * A slot is one piece of memory, so that a line about its flow touches three lines of the processor's
 * cache: four words of key, one each for the widths and the two lengths, then the texts.
 */
const SLOT_BYTES = 192;
const SLOT_WORDS = SLOT_BYTES / 4;
const SLOT_LONGS = SLOT_BYTES / 8;
const DESTINATION_WORD = 1;
const PORTS_WORD = 2;
/** 0: the slot is free. */
const KIND_WORD = 3;
/** Sum of the widths that the text was made for. The widths only ever grow. */
const WIDTHS_WORD = 4;
const PORTS_LENGTH_WORD = 5;
const PLACES_LENGTH_WORD = 6;
const PORTS_AT = 32;
const PORTS_BYTES = 64;
const PLACES_AT = PORTS_AT + PORTS_BYTES;
const PLACES_BYTES = SLOT_BYTES - PLACES_AT;
/** The blanks around the columns of places, and the sign between the first two. */
const BETWEEN_COLUMNS = 6;
/** What the ports leave of their room: ` VLAN 4095, 65535 > 65535  seq=` and what a writer may touch. */
const LONGEST_FLAGS = 28;
const MAC_LENGTH = 6;
const MAC_TEXT_LENGTH = 17;
const BLANK = 0x20;
const FLAGS_MASK = 0x1ff;
/** Where the parts of a key's last word begin: three bits of kind, thirteen of detail, thirteen of VLAN. */
const DETAIL_SHIFT = 3;
const VLAN_SHIFT = 16;
/** Bytes beyond a text that a writer, or who copies it by eights, may touch. */
const TOUCHED_BYTES = 16;

/** The widths that the columns of a flow's text have; those of addresses are widened for a MAC address. */
export interface FlowColumns {
  source: number;
  destination: number;
  readonly protocol: number;
}

/**
 * Keeps the texts of up to 4,096 flows: addresses and protocol in their columns, and the ports.
 *
 * A flow here is one direction of a connection, and one set of TCP flags; or what else a packet's kind
 * has that stays the same. Eight slots per hash, a newcomer takes a free one or replaces one of them:
 * memory is bounded whatever addresses a sender makes up, and a miss costs what making the texts costs.
 */
export class FlowTextCache {
  /** One slot more: what is copied by eights may be read beyond the last text. */
  readonly #bytes = new Uint8Array((SLOTS + 1) * SLOT_BYTES);
  readonly #words = new Int32Array(this.#bytes.buffer);
  readonly #longs = new Float64Array(this.#bytes.buffer);
  /** Which of its slots the next newcomer takes where none is free. */
  #turn = 0;
  readonly #writer = new AsciiWriter();

  /**
   * The slot that has the packet's texts; −1 where they are too long for one.
   *
   * @param bytes the memory that the packet lies in
   */
  find(packet: PlainPacket, bytes: Uint8Array, columns: FlowColumns): number {
    const { source, destination, ports } = packet;
    const kind = keyOf(packet);
    if (packet.kind === PlainKind.Arp) widenForMac(columns);
    const widths = columns.source + columns.destination + columns.protocol;
    const mixed = Math.imul(source ^ Math.imul(destination, 0x85ebca6b), 0xc2b2ae35) ^ ports;
    const first = (Math.imul(mixed + kind, 0x9e3779b1) >>> 20) & (SLOTS - 1);
    const words = this.#words;
    let slot = first;
    for (let tries = 0; tries < NEIGHBOURS; tries += 1) {
      slot = (first + tries) & (SLOTS - 1);
      const key = slot * SLOT_WORDS;
      const known = words[key + KIND_WORD];
      if (known === 0) return this.#take(slot, packet, bytes, columns, kind, widths);
      if (
        known === kind &&
        words[key] === source &&
        words[key + DESTINATION_WORD] === destination &&
        words[key + PORTS_WORD] === ports
      ) {
        if (words[key + WIDTHS_WORD] === widths) return slot;
        return this.#take(slot, packet, bytes, columns, kind, widths);
      }
    }
    this.#turn = (this.#turn + 1) & (NEIGHBOURS - 1);
    slot = (first + this.#turn) & (SLOTS - 1);
    return this.#take(slot, packet, bytes, columns, kind, widths);
  }

  /** Writes ` 192.0.2.1       > 192.0.2.2       TCP    `, in columns; may touch seven bytes more. */
  putPlaces(view: DataView, at: number, slot: number): number {
    const length = this.#words[slot * SLOT_WORDS + PLACES_LENGTH_WORD]!;
    return putLongs(view, at, this.#longs, slot * SLOT_LONGS + PLACES_AT / 8, length);
  }

  /**
   * Writes the part of the info column that frames of the flow share, such as ` 443 > 51234 [ACK] seq=`;
   * may touch 32 bytes from `at` on, and seven more than the text.
   */
  putPorts(view: DataView, at: number, slot: number): number {
    const length = this.#words[slot * SLOT_WORDS + PORTS_LENGTH_WORD]!;
    return putFourLongs(view, at, this.#longs, slot * SLOT_LONGS + PORTS_AT / 8, length);
  }

  #take(
    slot: number,
    packet: PlainPacket,
    bytes: Uint8Array,
    columns: FlowColumns,
    kind: number,
    widths: number,
  ): number {
    if (widths + BETWEEN_COLUMNS + TOUCHED_BYTES > PLACES_BYTES) return -1;
    if (packet.kind === PlainKind.Tcp && flagsText(packet.detail).length > LONGEST_FLAGS) return -1;
    const words = this.#words;
    const key = slot * SLOT_WORDS;
    words[key + PLACES_LENGTH_WORD] = this.#makePlaces(slot, packet, bytes, columns);
    words[key + PORTS_LENGTH_WORD] = this.#makePorts(slot, packet);
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
    const isArp = packet.kind === PlainKind.Arp;
    const at = packet.addressesAt;
    out.code(BLANK);
    if (isArp) out.mac(bytes, at);
    else out.ipv4(bytes, at);
    out.blanks(start + 1 + source - out.at);
    out.text(' > ');
    if (isArp) out.mac(bytes, at - MAC_LENGTH);
    else out.ipv4(bytes, at + IPV4_ADDRESS_LENGTH);
    const protocolAt = start + 4 + source + destination;
    out.blanks(protocolAt - out.at);
    out.code(BLANK);
    out.text(protocolName(packet));
    out.blanks(protocolAt + 2 + protocol - out.at);
    return out.at - start;
  }

  #makePorts(slot: number, packet: PlainPacket): number {
    const { kind, ports, vlan } = packet;
    const out = this.#writer;
    const start = slot * SLOT_BYTES + PORTS_AT;
    out.open(this.#bytes, start);
    out.code(BLANK);
    if (vlan >= 0) out.text(`VLAN ${vlan}, `);
    if (kind === PlainKind.Dns) {
      out.text(dnsHeadText(ports >>> 16, ports & 0xffff));
      out.code(BLANK);
    } else if (kind === PlainKind.Echo) {
      out.text(icmpTypeName(ports >>> 16, 0));
      out.text(' id=');
      out.decimal(ports & 0xffff);
      out.text(' seq=');
    } else if (kind === PlainKind.Arp) {
      if (packet.detail === ArpOperation.Request) out.text('who has ');
    } else {
      out.decimal(ports >>> 16);
      out.text(' > ');
      out.decimal(ports & 0xffff);
      if (kind === PlainKind.Tcp) {
        out.code(BLANK);
        out.text(flagsText(packet.detail));
        out.text(' seq=');
      } else out.text(' len=');
    }
    return out.at - start;
  }
}

/** What of a packet's text its addresses and ports don't tell. */
function keyOf({ kind, detail, vlan }: PlainPacket): number {
  const told = kind === PlainKind.Tcp ? detail & FLAGS_MASK : detail;
  return kind | (told << DETAIL_SHIFT) | ((vlan + 1) << VLAN_SHIFT);
}

function widenForMac(columns: FlowColumns): void {
  if (columns.source < MAC_TEXT_LENGTH) columns.source = MAC_TEXT_LENGTH;
  if (columns.destination < MAC_TEXT_LENGTH) columns.destination = MAC_TEXT_LENGTH;
}

function protocolName({ kind, detail }: PlainPacket): string {
  switch (kind) {
    case PlainKind.Tcp:
      return 'TCP';
    case PlainKind.Udp:
      return 'UDP';
    case PlainKind.Echo:
      return 'ICMP';
    case PlainKind.Arp:
      return 'ARP';
    default:
      return dnsKinName(detail);
  }
}
