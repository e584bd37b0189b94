/** Addresses as text: MAC with colons, IPv4 dotted, IPv6 as RFC 5952 writes it. */

const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, value) =>
  value.toString(16).padStart(2, '0'),
);

const decimals: readonly string[] = Array.from({ length: 256 }, (_, value) => `${value}`);

/** The six bytes at `at` as `02:00:5e:10:00:01`; they must be captured. */
export function formatMac(bytes: Uint8Array, at: number): string {
  return `${hexPairs[bytes[at]!]}:${hexPairs[bytes[at + 1]!]}:${hexPairs[bytes[at + 2]!]}:${hexPairs[bytes[at + 3]!]}:${hexPairs[bytes[at + 4]!]}:${hexPairs[bytes[at + 5]!]}`;
}

/** The four bytes at `at` as `192.0.2.1`; they must be captured. */
export function formatIpv4(bytes: Uint8Array, at: number): string {
  return `${decimals[bytes[at]!]}.${decimals[bytes[at + 1]!]}.${decimals[bytes[at + 2]!]}.${decimals[bytes[at + 3]!]}`;
}

/**
 * The sixteen bytes at `at` as RFC 5952 §4 writes them: lower case, no leading zeros, `::` for the
 * first longest run of two or more zero groups, IPv4-mapped addresses as `::ffff:192.0.2.1` (§5).
 */
export function formatIpv6(bytes: Uint8Array, at: number): string {
  if (isIpv4Mapped(bytes, at)) return `::ffff:${formatIpv4(bytes, at + 12)}`;
  let runStart = -1;
  let runLength = 1; // a single zero group isn't shortened (§4.2.2)
  for (let group = 0; group < 8; group += 1) {
    let length = 0;
    while (group + length < 8 && groupAt(bytes, at, group + length) === 0) length += 1;
    if (length > runLength) {
      runStart = group;
      runLength = length;
    }
    group += length;
  }
  let text = '';
  for (let group = 0; group < 8; group += 1) {
    if (group === runStart) {
      text += '::';
      group += runLength - 1;
      continue;
    }
    const followsRun = runStart >= 0 && group === runStart + runLength;
    if (group > 0 && !followsRun) text += ':';
    text += groupAt(bytes, at, group).toString(16);
  }
  return text;
}

function groupAt(bytes: Uint8Array, at: number, group: number): number {
  return (bytes[at + group * 2]! << 8) | bytes[at + group * 2 + 1]!;
}

function isIpv4Mapped(bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < 10; index += 1) if (bytes[at + index] !== 0) return false;
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff;
}
