/** Builds pcapng blocks of either byte order for tests of readers; shares no code with the encoder. */

/** `little` or `big`, as a section's fields are laid out. */
export type ByteOrder = 'little' | 'big';

/** A field: a number with its size in bytes, or bytes as they are. */
export type Field =
  | readonly [value: number | bigint, sizeBytes: 1 | 2 | 4 | 8]
  | Uint8Array
  | string;

/** Fields one after the other. */
export function fields(order: ByteOrder, ...list: readonly Field[]): Uint8Array {
  const parts = list.map((field) => {
    if (typeof field === 'string') return new Uint8Array(Buffer.from(field, 'utf8'));
    if (field instanceof Uint8Array) return field;
    const [value, size] = field;
    const bytes = new Uint8Array(size);
    let rest = BigInt.asUintN(size * 8, BigInt(value));
    for (let i = 0; i < size; i++) {
      bytes[order === 'little' ? i : size - 1 - i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    return bytes;
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** Bytes filled up with zeros to a multiple of 4. */
export function padded(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array((bytes.length + 3) & ~3);
  result.set(bytes);
  return result;
}

/** A whole block around its body. */
export function block(order: ByteOrder, type: number, ...body: readonly Field[]): Uint8Array {
  const content = padded(fields(order, ...body));
  const length = content.length + 12;
  return fields(order, [type, 4], [length, 4], content, [length, 4]);
}

/** An option with its padding. */
export function option(order: ByteOrder, code: number, ...value: readonly Field[]): Uint8Array {
  const content = fields(order, ...value);
  return fields(order, [code, 2], [content.length, 2], padded(content));
}

/** opt_endofopt */
export const END_OF_OPTIONS: Uint8Array = new Uint8Array(4);

/** A section header of unspecified length. */
export function sectionHeader(order: ByteOrder, ...options: readonly Field[]): Uint8Array {
  return block(order, 0x0a0d0d0a, [0x1a2b3c4d, 4], [1, 2], [0, 2], [-1n, 8], ...options);
}

/** An Ethernet interface without a snapshot length, unless given. */
export function interfaceDescription(
  order: ByteOrder,
  snapshotLength = 0,
  ...options: readonly Field[]
): Uint8Array {
  return block(order, 1, [1, 2], [0, 2], [snapshotLength, 4], ...options);
}

/** An enhanced packet. */
export function enhancedPacket(
  order: ByteOrder,
  interfaceId: number,
  ticks: bigint,
  data: Uint8Array,
  ...options: readonly Field[]
): Uint8Array {
  return block(
    order,
    6,
    [interfaceId, 4],
    [ticks >> 32n, 4],
    [ticks & 0xffffffffn, 4],
    [data.length, 4],
    [data.length + 0x100, 4],
    padded(data),
    ...options,
  );
}

/** Bytes one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
