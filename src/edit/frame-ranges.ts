/** Sets of frame numbers as people write them: `10-20,30,100-`. */

import { ArgumentError } from '../core/errors.js';

/** Frame numbers in ranges; numbers from 1. */
export class FrameRanges {
  /** First and last number of each range, in order and apart from each other. */
  readonly #ranges: readonly (readonly [first: number, last: number])[];
  /** Where the last question was answered: numbers mostly come in order. */
  #at = 0;

  private constructor(ranges: readonly (readonly [number, number])[]) {
    this.#ranges = ranges;
  }

  /**
   * Reads ranges: numbers and `first-last`, separated by commas; `first-` goes to the end, `-last`
   * starts with the first frame.
   *
   * @throws {ArgumentError} `BAD_FRAME_RANGE`
   */
  static parse(text: string): FrameRanges {
    const ranges = text.split(',').map((part): [number, number] => {
      const match = /^\s*(?:(\d{1,15})|(\d{0,15})\s*-\s*(\d{0,15}))\s*$/.exec(part);
      const single = match?.[1];
      const open = match !== null && single === undefined && match[2] === '' && match[3] === '';
      const first = Number(single ?? (match?.[2] || 1));
      const last = Number(single ?? (match?.[3] || Number.POSITIVE_INFINITY));
      if (match === null || open || first < 1 || last < first) throw badRange(part);
      return [first, last];
    });
    return new FrameRanges(joined(ranges));
  }

  /** Whether a frame's number is in one of the ranges. */
  has(frameNumber: number): boolean {
    const ranges = this.#ranges;
    let at = this.#at;
    if (at >= ranges.length || frameNumber < ranges[at]![0]) at = 0;
    while (at < ranges.length && frameNumber > ranges[at]![1]) at++;
    this.#at = at;
    return at < ranges.length && frameNumber >= ranges[at]![0];
  }
}

function joined(ranges: readonly [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}

function badRange(part: string): ArgumentError {
  return new ArgumentError('BAD_FRAME_RANGE', `'${part}' is no range of frames.`, {
    argument: 'frames',
    value: part,
    expected: 'numbers from 1 on and ranges such as 10-20,30,100-',
    hint: 'Write numbers from 1 on and ranges, such as 10-20,30,100-.',
  });
}
