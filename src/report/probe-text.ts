/** What `gapcap doctor --probe` found, as text and as JSON. */

import { release } from 'node:os';
import { formatCounted } from './number-text.js';
import { safeText } from './safe-text.js';

/** One sentence about the kernel and whether it holds. */
export interface ProbedSentence {
  readonly sentence: string;
  /** Which engine needs it: `ring`, `socket`, `both`. */
  readonly engine: string;
  /** Whether this kernel does what the sentence says. */
  readonly holds: boolean;
  /** What was seen instead; undefined where it holds. */
  readonly seen: string | undefined;
}

/** The JSON of `gapcap doctor --probe --json`. */
export interface ProbeJson {
  readonly kernel: string;
  /** Where the result is kept for captures to come. */
  readonly kept: string;
  /** Whether every sentence holds. */
  readonly holds: boolean;
  /** The sentences, in the order in which they were tried. */
  readonly sentences: readonly {
    readonly sentence: string;
    readonly engine: string;
    readonly holds: boolean;
    /** null: it holds. */
    readonly seen: string | null;
  }[];
}

/** `holds: …`, or `FAILS: …` with what was seen on a second line. */
export function probeLines({ sentence, engine, holds, seen }: ProbedSentence): string[] {
  const needs = engine === 'both' ? '' : ` (--engine ${engine})`;
  if (holds) return [`holds: ${sentence}${needs}`];
  return [`FAILS: ${sentence}${needs}`, `       ${safeText(seen ?? '')}`];
}

/** What follows for captures on this kernel. */
export function probeVerdict(outcomes: readonly ProbedSentence[], path: string): string[] {
  const failed = outcomes.filter(({ holds }) => !holds);
  const kept = `Kept for Linux ${safeText(release())} in ${safeText(path)}.`;
  if (failed.length === 0) {
    const all = `All ${outcomes.length} assumptions on which exact gaps rest hold on this kernel.`;
    return [all, kept];
  }
  const engines = new Set(failed.map(({ engine }) => engine));
  const other = engines.has('ring') ? 'socket' : 'ring';
  const advice =
    engines.size === 1 && !engines.has('both')
      ? ` What --engine ${other} needs holds: its gaps are exact.`
      : '';
  return [
    `${formatCounted(failed.length, 'assumption')} of ${outcomes.length} ${failed.length === 1 ? "doesn't" : "don't"} hold on this kernel: captures tell no gap as exact.${advice}`,
    `${kept} Please report it, with the text above.`,
  ];
}

/** The outcomes as JSON. */
export function toProbeJson(outcomes: readonly ProbedSentence[], path: string): ProbeJson {
  return {
    kernel: release(),
    kept: path,
    holds: outcomes.every(({ holds }) => holds),
    sentences: outcomes.map(({ seen, ...one }) => ({ ...one, seen: seen ?? null })),
  };
}
