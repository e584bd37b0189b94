/** A queue that is looked into from its front: a ring of items that grows as needed. */

const FIRST_CAPACITY = 64;

/** First in, first out, with a look at any place; all in constant time on average. */
export class Deque<Item> {
  #items: (Item | undefined)[] = new Array<undefined>(FIRST_CAPACITY).fill(undefined);
  #mask: number = FIRST_CAPACITY - 1;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The item at a place, 0 being the front; undefined behind the end. */
  at(index: number): Item | undefined {
    return index < this.#length ? this.#items[(this.#head + index) & this.#mask] : undefined;
  }

  push(item: Item): void {
    if (this.#length > this.#mask) this.#grow();
    this.#items[(this.#head + this.#length++) & this.#mask] = item;
  }

  /** Takes the front off; undefined where it is empty. */
  shift(): Item | undefined {
    if (this.#length === 0) return undefined;
    const head = this.#head;
    const item = this.#items[head];
    this.#items[head] = undefined;
    this.#head = (head + 1) & this.#mask;
    this.#length--;
    return item;
  }

  /** Takes the first `count` items off. */
  take(count: number): Item[] {
    const taken: Item[] = [];
    for (let i = 0; i < count; i++) taken.push(this.shift()!);
    return taken;
  }

  #grow(): void {
    const items: (Item | undefined)[] = [];
    for (let i = 0; i < this.#length; i++) items.push(this.at(i));
    const capacity = this.#length * 2;
    while (items.length < capacity) items.push(undefined);
    this.#items = items;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}
