/**
 * The part of the public interface that fills gaps of one capture from others: the same exports as in
 * `index.ts`, without native code.
 */

export { healCapture } from './heal/heal-captures.js';
export {
  type HealedGapJson,
  type HealJson,
  type HealSourceJson,
  toHealJson,
} from './heal/heal-json.js';
export type {
  HealedGap,
  HealOptions,
  HealProgress,
  HealResult,
  HealSource,
} from './heal/heal-options.js';
