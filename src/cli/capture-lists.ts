/** `-D`, `-L` and `-y` of `gapcap capture`: what there is to capture from. */

import type { LiveSourceOptions } from '../index.js';
import { type CollectedInterfaces, chosenInterfaces } from './capture-interfaces.js';
import { UsageError } from './usage-error.js';

/** Prints a line for each interface, with the number that `-i` takes: `2. eth0 (uplink)`. */
export async function listForCapture(): Promise<void> {
  const { ANY_INTERFACE, findTarget, listInterfaces, safeText } = await import('../interfaces.js');
  const all = findTarget(ANY_INTERFACE);
  const lines = [...listInterfaces(), { ...all, index: all.ifindex }].map(
    ({ index, name, description }) =>
      `${index}. ${safeText(name)}${description === undefined ? '' : ` (${safeText(description)})`}`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints the link type of each interface, which is the only one it has. */
export async function listLinkTypes(interfaces: readonly LiveSourceOptions[]): Promise<void> {
  const { findTarget, linkTypeName, safeText } = await import('../interfaces.js');
  for (const { interfaceName } of interfaces) {
    const { name, linkType } = findTarget(interfaceName);
    process.stdout.write(
      `Data link type of interface ${safeText(name)}:\n  ${linkTypeName(linkType)}\n`,
    );
  }
}

/**
 * Holds the link types that were asked for against those that the interfaces have: each has one.
 *
 * @throws {UsageError} for another one
 */
export async function checkLinkTypes(given: CollectedInterfaces): Promise<void> {
  for (const { interface: asked, linktype } of chosenInterfaces(given)) {
    if (linktype === undefined) continue;
    const { findTarget, linkTypeName } = await import('../interfaces.js');
    const { name, linkType } = findTarget(asked);
    const own = linkTypeName(linkType);
    if (linktype.toUpperCase().replace(/^(DLT|LINKTYPE)_/, '') === own) continue;
    throw new UsageError(`-y: frames of ${name} have no link type '${linktype}'`, `It is ${own}.`);
  }
}

/** Prints who can stamp an interface's frames, one a line. */
export async function listTimeStamps(interfaces: readonly LiveSourceOptions[]): Promise<void> {
  const { ANY_INTERFACE, findTarget, listTimeStampTypes, safeText } = await import(
    '../interfaces.js'
  );
  for (const { interfaceName } of interfaces) {
    const { name } = findTarget(interfaceName);
    const types = name === ANY_INTERFACE ? ['host'] : listTimeStampTypes(name);
    process.stdout.write(
      `Time stamp types of interface ${safeText(name)}:\n${types.map((type) => `  ${type}\n`).join('')}`,
    );
  }
}
