/** Network byte order: multi-byte fields as the wire carries them, most significant byte first. */

/**
 * Reads two bytes, 0 … 65,535.
 *
 * Doesn't check bounds: the caller has made sure that `at + 2` bytes are captured.
 */
export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/**
 * Reads four bytes, 0 … 4,294,967,295.
 *
 * Doesn't check bounds: the caller has made sure that `at + 4` bytes are captured.
 */
export function readUint32(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) >>> 0;
}

/**
 * Reads four bytes as a signed number; the same 32 bits as `readUint32`, cheaper to keep and to
 * compare for equality because it is always a small integer.
 *
 * Doesn't check bounds: the caller has made sure that `at + 4` bytes are captured.
 */
export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
