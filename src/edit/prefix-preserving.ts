/**
 * Prefix-preserving pseudonyms for addresses: Crypto-PAn.
 *
 * Two addresses that have the first n bits in common have the first n bits of their pseudonyms in
 * common, and no more: networks stay networks. Bit n of the pseudonym is bit n of the address,
 * turned round or not by a pseudorandom function (AES under the key) of the n bits before it.
 * Whoever knows the pseudonym of one address knows the prefixes of its neighbours: it hides, it
 * doesn't make unfindable.
 *
 * Source: J. Xu, J. Fan, M. H. Ammar, S. B. Moon, "Prefix-Preserving IP Address Anonymization",
 * ICNP 2002; for 128 bits the same construction goes on (as in Fan, Xu, Ammar, Moon, 2004).
 */

import { type Cipher, createCipheriv } from 'node:crypto';

const BLOCK_BYTES = 16;
const KEY_BYTES = 32;
const MAX_KNOWN = 65_536;

/** Makes pseudonyms for addresses of 4 or 16 bytes under one key. */
export class PrefixPreserving {
  readonly #cipher: Cipher;
  readonly #pad: Uint8Array;
  /** Pseudonyms made so far, by address; emptied when full. */
  readonly #known = new Map<string, Uint8Array>();
  /** The same of blocks, by what they were made for. */
  readonly #knownBlocks = new Map<string, Uint8Array>();

  /** @param key 32 bytes: 16 for AES, 16 from which the padding is made */
  constructor(key: Uint8Array) {
    if (key.length !== KEY_BYTES) throw new RangeError(`the key must be of ${KEY_BYTES} bytes`);
    this.#cipher = createCipheriv('aes-128-ecb', key.subarray(0, BLOCK_BYTES), null);
    this.#cipher.setAutoPadding(false);
    this.#pad = new Uint8Array(this.#cipher.update(key.subarray(BLOCK_BYTES)));
  }

  /**
   * The pseudonym of an address; the caller must not change it.
   *
   * Cost: a look-up for a known address, else one AES block a bit.
   *
   * @param address 4 or 16 bytes
   */
  pseudonym(address: Uint8Array): Uint8Array {
    const name = Buffer.from(address.buffer, address.byteOffset, address.length).toString('latin1');
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const made = this.#make(address);
    this.#known.set(name, made);
    return made;
  }

  /** A pseudorandom block for a MAC address; the caller must not change it. */
  block(text: Uint8Array): Uint8Array {
    const name = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1');
    const known = this.#knownBlocks.get(name);
    if (known !== undefined) return known;
    if (this.#knownBlocks.size >= MAX_KNOWN) this.#knownBlocks.clear();
    const made = this.#makeBlock(text);
    this.#knownBlocks.set(name, made);
    return made;
  }

  #makeBlock(text: Uint8Array): Uint8Array {
    const input = new Uint8Array(BLOCK_BYTES);
    input.set(text);
    return new Uint8Array(this.#cipher.update(input));
  }

  #make(address: Uint8Array): Uint8Array {
    const bitCount = address.length * 8;
    const inputs = new Uint8Array(bitCount * BLOCK_BYTES);
    for (let bit = 0; bit < bitCount; bit++) {
      const input = inputs.subarray(bit * BLOCK_BYTES, (bit + 1) * BLOCK_BYTES);
      input.set(this.#pad);
      const whole = bit >>> 3;
      input.set(address.subarray(0, whole));
      if (whole < address.length) {
        const mask = (0xff00 >>> (bit & 7)) & 0xff;
        input[whole] = (address[whole]! & mask) | (this.#pad[whole]! & ~mask);
      }
    }
    const outputs = this.#cipher.update(inputs);
    const result = address.slice();
    for (let bit = 0; bit < bitCount; bit++) {
      const turned = outputs[bit * BLOCK_BYTES]! >>> 7;
      result[bit >>> 3]! ^= turned << (7 - (bit & 7));
    }
    return result;
  }
}
