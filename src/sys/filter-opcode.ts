/**
 * The operation codes of classic BPF (include/uapi/linux/bpf_common.h, filter.h).
 *
 *     class of load and store    size      mode
 *     LD 0, LDX 1, ST 2, STX 3   W H B     IMM ABS IND MEM LEN MSH
 *     class                      operation operand
 *     ALU 4, JMP 5               …         K (the constant k) or X (the index register)
 *     RET 6                                K or A; MISC 7: TAX, TXA
 */

/** The bits of a code that say which class of instruction it is. */
export const CLASS_MASK = 0x07;
/** Class of the jumps. */
export const CLASS_JMP = 0x05;

/** Codes by what they do; `_K` works with the constant, `_X` with the index register. */
export const Opcode = {
  LD_W_ABS: 0x20,
  LD_H_ABS: 0x28,
  LD_B_ABS: 0x30,
  LD_W_IND: 0x40,
  LD_H_IND: 0x48,
  LD_B_IND: 0x50,
  LD_IMM: 0x00,
  LD_MEM: 0x60,
  LD_LEN: 0x80,
  LDX_IMM: 0x01,
  LDX_MEM: 0x61,
  LDX_LEN: 0x81,
  LDX_MSH: 0xb1,
  ST: 0x02,
  STX: 0x03,
  ADD_K: 0x04,
  ADD_X: 0x0c,
  SUB_K: 0x14,
  SUB_X: 0x1c,
  MUL_K: 0x24,
  MUL_X: 0x2c,
  DIV_K: 0x34,
  DIV_X: 0x3c,
  OR_K: 0x44,
  OR_X: 0x4c,
  AND_K: 0x54,
  AND_X: 0x5c,
  LSH_K: 0x64,
  LSH_X: 0x6c,
  RSH_K: 0x74,
  RSH_X: 0x7c,
  NEG: 0x84,
  MOD_K: 0x94,
  MOD_X: 0x9c,
  XOR_K: 0xa4,
  XOR_X: 0xac,
  JA: 0x05,
  JEQ_K: 0x15,
  JEQ_X: 0x1d,
  JGT_K: 0x25,
  JGT_X: 0x2d,
  JGE_K: 0x35,
  JGE_X: 0x3d,
  JSET_K: 0x45,
  JSET_X: 0x4d,
  RET_K: 0x06,
  RET_A: 0x16,
  TAX: 0x07,
  TXA: 0x87,
} as const;

/** One of the numbers in `Opcode`. */
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

const KNOWN: ReadonlySet<number> = new Set(Object.values(Opcode));

/** Whether the kernel knows this code (net/core/filter.c: chk_code_allowed()). */
export function isOpcode(code: number): code is Opcode {
  return KNOWN.has(code);
}

/**
 * Loads from here on don't read the frame: the kernel gives what it knows of it otherwise
 * (SKF_AD_OFF, −0x1000, as the u32 that k is).
 */
export const ANCILLARY_OFFSET = 0xffff_f000;

/** What can be loaded at `ANCILLARY_OFFSET` + the number (SKF_AD_…); the load's size doesn't matter. */
export const Ancillary = {
  Protocol: 0,
  PacketType: 4,
  InterfaceIndex: 8,
  HardwareType: 28,
} as const;
