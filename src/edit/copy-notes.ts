/** What a copy couldn't keep as it was, counted by kind, for people to read. */
export class CopyNotes {
  readonly #counts = new Map<string, number>();

  /** Takes note once more of something, such as `custom blocks left out`. */
  add(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** What was noted and how often, in the order in which it first came. */
  get entries(): readonly (readonly [what: string, count: number])[] {
    return [...this.#counts];
  }
}
