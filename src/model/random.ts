/** Seeded random numbers, the same on every machine. */

const TWO_POW_32 = 2 ** 32;

/**
 * A small fast generator: sfc32, three words of noise and a counter.
 *
 * Source: Chris Doty-Humphrey, "sfc32" in PractRand 0.94 (public domain): shifts 9, 3 and 21. The
 * first fifteen outputs after seeding are thrown away.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed any whole number; its low 53 bits are used */
  constructor(seed: number) {
    this.#a = 0;
    this.#b = seed | 0;
    this.#c = Math.floor(seed / TWO_POW_32) | 0;
    for (let i = 0; i < 15; i++) this.next32();
  }

  /** The next number, 0 … 2^32 − 1. */
  next32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** The next number from 0 up to but not including 1, in steps of 2^−32. */
  nextFraction(): number {
    return this.next32() / TWO_POW_32;
  }

  /** The next number of an exponential distribution: a waiting time, in the unit of its mean. */
  nextExponential(mean: number): number {
    return -Math.log(1 - this.nextFraction()) * mean;
  }
}
