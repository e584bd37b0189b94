/** What is left of losses of several rings when frames were found some of which any of them may have lost. */

import { exactLoss, type Loss } from '../core/loss.js';

/** What becomes of each loss. */
export interface RingShares {
  /** What is left of each; undefined: nothing. */
  readonly left: readonly (Loss | undefined)[];
  /**
   * How many frames were lost in each, where nothing is left of it, nor of its group, and that follows; undefined: only
   * the sum is known.
   */
  readonly numbers: readonly (number | undefined)[];
  /** Whether frames were found for each, or for one that shares some with it. */
  readonly isTouched: readonly boolean[];
  /** Losses that share frames, or a sum: what is left of one follows from what was found for all of its list. */
  readonly components: readonly (readonly number[])[];
}

/**
 * Shares frames out among losses. Of those that share frames only the sum of what is left is known, and that is what they
 * become: a group of bounded losses with an exact sum, unless every lost frame was found.
 *
 * @param losses exact ones, or groups given whole
 * @param fills of each frame found, which losses it may be of
 * @param newGroup gives the number of a new group
 * @returns undefined where they don't fit
 */
export function shareOut(
  losses: readonly Loss[],
  fills: readonly (readonly number[])[],
  newGroup: () => number,
): RingShares | undefined {
  if (!doFit(losses, fills)) return undefined;
  const left: (Loss | undefined)[] = [...losses];
  const numbers = losses.map(({ lost, group }) => (group === undefined ? lost : undefined));
  const isTouched = losses.map(() => false);
  const components = componentsOf(losses, fills);
  for (const members of components) {
    const own = fills.filter((gaps) => members.includes(gaps[0]!));
    if (own.length === 0) continue;
    const rest = sum(members.map((i) => losses[i]!.lost)) - own.length;
    if (rest < 0) return undefined;
    const bounds = tighten(
      members.map((i) => boundsOf(losses[i]!, i, own)),
      rest,
    );
    if (bounds === undefined) return undefined;
    const group = members.length > 1 ? newGroup() : 0;
    const most = members.map((i) => losses[i]!.lost);
    for (const [k, loss] of spread(bounds, { rest, most, group }).entries()) {
      left[members[k]!] = loss;
      isTouched[members[k]!] = true;
    }
    for (const its of groupsOf(members, losses)) {
      if (its.some((i) => left[i] !== undefined)) continue;
      for (const [k, number] of numbersOf(its, losses, own).entries()) numbers[its[k]!] = number;
    }
  }
  return { left, numbers, isTouched, components };
}

/** Losses of which only the sum was known, by their groups. */
function groupsOf(members: readonly number[], losses: readonly Loss[]): number[][] {
  const groups = new Map<number, number[]>();
  for (const i of members) {
    const { group } = losses[i]!;
    if (group === undefined) continue;
    const known = groups.get(group);
    if (known === undefined) groups.set(group, [i]);
    else known.push(i);
  }
  return [...groups.values()];
}

/** How many frames each loss of a group had, all of which were found: each or none is known. */
function numbersOf(
  members: readonly number[],
  losses: readonly Loss[],
  fills: readonly (readonly number[])[],
): (number | undefined)[] {
  const bounds = members.map((i) => {
    const { atLeast, atMost } = losses[i]!;
    const its = fills.filter((gaps) => gaps.includes(i));
    const alone = its.filter(({ length }) => length === 1).length;
    return { least: Math.max(atLeast, alone), most: Math.min(atMost, its.length) };
  });
  const tight = tighten(bounds, sum(members.map((i) => losses[i]!.lost)));
  const areKnown = tight?.every(({ least, most }) => least === most) === true;
  return members.map((_, k) => (areKnown ? tight[k]!.least : undefined));
}

/** Frames that may be of the same losses. */
interface Choice {
  readonly gaps: readonly number[];
  count: number;
  /** How many of them each loss has so far. */
  readonly given: Map<number, number>;
}

/** Whether every frame finds room in one of its losses: a flow, made larger along one path after the other. */
function doFit(losses: readonly Loss[], fills: readonly (readonly number[])[]): boolean {
  const choices = new Map<string, Choice>();
  for (const gaps of fills) {
    const name = gaps.join(' ');
    const choice = choices.get(name);
    if (choice === undefined) choices.set(name, { gaps, count: 1, given: new Map() });
    else choice.count++;
  }
  const room = losses.map(({ atMost }) => atMost);
  const all = [...choices.values()];
  return all.every((choice) => {
    while (choice.count > 0) if (!giveSome(choice, all, room)) return false;
    return true;
  });
}

