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
/** Characters of a name that are shown: a file may have names of any length. */
const mostNameLength = 32;
/** Time after which a number that nobody knew is asked for again. */
const askAgainMs = 1000;

/** What there is of an interface in the system. */
interface NumberedInterface {
  readonly index: number;
  readonly name: string;
}

/** What of a frame says where it came from or went to. */
type PlacedFrame = Pick<
  FrameBatch,
  'interfaceId' | 'bytes' | 'byteOffset' | 'capturedLength' | 'flags'
>;

/** Whether lines of this interface's frames say which interface they are of. */
export function isPlaced(linkType: number, interfaceCount: number): boolean {
  return linkType === cookedLinkType || interfaceCount > 1;
}

/** Writes the interface and the direction of frames, in columns as wide as the widest name known. */
export class FramePlace {
  readonly #listAll: () => readonly NumberedInterface[];
  readonly #safe: (text: string) => string;
  readonly #names = new Map<number, string>();
  /** Names of the interfaces captured from, by their position. */
  readonly #own: string[] = [];
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
  of(
    frame: PlacedFrame,
    interfaces: readonly Pick<CaptureInterface, 'name' | 'linkType'>[],
  ): string {
    const { interfaceId: id } = frame;
    const { linkType } = interfaces[id]!;
    if (!isPlaced(linkType, interfaces.length)) return '';
    for (let i = this.#own.length; i < interfaces.length; i++) {
      const shown = this.#safe(interfaces[i]!.name ?? String(i)).slice(0, mostNameLength);
      this.#own.push(shown);
      if (interfaces.length > 1) this.#widen(shown);
    }
    const cooked = linkType === cookedLinkType && frame.capturedLength >= cookedHeaderLength;
    if (!cooked && interfaces.length === 1) return '';
    const name = cooked ? this.#nameIn(frame) : this.#own[id]!;
    this.#widen(name);
    return `${name.padEnd(this.#width)} ${wayOf(frame.flags)} `;
  }

  #nameIn({ bytes, byteOffset }: PlacedFrame): string {
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
