/** A queue that is looked into from its front. */

/** Where this many places at the front are empty, the rest moves up. */
const COMPACT_AT = 1024;

/** First in, first out, with a look at any place; all in constant time on average. */
export class Deque<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The item at a place, 0 being the front; undefined behind the end. */
  at(index: number): Item | undefined {
    return this.#items[this.#head + index];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** Takes the front off; undefined where it is empty. */
  shift(): Item | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes the first `count` items off. */
  take(count: number): Item[] {
    const taken: Item[] = [];
    for (let i = 0; i < count; i++) taken.push(this.shift()!);
    return taken;
  }
}
