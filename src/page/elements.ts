/** Elements of the page. Text goes in as text: nothing that a file says is ever read as HTML. */

import { safeText } from '../report/safe-text.js';

/** What an element may hold: elements, or text that is made harmless on the way. */
export type Content = Node | string;

/** Makes an element with attributes and content; an attribute that is undefined is left out. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  fill(made, ...content);
  return made;
}

/** Replaces what an element holds. */
export function fill(target: Element, ...content: readonly Content[]): void {
  target.replaceChildren(
    ...content.map((one) =>
      typeof one === 'string' ? document.createTextNode(safeText(one)) : one,
    ),
  );
}

/** The element of the page with an id that the page is sure to have. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found;
}

/** Makes an SVG element. */
export function svg(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...content: readonly Node[]
): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...content);
  return made;
}
