/** Which interface a printed frame came from or went to, where there are several. */

import type { CaptureInterface, FrameBatch } from '../index.js';

/** LINKTYPE_LINUX_SLL2, with which frames of all interfaces at once come. */
const cookedLinkType = 276;
/** Where the interface's number is in that header. */
const cookedInterfaceAt = 4;
const cookedHeaderLength = 20;
/** Bits of `FrameBatch.flags` with the direction. */
const inbound = 1;
const outbound = 2;
const directionMask = 3;
/** Time after which a number that nobody knew is asked for again. */
const askAgainMs = 1000;

/** What there is of an interface in the system. */
interface NumberedInterface {
  readonly index: number;
  readonly name: string;
}

/** Writes the interface and the direction of frames, in columns as wide as the widest name known. */
export class FramePlace {
  readonly #listAll: () => readonly NumberedInterface[];
  readonly #safe: (text: string) => string;
  readonly #names = new Map<number, string>();
  /** Names of the interfaces captured from, by their position. */
  #own: readonly string[] = [];
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #width = 0;

  /**
   * @param listAll the system's interfaces; asked at most once a second
   * @param safe makes a name harmless on a terminal
   */
  constructor(listAll: () => readonly NumberedInterface[], safe: (text: string) => string) {
    this.#listAll = listAll;
    this.#safe = safe;
  }

  /**
   * `eth0 in  `, with a blank at the end, of the frame that the batch stands on; empty where all frames
   * are of one interface.
   */
  of(batch: FrameBatch, interfaces: readonly CaptureInterface[]): string {
    const own = interfaces[batch.interfaceId]!;
    const cooked = own.linkType === cookedLinkType && batch.capturedLength >= cookedHeaderLength;
    if (!cooked && interfaces.length === 1) return '';
    if (this.#own.length !== interfaces.length) {
      this.#own = interfaces.map(({ id, name }) => this.#safe(name ?? String(id)));
      for (const one of this.#own) this.#widen(one);
    }
    const name = cooked ? this.#nameIn(batch) : this.#own[own.id]!;
    this.#widen(name);
    return `${name.padEnd(this.#width)} ${wayOf(batch.flags)} `;
  }

  #nameIn({ bytes, byteOffset }: FrameBatch): string {
    const at = byteOffset + cookedInterfaceAt;
    const index =
      bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
    const known = this.#names.get(index);
    if (known !== undefined) return known;
    const nowMs = performance.now();
    if (nowMs - this.#askedAtMs >= askAgainMs) {
      this.#askedAtMs = nowMs;
      for (const { index: number, name } of this.#listAll()) {
        const shown = this.#safe(name);
        this.#names.set(number, shown);
        this.#widen(shown);
      }
    }
    return this.#names.get(index) ?? `if${index}`;
  }

  #widen(name: string): void {
    this.#width = Math.max(this.#width, name.length);
  }
}

function wayOf(flags: number): string {
  const way = flags & directionMask;
  if (way === inbound) return 'in ';
  return way === outbound ? 'out' : '   ';
}