/** A loss on a path: it takes frames of a choice from the loss before it, or new ones. */
interface Step {
  readonly gap: number;
  readonly choice: Choice;
  readonly from: Step | undefined;
}

/** Gives as many frames of a choice to a loss as a path of losses that hand frames on has room for. */
function giveSome(first: Choice, choices: readonly Choice[], room: number[]): boolean {
  const queue: Step[] = first.gaps.map((gap) => ({ gap, choice: first, from: undefined }));
  const seen = new Set(first.gaps);
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
    const { gap } = step;
    if (room[gap]! > 0) {
      give(step, first, room);
      return true;
    }
    for (const choice of choices) {
      if ((choice.given.get(gap) ?? 0) === 0) continue;
      for (const next of choice.gaps) {
        if (seen.has(next)) continue;
        seen.add(next);
        queue.push({ gap: next, choice, from: step });
      }
    }
  }
  return false;
}

function give(last: Step, first: Choice, room: number[]): void {
  let amount = Math.min(first.count, room[last.gap]!);
  for (let step = last; step.from !== undefined; step = step.from) {
    amount = Math.min(amount, step.choice.given.get(step.from.gap)!);
  }
  room[last.gap]! -= amount;
  first.count -= amount;
  for (let step: Step | undefined = last; step !== undefined; step = step.from) {
    const { gap, choice, from } = step;
    choice.given.set(gap, (choice.given.get(gap) ?? 0) + amount);
    if (from !== undefined) choice.given.set(from.gap, choice.given.get(from.gap)! - amount);
  }
}

/** Losses that share frames, or a sum. */
function componentsOf(losses: readonly Loss[], fills: readonly (readonly number[])[]): number[][] {
  const of = losses.map((_, i) => i);
  const join = (one: number, other: number): void => {
    const from = of[one]!;
    const to = of[other]!;
    if (from !== to) for (const [i, root] of of.entries()) if (root === from) of[i] = to;
  };
  for (const gaps of fills) for (const i of gaps) join(i, gaps[0]!);
  for (const [i, { group }] of losses.entries()) {
    if (group === undefined) continue;
    join(
      i,
      losses.findIndex((other) => other.group === group),
    );
  }
  return [...new Set(of)].map((root) => of.flatMap((other, i) => (other === root ? [i] : [])));
}

interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** What can be left of a loss: less those that it has alone, and perhaps those that it shares. */
function boundsOf(
  { atLeast, atMost }: Loss,
  index: number,
  fills: readonly (readonly number[])[],
): Bounds {
  const its = fills.filter((gaps) => gaps.includes(index));
  const alone = its.filter(({ length }) => length === 1).length;
  return { least: Math.max(0, atLeast - its.length), most: atMost - alone };
}

/** What the others must have, and can have at most, bounds each as well. */
function tighten(bounds: readonly Bounds[], rest: number): Bounds[] | undefined {
  const leastSum = sum(bounds.map(({ least }) => least));
  const mostSum = sum(bounds.map(({ most }) => most));
  if (rest < leastSum || rest > mostSum || bounds.some(({ least, most }) => least > most)) {
    return undefined;
  }
  return bounds.map(({ least, most }) => ({
    least: Math.max(least, rest - (mostSum - most)),
    most: Math.min(most, rest - (leastSum - least)),
  }));
}

/**
 * Losses within bounds whose sum is `rest`, none of them larger than it was said to be: there is always room, since
 * what was found for one loss makes its bound smaller by no more than that.
 */
function spread(
  bounds: readonly Bounds[],
  { rest, most: mostOf, group }: { rest: number; most: readonly number[]; group: number },
): (Loss | undefined)[] {
  let spare = rest - sum(bounds.map(({ least }) => least));
  return bounds.map(({ least, most }, i) => {
    const more = Math.min(spare, Math.min(most, mostOf[i]!) - least);
    spare -= more;
    if (least === most) return least > 0 ? exactLoss(least) : undefined;
    return { lost: least + more, certainty: 'bounded', atLeast: least, atMost: most, group };
  });
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
