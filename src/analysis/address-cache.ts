/** Texts of addresses met before: most frames of a capture name the same few hosts. */

import { formatIpv4, formatIpv6 } from '../headers/address.js';
import { readInt32 } from '../headers/network-order.js';

const SLOTS = 4096;

/**
 * Formats IP addresses, and keeps up to 4,096 texts of each version to give them again.
 *
 * One slot per hash, the newcomer replaces: memory is bounded whatever addresses a sender makes up,
 * and a miss costs what formatting costs.
 */
export class AddressCache {
  readonly #ipv4Keys = new Int32Array(SLOTS);
  readonly #ipv4Texts: (string | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #ipv6Keys = new Int32Array(SLOTS * 4);
  readonly #ipv6Texts: (string | undefined)[] = new Array(SLOTS).fill(undefined);

  /** The four bytes at `at` as `192.0.2.1`; they must be captured. */
  ipv4(bytes: Uint8Array, at: number): string {
    const key = readInt32(bytes, at);
    const slot = (Math.imul(key, 0x9e3779b1) >>> 20) & (SLOTS - 1);
    const known = this.#ipv4Texts[slot];
    if (known !== undefined && this.#ipv4Keys[slot] === key) return known;
    const text = formatIpv4(bytes, at);
    this.#ipv4Keys[slot] = key;
    this.#ipv4Texts[slot] = text;
    return text;
  }

  /** The sixteen bytes at `at` as RFC 5952 writes them; they must be captured. */
  ipv6(bytes: Uint8Array, at: number): string {
    const word0 = readInt32(bytes, at);
    const word1 = readInt32(bytes, at + 4);
    const word2 = readInt32(bytes, at + 8);
    const word3 = readInt32(bytes, at + 12);
    let hash = Math.imul(word0, 0x9e3779b1) ^ word1;
    hash = Math.imul(hash, 0x85ebca6b) ^ word2;
    hash = Math.imul(hash, 0xc2b2ae35) ^ word3;
    const slot = (Math.imul(hash, 0x9e3779b1) >>> 20) & (SLOTS - 1);
    const keys = this.#ipv6Keys;
    const first = slot * 4;
    const known = this.#ipv6Texts[slot];
    if (
      known !== undefined &&
      keys[first] === word0 &&
      keys[first + 1] === word1 &&
      keys[first + 2] === word2 &&
      keys[first + 3] === word3
    ) {
      return known;
    }
    const text = formatIpv6(bytes, at);
    keys[first] = word0;
    keys[first + 1] = word1;
    keys[first + 2] = word2;
    keys[first + 3] = word3;
    this.#ipv6Texts[slot] = text;
    return text;
  }
}
