/** Frames as columns: one row group's worth of each column, filled frame by frame. */

import { AddressCache } from '../analysis/address-cache.js';
import { FrameFlags } from '../core/frame.js';
import { formatMac } from '../headers/address.js';
import { Dissection } from '../headers/dissection.js';
import type { FileBatch } from '../source/format-reader.js';
import type { ColumnValues } from './parquet-file.js';

/**
 * Rows of a row group: an eighth of DuckDB's own. Arrays of this length are still small objects to V8
 * and are used again from its young generation; with 122,880 rows the same export took 1.6 times as
 * long (bench/files/export.ts), for the page faults of ever new memory.
 */
export const ROW_GROUP_ROWS = 15_360;

/** MAC addresses whose texts are kept; further ones are formatted anew. */
const MAC_LIMIT = 4096;

/** The highest number that INT32 holds. */
const INT32_MAX = 2 ** 31 - 1;

/**
 * Columns of `FRAMES_TABLE` under construction.
 *
 * The arrays are used again for every row group: what `take` gives is valid until the next `add`.
 */
export class FrameRows {
  readonly #dissection = new Dissection();
  readonly #addresses = new AddressCache();
  readonly #macs = new Map<number, string>();
  readonly #number = new Float64Array(ROW_GROUP_ROWS);
  readonly #time = new BigInt64Array(ROW_GROUP_ROWS);
  readonly #plusNs = new Int32Array(ROW_GROUP_ROWS);
  readonly #interface = new Int32Array(ROW_GROUP_ROWS);
  readonly #captured = new Int32Array(ROW_GROUP_ROWS);
  readonly #original = new Float64Array(ROW_GROUP_ROWS);
  readonly #capture: string[] = [];
  readonly #interfaceName: (string | null)[] = [];
  readonly #queue: (number | null)[] = [];
  readonly #direction: (string | null)[] = [];
  readonly #vlan: (number | null)[] = [];
  readonly #etherType: (number | null)[] = [];
  readonly #sourceMac: (string | null)[] = [];
  readonly #destinationMac: (string | null)[] = [];
  readonly #source: (string | null)[] = [];
  readonly #destination: (string | null)[] = [];
  readonly #protocol: (number | null)[] = [];
  readonly #sourcePort: (number | null)[] = [];
  readonly #destinationPort: (number | null)[] = [];
  readonly #tcpFlags: (number | null)[] = [];
  readonly #lostBefore: (bigint | null)[] = [];
  readonly #certainty: (string | null)[] = [];
  readonly #captureId: string;
  readonly #hasTimes: boolean;
  #count = 0;
  #isOrdered: boolean = true;
  #lastSeconds = 0;
  #lastNanoseconds = 0;

  /**
   * @param captureId identity of the file, the column `capture`
   * @param hasTimes false for the frames that have no time
   */
  constructor(captureId: string, hasTimes: boolean) {
    this.#captureId = captureId;
    this.#hasTimes = hasTimes;
  }

  /** Rows waiting. */
  get count(): number {
    return this.#count;
  }

  /** Whether the row group is full: `take` is due before the next `add`. */
  get isFull(): boolean {
    return this.#count === ROW_GROUP_ROWS;
  }

