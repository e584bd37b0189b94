/** The gaps worth showing, when there may be more than anybody can look at. */

/**
 * Keeps the first items and, of those after them, the heaviest; a bounded number of each.
 *
 * Of equally heavy ones the earlier stays. So among what is kept are also the heaviest of all.
 * Cost: a comparison for most items, a step through a heap for those that get in.
 */
export class GapSelection<T> {
  readonly #firstLimit: number;
  readonly #heaviestLimit: number;
  readonly #weightOf: (item: T) => number;
  readonly #first: T[] = [];
  /** A binary heap, the one to go next on top. */
  readonly #heap: { readonly item: T; readonly weight: number; readonly order: number }[] = [];
  /** Items kept so far, whether or not they stayed. */
  #order = 0;

  /** @param weightOf by what an item is among the heaviest; asked once an item */
  constructor(firstLimit: number, heaviestLimit: number, weightOf: (item: T) => number) {
    this.#firstLimit = firstLimit;
    this.#heaviestLimit = heaviestLimit;
    this.#weightOf = weightOf;
  }

  /** Whether an item of this weight would be kept if it were offered now. */
  wants(weight: number): boolean {
    if (this.#first.length < this.#firstLimit) return true;
    if (this.#heap.length < this.#heaviestLimit) return true;
    return this.#heap.length > 0 && weight > this.#heap[0]!.weight;
  }

  /** Offers an item; keeps it where it is wanted. */
  offer(item: T): void {
    const order = this.#order++;
    const weight = this.#weightOf(item);
    if (this.#first.length < this.#firstLimit) {
      this.#first.push(item);
      return;
    }
    const heap = this.#heap;
    if (heap.length < this.#heaviestLimit) {
      heap.push({ item, weight, order });
      this.#rise(heap.length - 1);
    } else if (heap.length > 0 && weight > heap[0]!.weight) {
      heap[0] = { item, weight, order };
      this.#sink();
    }
  }

  /** What was kept, in the order in which it was offered. */
  kept(): T[] {
    const heaviest = this.#heap.slice().sort((a, b) => a.order - b.order);
    return [...this.#first, ...heaviest.map(({ item }) => item)];
  }

  #goesBefore(a: number, b: number): boolean {
    const one = this.#heap[a]!;
    const other = this.#heap[b]!;
    return one.weight < other.weight || (one.weight === other.weight && one.order > other.order);
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = kept;
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#goesBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    for (let at = 0; ; ) {
      let next = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#goesBefore(child, next)) next = child;
      }
      if (next === at) return;
      this.#swap(at, next);
      at = next;
    }
  }
}
