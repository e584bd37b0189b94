/** What went on right before and right after a gap: rates, flows, single frames. */

import { Dissection } from '../headers/dissection.js';
import { flowKey, isFromLowerEndpoint } from '../headers/flow-key.js';
import { FrameSummary } from './frame-summary.js';
import type { FrameWindow } from './frame-window.js';

/** Frames looked at on each side of a gap. */
export const FRAMES_AROUND = 100;
/** Flows named on each side of a gap. */
const FLOWS_NAMED = 5;
/** Frames on each side of a gap whose times and lengths are kept. */
const FRAMES_KEPT = 24;

/** A conversation near a gap, both directions together. */
export interface NearbyFlow {
  /** `TCP`, `UDP`, `ARP`, …, as `FrameSummary.protocol` names it. */
  readonly protocol: string;
  /** One end: `192.0.2.1:443`, `[2001:db8::1]:443`, without ports the address alone; may be empty. */
  readonly from: string;
  /** The other end. */
  readonly to: string;
  /** Its frames among those looked at. */
  readonly frames: number;
  /** Bytes that these had on the wire. */
  readonly bytes: number;
}

/** One frame near a gap. */
export interface NearbyFrame {
  /** Its number in the file, from 1. */
  readonly number: number;
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly timeNs: bigint;
  /** Bytes it had on the wire. */
  readonly bytes: number;
}

/** One side of a gap: up to 100 neighbouring frames of the file, those of the gap's interface. */
export interface GapSide {
  /** Frames of the interface that were looked at. */
  readonly frames: number;
  /** Frames per second from the first to the last of them; undefined where that takes no time. */
  readonly framesPerSecond: number | undefined;
  /** The flows with the most frames, at most five. */
  readonly flows: readonly NearbyFlow[];
  /** How many more flows there were. */
  readonly flowsOmitted: number;
  /** The nearest of the frames that have a time, in the order of the file, at most 24. */
  readonly nearest: readonly NearbyFrame[];
}

/** Looks at one side of a gap; holds what is used again for each. */
export class SurroundingsReader {
  readonly #window: FrameWindow;
  readonly #summary = new FrameSummary();
  readonly #dissection = new Dissection();

  /** @param window the frames; must hold those that `side` is asked for */
  constructor(window: FrameWindow) {
    this.#window = window;
  }

  /**
   * Describes a run of frames.
   *
   * @param first number of the first frame
   * @param last number of the last frame; less than `first` where there is none
   * @param nearest on which end the gap lies
   */
  side(first: number, last: number, interfaceId: number, nearest: 'first' | 'last'): GapSide {
    const numbers: number[] = [];
    for (let number = first; number <= last; number++) {
      if (this.#window.interfaceId(number) === interfaceId) numbers.push(number);
    }
    const { flows, flowsOmitted } = this.#flows(numbers);
    const near = nearest === 'last' ? numbers.slice(-FRAMES_KEPT) : numbers.slice(0, FRAMES_KEPT);
    return {
      frames: numbers.length,
      framesPerSecond: this.#rate(numbers),
      flows,
      flowsOmitted,
      nearest: near.flatMap((number) => {
        const timeNs = this.#window.timeNs(number);
        return timeNs === undefined
          ? []
          : [{ number, timeNs, bytes: this.#window.originalLength(number) }];
      }),
    };
  }

  // n frames span n − 1 distances.
  #rate(numbers: readonly number[]): number | undefined {
    const [first] = numbers;
    const last = numbers.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const startNs = this.#window.timeNs(first);
    const endNs = this.#window.timeNs(last);
    if (startNs === undefined || endNs === undefined || endNs <= startNs) return undefined;
    return ((numbers.length - 1) * 1e9) / Number(endNs - startNs);
  }

  #flows(numbers: readonly number[]): { flows: NearbyFlow[]; flowsOmitted: number } {
    const flows = new Map<string, { number: number; frames: number; bytes: number }>();
    for (const number of numbers) {
      const key = this.#keyOf(number);
      const known = flows.get(key);
      const bytes = this.#window.originalLength(number);
      if (known === undefined) flows.set(key, { number, frames: 1, bytes });
      else {
        known.frames++;
        known.bytes += bytes;
      }
    }
    const sorted = [...flows.values()].sort(
      (a, b) => b.frames - a.frames || b.bytes - a.bytes || a.number - b.number,
    );
    const named = sorted.slice(0, FLOWS_NAMED).map(({ number, frames, bytes }) => ({
      ...this.#ends(number),
      frames,
      bytes,
    }));
    return { flows: named, flowsOmitted: sorted.length - named.length };
  }

  // Where there are no ports, what a person would tell flows apart by: protocol and addresses.
  #keyOf(number: number): string {
    this.#window.dissect(number, this.#dissection);
    const key = flowKey(this.#dissection);
    if (key !== undefined) return key;
    const { protocol, from, to } = this.#ends(number);
    return from < to ? `${protocol} ${from} ${to}` : `${protocol} ${to} ${from}`;
  }

  #ends(number: number): { protocol: string; from: string; to: string } {
    const summary = this.#summary;
    this.#window.dissect(number, summary.dissection);
    const d = summary.dissection;
    const source = endpoint(summary.source, d.ipVersion, d.sourcePort);
    const destination = endpoint(summary.destination, d.ipVersion, d.destinationPort);
    const { protocol } = summary;
    // The same order whichever direction was met first, so that both sides of a gap compare.
    const forward = d.sourcePort < 0 ? source <= destination : isFromLowerEndpoint(d);
    return forward
      ? { protocol, from: source, to: destination }
      : { protocol, from: destination, to: source };
  }
}

function endpoint(address: string, ipVersion: number, port: number): string {
  if (port < 0) return address;
  return ipVersion === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
