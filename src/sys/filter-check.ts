/** The kernel's rules for classic BPF programs, checked before it does, so that the answer has words. */

import { CLASS_JMP, CLASS_MASK, isOpcode, Opcode } from './filter-opcode.js';
import type { FilterInstruction, FilterProgram } from './filter-program.js';

/** Instructions that a program may have (BPF_MAXINSNS). */
export const MAX_INSTRUCTIONS = 4096;
/** Words of scratch memory (BPF_MEMWORDS). */
const SCRATCH_WORDS = 16;

/** What is wrong with a program, and where. */
export interface FilterFault {
  /** The instruction's number from 0; undefined for a fault of the program as a whole. */
  readonly instruction: number | undefined;
  /** What is wrong, as a sentence without a full stop. */
  readonly reason: string;
}

/**
 * Finds the first thing in a program for which the kernel would refuse it; undefined where it has
 * none. Source: net/core/filter.c, bpf_check_basics_ok(), bpf_check_classic().
 *
 * It doesn't look for scratch words that are read before they are written, which the kernel does.
 */
export function findFilterFault(program: FilterProgram): FilterFault | undefined {
  const count = program.length;
  if (count === 0 || count > MAX_INSTRUCTIONS) {
    const reason = `a program has 1 to ${MAX_INSTRUCTIONS} instructions, this one ${count}`;
    return { instruction: undefined, reason };
  }
  for (const [index, instruction] of program.entries()) {
    const reason = faultOf(instruction, count - index - 1);
    if (reason !== undefined) return { instruction: index, reason };
  }
  const last = program[count - 1]!.code;
  if (last === Opcode.RET_K || last === Opcode.RET_A) return undefined;
  return { instruction: count - 1, reason: 'the last instruction has to return' };
}

/** @param following instructions after this one */
function faultOf(instruction: FilterInstruction, following: number): string | undefined {
  const { code, jt, jf, k } = instruction;
  if (!isOpcode(code)) return `the kernel knows no operation 0x${code.toString(16)}`;
  if (code === Opcode.JA) return k < following ? undefined : 'it jumps past the end';
  if ((code & CLASS_MASK) === CLASS_JMP) {
    return Math.max(jt, jf) < following ? undefined : 'it jumps past the end';
  }
  switch (code) {
    case Opcode.DIV_K:
    case Opcode.MOD_K:
      return k === 0 ? 'it divides by 0' : undefined;
    case Opcode.LSH_K:
    case Opcode.RSH_K:
      return k < 32 ? undefined : 'it shifts by more than 31 bits';
    case Opcode.LD_MEM:
    case Opcode.LDX_MEM:
    case Opcode.ST:
    case Opcode.STX:
      return k < SCRATCH_WORDS ? undefined : `there are ${SCRATCH_WORDS} words of scratch memory`;
    default:
      return undefined;
  }
}
