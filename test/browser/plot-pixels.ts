/** Plots, looked at as a person does. */

import type { Page } from 'playwright-core';

/** How many pixels of a plot's canvas have a colour near the one that a variable of the style sheet names. */
export function pixelsOf(page: Page, plot: string, variable: string): Promise<number> {
  return page.evaluate(
    ([id, name]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`#${id} canvas`)!;
      const colour = getComputedStyle(document.documentElement).getPropertyValue(name!).trim();
      const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
      // A copy, so that reading doesn't change how the canvas itself is kept.
      const copy = new OffscreenCanvas(canvas.width, canvas.height);
      const context = copy.getContext('2d', { willReadFrequently: true })!;
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let at = 0; at < data.length; at += 4) {
        const near = wanted.every((part, i) => Math.abs(part - data[at + i]!) < 24);
        if (near && data[at + 3]! > 128) count++;
      }
      return count;
    },
    [plot, variable],
  );
}
