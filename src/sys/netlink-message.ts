/**
 * Netlink messages as bytes: a builder for requests and a walk over answers. No system calls.
 *
 *     offset  struct nlmsghdr (include/uapi/linux/netlink.h)      struct nlattr
 *     0       u32 length, header included                         u16 length, header included
 *     4       u16 type                                            u16 type (at 2)
 *     6       u16 flags                                           value (at 4), padded to 4 bytes
 *     8       u32 sequence
 *     12      u32 port id
 *     16      payload, padded to 4 bytes
 *
 * All numbers are in host order; every system gapcap captures on is little-endian.
 */

const HEADER_BYTES = 16;
const ATTRIBUTE_HEADER_BYTES = 4;

/** The attribute holds attributes (NLA_F_NESTED). */
const NESTED_FLAG = 0x8000;
/** Mask that takes NLA_F_NESTED and NLA_F_NET_BYTEORDER off an attribute's type. */
const TYPE_MASK = 0x3fff;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

function align4(length: number): number {
  return (length + 3) & ~3;
}

/** A request under construction; each `put` appends, `finish` gives the bytes to send. */
export class NetlinkRequest {
  readonly #bytes = new Uint8Array(2048);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = HEADER_BYTES;

  /**
   * @param type message type, such as RTM_GETLINK
   * @param flags NLM_F_ bits
   */
  constructor(type: number, flags: number) {
    this.#view.setUint16(4, type, true);
    this.#view.setUint16(6, flags, true);
  }

  /** Appends a message's fixed part, or the one of a nested message; padded to 4 bytes. */
  putBytes(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#length);
    this.#length = align4(this.#length + bytes.byteLength);
    return this;
  }

  /** Appends an attribute with raw bytes as its value. */
  putAttribute(type: number, value: Uint8Array): this {
    this.#view.setUint16(this.#length, ATTRIBUTE_HEADER_BYTES + value.byteLength, true);
    this.#view.setUint16(this.#length + 2, type, true);
    this.#length += ATTRIBUTE_HEADER_BYTES;
    return this.putBytes(value);
  }

  /** Appends an attribute with one byte. */
  putU8(type: number, value: number): this {
    return this.putAttribute(type, Uint8Array.of(value));
  }

  /** Appends an attribute with a 32-bit number. */
  putU32(type: number, value: number): this {
    return this.putAttribute(type, new Uint8Array(Uint32Array.of(value).buffer));
  }

  /** Appends an attribute with text and its terminating zero. */
  putText(type: number, text: string): this {
    return this.putAttribute(type, textEncoder.encode(`${text}\0`));
  }

  /** Appends an attribute whose value is what `fill` appends. */
  putNested(type: number, fill: (request: this) => void): this {
    const start = this.#length;
    this.#length += ATTRIBUTE_HEADER_BYTES;
    fill(this);
    this.#view.setUint16(start, this.#length - start, true);
    this.#view.setUint16(start + 2, type | NESTED_FLAG, true);
    return this;
  }

  /** Writes length and sequence number, and returns the whole message (a view, not a copy). */
  finish(sequence: number): Uint8Array {
    this.#view.setUint32(0, this.#length, true);
    this.#view.setUint32(8, sequence, true);
    return this.#bytes.subarray(0, this.#length);
  }
}

/** One message of an answer. */
export interface NetlinkMessage {
  readonly type: number;
  /** NLM_F_ bits. */
  readonly flags: number;
  readonly sequence: number;
  /** What follows the header; views the receive buffer. */
  readonly payload: Uint8Array;
}

/** Cuts a received datagram into its messages; ends at the first that isn't whole. */
export function* netlinkMessages(datagram: Uint8Array): Generator<NetlinkMessage> {
  const view = viewOf(datagram);
  let at = 0;
  while (at + HEADER_BYTES <= datagram.byteLength) {
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES || at + length > datagram.byteLength) return;
    yield {
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      payload: datagram.subarray(at + HEADER_BYTES, at + length),
    };
    at += align4(length);
  }
}

/**
 * Reads attributes into a map from type to value; values view the given bytes.
 *
 * @param bytes attributes only: without the fixed part before them
 */
export function parseAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  const view = viewOf(bytes);
  let at = 0;
  while (at + ATTRIBUTE_HEADER_BYTES <= bytes.byteLength) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > bytes.byteLength) break;
    const type = view.getUint16(at + 2, true) & TYPE_MASK;
    attributes.set(type, bytes.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length));
    at += align4(length);
  }
  return attributes;
}

/** Reads a text attribute up to its terminating zero; undefined where the attribute is absent. */
export function attributeText(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  const end = value.indexOf(0);
  return textDecoder.decode(end < 0 ? value : value.subarray(0, end));
}

/** Reads a 32-bit attribute; undefined where it is absent or too short. */
export function attributeU32(value: Uint8Array | undefined): number | undefined {
  return value === undefined || value.byteLength < 4 ? undefined : viewOf(value).getUint32(0, true);
}

/** A DataView over the same bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