  /**
   * Adds the frame that the batch stands on.
   *
   * @param name of its interface
   */
  add(frame: FileBatch, frameNumber: number, linkType: number, name: string | undefined): void {
    const row = this.#count++;
    const { seconds, nanoseconds, flags, queue, lostBefore } = frame;
    if (
      seconds < this.#lastSeconds ||
      (seconds === this.#lastSeconds && nanoseconds < this.#lastNanoseconds)
    ) {
      this.#isOrdered = false;
    }
    this.#lastSeconds = seconds;
    this.#lastNanoseconds = nanoseconds;
    this.#number[row] = frameNumber;
    const plusNs = nanoseconds % 1000;
    this.#time[row] = BigInt(seconds * 1_000_000 + (nanoseconds - plusNs) / 1000);
    this.#plusNs[row] = plusNs;
    this.#interface[row] = frame.interfaceId;
    this.#captured[row] = frame.capturedLength;
    this.#original[row] = frame.originalLength;
    this.#capture[row] = this.#captureId;
    this.#interfaceName[row] = name ?? null;
    this.#queue[row] = queueCell(queue);
    this.#direction[row] = directionOf(flags);
    this.#lostBefore[row] = lostBefore === undefined ? null : BigInt(lostBefore.lost);
    this.#certainty[row] = lostBefore === undefined ? null : lostBefore.certainty;
    this.#addHeaders(row, frame, linkType);
  }

  /** The row group in the order of time, in the order of the table's columns; empties it. */
  take(): readonly ColumnValues[] {
    const rows = this.#count;
    const order = this.#isOrdered ? undefined : this.#orderOfTime();
    const whole = rows === ROW_GROUP_ROWS;
    const typed = <T extends Int32Array | BigInt64Array | Float64Array>(values: T): T => {
      if (order === undefined) return (whole ? values : values.subarray(0, rows)) as T;
      const sorted = values.slice(0, rows) as T;
      for (let i = 0; i < rows; i++) sorted[i] = values[order[i]!]!;
      return sorted;
    };
    const plain = <T>(values: T[]): T[] => {
      if (order !== undefined) return Array.from(order, (i) => values[i]!);
      return whole ? values : values.slice(0, rows);
    };
    const none = (): null[] => new Array<null>(rows).fill(null);
    this.#count = 0;
    this.#isOrdered = true;
    this.#lastSeconds = 0;
    this.#lastNanoseconds = 0;
    return [
      plain(this.#capture),
      smallNumbers(typed(this.#number)),
      this.#hasTimes ? typed(this.#time) : none(),
      this.#hasTimes ? typed(this.#plusNs) : none(),
      typed(this.#interface),
      plain(this.#interfaceName),
      plain(this.#queue),
      plain(this.#direction),
      typed(this.#captured),
      smallNumbers(typed(this.#original)),
      plain(this.#vlan),
      plain(this.#etherType),
      plain(this.#sourceMac),
      plain(this.#destinationMac),
      plain(this.#source),
      plain(this.#destination),
      plain(this.#protocol),
      plain(this.#sourcePort),
      plain(this.#destinationPort),
      plain(this.#tcpFlags),
      plain(this.#lostBefore),
      plain(this.#certainty),
    ];
  }

  #addHeaders(row: number, frame: FileBatch, linkType: number): void {
    const d = this.#dissection;
    const { bytes } = frame;
    d.dissect(bytes, frame.byteOffset, frame.capturedLength, frame.originalLength, linkType);
    this.#vlan[row] = orNull(d.vlanId);
    this.#etherType[row] = orNull(d.etherType);
    this.#sourceMac[row] = this.#macAt(bytes, d.sourceMacOffset);
    this.#destinationMac[row] = this.#macAt(bytes, d.destinationMacOffset);
    this.#source[row] = this.#addressAt(bytes, d.sourceAddressOffset, d.ipVersion);
    this.#destination[row] = this.#addressAt(bytes, d.destinationAddressOffset, d.ipVersion);
    this.#protocol[row] = orNull(d.protocol);
    this.#sourcePort[row] = orNull(d.sourcePort);
    this.#destinationPort[row] = orNull(d.destinationPort);
    this.#tcpFlags[row] = orNull(d.tcpFlags);
  }

  #addressAt(bytes: Uint8Array, at: number, ipVersion: number): string | null {
    if (at < 0) return null;
    return ipVersion === 4 ? this.#addresses.ipv4(bytes, at) : this.#addresses.ipv6(bytes, at);
  }

  #macAt(bytes: Uint8Array, at: number): string | null {
    if (at < 0) return null;
    const high = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    const key =
      high * 0x1000000 + ((bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!);
    const known = this.#macs.get(key);
    if (known !== undefined) return known;
    const text = formatMac(bytes, at);
    if (this.#macs.size < MAC_LIMIT) this.#macs.set(key, text);
    return text;
  }

  #orderOfTime(): Uint32Array {
    const times = this.#time;
    const rest = this.#plusNs;
    const order = new Uint32Array(this.#count).map((_, i) => i);
    // Frames of equal time keep their order: the sort is stable.
    return order.sort((a, b) => {
      if (times[a] === times[b]) return rest[a]! - rest[b]!;
      return times[a]! < times[b]! ? -1 : 1;
    });
  }
}

/** A receive queue's or ring's number as both tables hold it; one that INT32 can't hold is nonsense, and unknown. */
export function queueCell(queue: number | undefined): number | null {
  return queue === undefined || queue > INT32_MAX ? null : queue;
}

/** As 32-bit numbers where they all fit, which the writer encodes several times as fast. */
function smallNumbers(values: Float64Array): ColumnValues {
  const small = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > INT32_MAX) return Array.from(values, BigInt);
    small[i] = value;
  }
  return small;
}

function orNull(value: number): number | null {
  return value < 0 ? null : value;
}

function directionOf(flags: number): string | null {
  const direction = flags & FrameFlags.Direction;
  if (direction === FrameFlags.Inbound) return 'in';
  return direction === FrameFlags.Outbound ? 'out' : null;
}
