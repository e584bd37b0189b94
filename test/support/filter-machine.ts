/**
 * A machine for classic BPF, as the BPF paper and Documentation/networking/filter.rst describe it:
 * tests run programs on it. It knows codes as bits, not from the tables in src.
 */

import type { FilterProgram } from '../../src/sys/filter-program.js';

/** What a program is run on. */
export interface FilteredFrame {
  readonly bytes: Uint8Array;
  /** The frame's whole length; that of the bytes unless given. */
  readonly length?: number;
  /** What the kernel knows besides the bytes, by SKF_AD_ number. */
  readonly ancillary?: ReadonlyMap<number, number>;
}

/** Runs a program and returns how many bytes it would keep; a load outside the bytes rejects. */
export function runFilter(program: FilterProgram, frame: FilteredFrame): number {
  const memory = new Uint32Array(16);
  let a = 0;
  let x = 0;
  for (let pc = 0; ; pc++) {
    const { code, jt, jf, k } = program[pc]!;
    const operand = (code & 8) === 0 ? k : x;
    switch (code & 7) {
      case 0: {
        const value = load(code, k, x, frame, memory);
        if (value === undefined) return 0;
        a = value;
        break;
      }
      case 1: {
        const value = loadIndex(code, k, frame, memory);
        if (value === undefined) return 0;
        x = value;
        break;
      }
      case 2:
        memory[k] = a;
        break;
      case 3:
        memory[k] = x;
        break;
      case 4:
        a = calculate(code & 0xf0, a, operand) >>> 0;
        break;
      case 5:
        pc += (code & 0xf0) === 0 ? k : compare(code & 0xf0, a, operand) ? jt : jf;
        break;
      case 6:
        return (code & 0x18) === 0x10 ? a : k;
      default:
        if ((code & 0xf8) === 0) x = a;
        else a = x;
    }
  }
}

function load(
  code: number,
  k: number,
  x: number,
  frame: FilteredFrame,
  memory: Uint32Array,
): number | undefined {
  const size = 4 >> ((code & 0x18) >> 3);
  switch (code & 0xe0) {
    case 0x00:
      return k;
    case 0x20:
      if (k >= 0xffff_f000) return frame.ancillary?.get(k - 0xffff_f000);
      return read(frame.bytes, k, size);
    case 0x40:
      return read(frame.bytes, (k + x) % 2 ** 32, size);
    case 0x60:
      return memory[k]!;
    default:
      return frame.length ?? frame.bytes.length;
  }
}

function loadIndex(
  code: number,
  k: number,
  frame: FilteredFrame,
  memory: Uint32Array,
): number | undefined {
  switch (code & 0xe0) {
    case 0x00:
      return k;
    case 0x60:
      return memory[k]!;
    case 0x80:
      return frame.length ?? frame.bytes.length;
    default: {
      const byte = read(frame.bytes, k, 1);
      return byte === undefined ? undefined : 4 * (byte & 15);
    }
  }
}

/** A big-endian number of 4, 2 or 1 bytes (the sizes' bits stand for 0 → 4, 1 → 2, 2 → 1). */
function read(bytes: Uint8Array, at: number, size: number): number | undefined {
  if (at + size > bytes.length) return undefined;
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + bytes[at + i]!;
  return value;
}

function calculate(operation: number, a: number, operand: number): number {
  switch (operation) {
    case 0x00:
      return a + operand;
    case 0x10:
      return a - operand;
    case 0x20:
      return Math.imul(a, operand);
    case 0x30:
      return Math.floor(a / operand);
    case 0x40:
      return a | operand;
    case 0x50:
      return a & operand;
    case 0x60:
      return a << operand;
    case 0x70:
      return a >>> operand;
    case 0x80:
      return -a;
    case 0x90:
      return a % operand;
    default:
      return a ^ operand;
  }
}

function compare(operation: number, a: number, operand: number): boolean {
  switch (operation) {
    case 0x10:
      return a === operand;
    case 0x20:
      return a > operand;
    case 0x30:
      return a >= operand;
    default:
      return (a & operand) !== 0;
  }
}
