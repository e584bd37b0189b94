/** Light or dark: as the system says, until the reader chooses. */

import { byId, fill } from './elements.js';

/** The colours that plots are drawn with, read from the style sheet. */
export interface Colours {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly captured: string;
  readonly capturedFill: string;
  readonly peak: string;
  readonly lost: string;
  readonly lostFill: string;
  readonly bounded: string;
  readonly boundedFill: string;
}

const names: Readonly<Record<keyof Colours, string>> = {
  ink: '--ink',
  muted: '--muted',
  grid: '--grid',
  captured: '--captured',
  capturedFill: '--captured-fill',
  peak: '--peak',
  lost: '--lost',
  lostFill: '--lost-fill',
  bounded: '--bounded',
  boundedFill: '--bounded-fill',
};

/** The present theme: which it is, its colours, and who wants to know when it changes. */
export class Theme {
  #colours: Colours;
  readonly #listeners: (() => void)[] = [];
  readonly #system = window.matchMedia('(prefers-color-scheme: dark)');

  constructor() {
    this.#colours = readColours();
    this.#system.addEventListener('change', () => this.#changed());
    byId('theme').addEventListener('click', () => this.choose(this.isDark ? 'light' : 'dark'));
    this.#label();
  }

  get colours(): Colours {
    return this.#colours;
  }

  get isDark(): boolean {
    const chosen = document.documentElement.dataset['theme'];
    return chosen === undefined ? this.#system.matches : chosen === 'dark';
  }

  /** @param theme undefined: as the system says */
  choose(theme: 'light' | 'dark' | undefined): void {
    if (theme === undefined) delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    this.#changed();
  }

  /** What the reader chose; undefined: nothing. */
  get chosen(): 'light' | 'dark' | undefined {
    return document.documentElement.dataset['theme'] as 'light' | 'dark' | undefined;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #changed(): void {
    this.#colours = readColours();
    this.#label();
    for (const listener of this.#listeners) listener();
  }

  #label(): void {
    fill(byId('theme'), this.isDark ? 'Light' : 'Dark');
    byId('theme').setAttribute('aria-label', `Switch to ${this.isDark ? 'light' : 'dark'} colours`);
  }
}

function readColours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const entries = Object.entries(names).map(([key, name]) => [key, style.getPropertyValue(name)]);
  return Object.fromEntries(entries) as unknown as Colours;
}
