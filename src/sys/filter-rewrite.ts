/**
 * Filter programs fitted to what the kernel runs them on.
 *
 * A program is written for frames as they are recorded. The kernel runs it on its own view:
 *
 * - On a cooked socket the bytes begin with the packet; the header that gapcap puts before it
 *   (LINKTYPE_LINUX_SLL2, 20 bytes) isn't there, and what is in it is loaded by other means.
 * - The number a program returns is how much of the frame the kernel keeps, so it may not be more
 *   than was asked for.
 *
 * libpcap does the same for its own handles (pcap-linux.c: fix_program(), fix_offset()), but for the
 * length of a frame, which it leaves as the kernel sees it: without the cooked header.
 */

import { UnsupportedError } from '../core/errors.js';
import { ANCILLARY_OFFSET, Ancillary, CLASS_JMP, CLASS_MASK, Opcode } from './filter-opcode.js';
import type { FilterInstruction, FilterProgram } from './filter-program.js';

/** Bytes of the cooked header. */
const SLL2_LENGTH = 20;

/** The largest number of instructions that a comparison can skip. */
const LONGEST_JUMP = 0xff;

/** The fields of the cooked header as the kernel tells them, by the load that reads one whole. */
const COOKED_FIELDS: ReadonlyMap<string, number> = new Map([
  [fieldKey(Opcode.LD_H_ABS, 0), Ancillary.Protocol],
  [fieldKey(Opcode.LD_W_ABS, 4), Ancillary.InterfaceIndex],
  [fieldKey(Opcode.LD_H_ABS, 8), Ancillary.HardwareType],
  [fieldKey(Opcode.LD_B_ABS, 10), Ancillary.PacketType],
]);

/**
 * The program that lets the kernel keep at most so many bytes of each frame it takes.
 *
 * @param bytes 1 … 2^32 − 1
 */
export function limitKeptBytes(program: FilterProgram, bytes: number): FilterProgram {
  return expand(program, (instruction) => {
    if (instruction.code === Opcode.RET_K) {
      return [{ ...instruction, k: Math.min(instruction.k, bytes) }];
    }
    if (instruction.code !== Opcode.RET_A) return [instruction];
    return [
      { code: Opcode.JGT_K, jt: 0, jf: 1, k: bytes },
      { code: Opcode.RET_K, jt: 0, jf: 0, k: bytes },
      instruction,
    ];
  });
}

/**
 * The program for a socket without link headers, made from one for LINKTYPE_LINUX_SLL2.
 *
 * @throws {UnsupportedError} `NO_SUCH_COOKED_FIELD` where it reads of the cooked header what the
 *   kernel can't tell: the sender's address, or a part of a field
 */
export function toCookedView(program: FilterProgram): FilterProgram {
  return expand(program, (instruction) => {
    const { code, k } = instruction;
    switch (code) {
      case Opcode.LD_W_ABS:
      case Opcode.LD_H_ABS:
      case Opcode.LD_B_ABS:
        return [{ ...instruction, k: cookedOffset(code, k) }];
      case Opcode.LD_W_IND:
      case Opcode.LD_H_IND:
      case Opcode.LD_B_IND:
      case Opcode.LDX_MSH:
        if (k < SLL2_LENGTH) throw noSuchField(k);
        return [{ ...instruction, k: k - SLL2_LENGTH }];
      case Opcode.LD_LEN:
        return [instruction, { code: Opcode.ADD_K, jt: 0, jf: 0, k: SLL2_LENGTH }];
      default:
        return [instruction];
    }
  });
}

function cookedOffset(code: number, k: number): number {
  // What is loaded from the kernel's knowledge already, or relative to its own marks, stays.
  if (k > 0x7fff_ffff) return k;
  if (k >= SLL2_LENGTH) return k - SLL2_LENGTH;
  const field = COOKED_FIELDS.get(fieldKey(code, k));
  if (field === undefined) throw noSuchField(k);
  return ANCILLARY_OFFSET + field;
}

function fieldKey(code: number, offset: number): string {
  return `${code}@${offset}`;
}

function noSuchField(offset: number): UnsupportedError {
  return new UnsupportedError(
    'NO_SUCH_COOKED_FIELD',
    `The filter looks at byte ${offset} of the cooked header, which the kernel doesn't have while it filters.`,
    {
      feature: 'filtering by part of a cooked header',
      hint: 'Protocol, interface, hardware type and packet type can be asked for, each as a whole; or capture from one Ethernet interface.',
    },
  );
}

/**
 * Replaces each instruction by one or more, and moves the targets of all jumps along.
 *
 * A jump among the instructions that replace one is left as it is; where it stands for the same
 * jump, it is the last of them.
 */
function expand(
  program: FilterProgram,
  replace: (instruction: FilterInstruction) => readonly FilterInstruction[],
): FilterProgram {
  const parts = program.map(replace);
  const starts: number[] = [];
  let length = 0;
  for (const part of parts) {
    starts.push(length);
    length += part.length;
  }
  if (length === program.length) return parts.flat();
  const moved = (index: number, skipped: number): number =>
    starts[index + 1 + skipped]! - (starts[index]! + 1);
  return parts.flatMap((part, index) => {
    const original = program[index]!;
    if ((original.code & CLASS_MASK) !== CLASS_JMP) return part;
    if (original.code === Opcode.JA) return [{ ...original, k: moved(index, original.k) }];
    const jt = moved(index, original.jt);
    const jf = moved(index, original.jf);
    if (Math.max(jt, jf) <= LONGEST_JUMP) return [{ ...original, jt, jf }];
    throw new UnsupportedError(
      'FILTER_TOO_LONG',
      `The filter is too long: a comparison would have to jump over ${Math.max(jt, jf)} instructions.`,
      { feature: 'long filters', hint: 'Make it shorter, or capture with several simpler ones.' },
    );
  });
}
