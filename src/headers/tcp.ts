/**
 * TCP header (RFC 9293 §3.1).
 *
 *      0           2                4               8                     12          14     16
 *     ┌───────────┬────────────────┬───────────────┬─────────────────────┬───────────┬──────┬────
 *     │source port│destination port│sequence number│acknowledgment number│offs, flags│window│
 *     └───────────┴────────────────┴───────────────┴─────────────────────┴───────────┴──────┴────
 */

/** Byte offsets in the header. */
export const TcpField = {
  SourcePort: 0,
  DestinationPort: 2,
  Sequence: 4,
  Acknowledgment: 8,
  OffsetAndFlags: 12,
  Window: 14,
  Checksum: 16,
  UrgentPointer: 18,
} as const;

/** Length of the header without options. */
export const TCP_MIN_HEADER_LENGTH = 20;

/** Flag bits as the low 9 bits of the field at offset 12 hold them. */
export const TcpFlag = {
  Fin: 0x001,
  Syn: 0x002,
  Rst: 0x004,
  Psh: 0x008,
  Ack: 0x010,
  Urg: 0x020,
  Ece: 0x040,
  Cwr: 0x080,
  /** Accurate ECN (RFC 9768); was the nonce sum. */
  Ae: 0x100,
} as const;

/** Header length in bytes as stated, 0 … 60; below 20 it is wrong. Byte 12 must be captured. */
export function tcpHeaderLength(bytes: Uint8Array, at: number): number {
  return (bytes[at + TcpField.OffsetAndFlags]! >>> 4) << 2;
}

/** The twelve bits after the header length: three reserved ones, then `TcpFlag`. */
export function tcpFlags(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at + TcpField.OffsetAndFlags]! & 0x0f) << 8) | bytes[at + TcpField.OffsetAndFlags + 1]!
  );
}
