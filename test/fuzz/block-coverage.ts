/** Which blocks of the program have run, as V8 counts them: what tells a mutation that leads somewhere new. */

import { Session } from 'node:inspector';

interface CoveredScript {
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly {
      readonly startOffset: number;
      readonly endOffset: number;
      readonly count: number;
    }[];
  }[];
}

/** Counts the blocks reached in the program's own files, from the moment it is made. */
export class BlockCoverage {
  readonly #session = new Session();
  readonly #reached = new Set<string>();
  readonly #known = new Set<string>();
  readonly #wanted: RegExp;

  /** @param wanted matches the addresses of the files to look at */
  constructor(wanted: RegExp) {
    this.#wanted = wanted;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Blocks reached so far. */
  get reached(): number {
    return this.#reached.size;
  }

  /** Blocks of functions that have been called at least once so far, reached or not. */
  get known(): number {
    return this.#known.size;
  }

  /** Looks at what has run since the last look; gives the blocks that ran for the first time. */
  look(): string[] {
    const fresh: string[] = [];
    this.#eachSinceLastLook((block) => {
      if (this.#reached.has(block)) return;
      this.#reached.add(block);
      fresh.push(block);
    });
    return fresh;
  }

  /** Whether any of these blocks has run since the last look. */
  hasRun(blocks: readonly string[]): boolean {
    const wanted = new Set(blocks);
    let found = false;
    this.#eachSinceLastLook((block) => {
      found ||= wanted.has(block);
    });
    return found;
  }

  #eachSinceLastLook(take: (block: string) => void): void {
    let scripts: readonly CoveredScript[] = [];
    // The answer of a session in the same thread comes before the call returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error;
      scripts = answer.result;
    });
    for (const { url, functions } of scripts) {
      if (!this.#wanted.test(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          const block = `${url}:${startOffset}-${endOffset}`;
          this.#known.add(block);
          if (count > 0) take(block);
        }
      }
    }
  }
}
