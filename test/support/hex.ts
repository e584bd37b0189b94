/** Bytes written as commented hexadecimal, in file order. */

/**
 * The bytes of a hexadecimal text; white space and what follows `//` on a line are left out.
 *
 *     hex`
 *       06 00 00 00 // block type
 *       20 00 00 00 // length
 *     `
 */
export function hex(parts: TemplateStringsArray, ...values: readonly string[]): Uint8Array {
  const text = String.raw(parts, ...values);
  const digits = text.replace(/\/\/.*$/gm, '').replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`no hexadecimal bytes: ${digits}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Bytes as a text that shows well in a failed comparison: 4 by 4, 16 a line. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/.{8}/g, '$& ')
    .replace(/(.{36})/g, '$1\n')
    .trim();
}
