/** How far a simulation is: a bar on the terminal, where it takes more than a second. */

import type { Traffic } from '../index.js';
import { type LineTerminal, LiveLine } from './live-line.js';

/** Nothing is shown before. */
const patienceMs = 1000;
const redrawMs = 250;
/** Frames between two looks at the clock. */
const framesPerLook = 65_536;
const barWidth = 24;

/** Counts the frames of one or more simulations and shows them, also where no timer gets its turn. */
export class SimulationProgress {
  readonly #line: LiveLine;
  readonly #startMs = performance.now();
  #drawnMs = 0;
  #frames = 0;
  #part: number | undefined;
  #note = '';

  /** @param quiet whether nothing is to be shown at all */
  constructor(terminal: LineTerminal, quiet: boolean) {
    this.#line = new LiveLine(terminal, () => this.#render());
    if (!quiet) this.#line.start();
  }

  /** Says what is being done, such as `simulation 3 of 25`. */
  note(text: string): void {
    this.#note = text;
  }

  /** Takes the line off the terminal. */
  stop(): void {
    this.#line.stop();
  }

  /**
   * The same traffic, counted.
   *
   * @param part tells how much of it has passed, 0 to 1; undefined where that isn't known
   */
  watch(traffic: Traffic, part: (traffic: Traffic, frames: number) => number | undefined): Traffic {
    let frames = 0;
    return {
      get timeNs() {
        return traffic.timeNs;
      },
      get length() {
        return traffic.length;
      },
      get flow() {
        return traffic.flow;
      },
      next: () => {
        frames++;
        if (frames % framesPerLook === 0) {
          this.#frames += framesPerLook;
          this.#part = part(traffic, frames);
          this.#look();
        }
        return traffic.next();
      },
    };
  }

  #look(): void {
    const nowMs = performance.now();
    if (nowMs - this.#drawnMs < redrawMs) return;
    this.#drawnMs = nowMs;
    this.#line.rewrite();
  }

  #render(): string {
    const elapsedMs = performance.now() - this.#startMs;
    if (elapsedMs < patienceMs) return '';
    const millions = (count: number): string => (count / 1e6).toFixed(1);
    const rate = millions((this.#frames / elapsedMs) * 1000);
    const counts = `${millions(this.#frames)} million frames  ${rate} million/s`;
    return [progressBar(this.#part), counts, this.#note].filter((text) => text !== '').join('  ');
  }
}

/** `[######------------------]  25 %`; nothing where the part isn't known. */
export function progressBar(part: number | undefined): string {
  if (part === undefined) return '';
  const known = Math.min(1, Math.max(0, part));
  const done = Math.floor(known * barWidth);
  const percent = `${Math.floor(known * 100)} %`.padStart(5);
  return `[${'#'.repeat(done)}${'-'.repeat(barWidth - done)}] ${percent}`;
}
