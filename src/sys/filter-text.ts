/** Filter programs as text, in the three forms that `tcpdump -d`, `-dd` and `-ddd` print. */

import { FormatError } from '../core/errors.js';
import { findFilterFault, MAX_INSTRUCTIONS } from './filter-check.js';
import { ANCILLARY_OFFSET, CLASS_JMP, CLASS_MASK, isOpcode, Opcode } from './filter-opcode.js';
import type { FilterInstruction, FilterProgram } from './filter-program.js';

/**
 * How a program is written: `assembly` for people (`tcpdump -d`), `c` as initializers of struct
 * sock_filter (`-dd`), `decimal` as the count and four numbers a line (`-ddd`), which `parseFilter`
 * reads.
 */
export type FilterForm = 'assembly' | 'c' | 'decimal';

/** Writes a program as text, one instruction a line, each line ended. */
export function formatFilter(program: FilterProgram, form: FilterForm): string {
  const lines = program.map((instruction, index) => formatLine(instruction, index, form));
  if (form === 'decimal') lines.unshift(String(program.length));
  return lines.map((line) => `${line}\n`).join('');
}

function formatLine(instruction: FilterInstruction, index: number, form: FilterForm): string {
  const { code, jt, jf, k } = instruction;
  switch (form) {
    case 'assembly':
      return formatInstruction(instruction, index);
    case 'c':
      return `{ 0x${code.toString(16)}, ${jt}, ${jf}, 0x${k.toString(16).padStart(8, '0')} },`;
    case 'decimal':
      return `${code} ${jt} ${jf} ${k}`;
  }
}

/**
 * Reads a program in the form that `tcpdump -ddd` prints: the number of instructions, then a line
 * for each with code, jump if true, jump if false and operand, in decimal. Empty lines and what
 * follows a `#` are passed over.
 *
 * @throws {FormatError} `BAD_FILTER_PROGRAM`, naming the line
 */
export function parseFilter(text: string): FilterProgram {
  const rows = numberedRows(text);
  const head = rows.shift();
  if (head === undefined) throw programError('it is empty', 0, 0);
  if (!/^\d+$/.test(head.text)) {
    throw programError(`'${head.text}' is no count of instructions`, head.line, head.offset);
  }
  const count = Number(head.text);
  if (count < 1 || count > MAX_INSTRUCTIONS) {
    const reason = `a program has 1 to ${MAX_INSTRUCTIONS} instructions, not ${head.text}`;
    throw programError(reason, head.line, head.offset);
  }
  const program = rows.map(parseRow);
  if (rows.length !== count) {
    const reason = `it promises ${count} instructions and has ${rows.length}`;
    throw programError(reason, head.line, head.offset);
  }
  const fault = findFilterFault(program);
  if (fault !== undefined) {
    const { line, offset } = rows[fault.instruction ?? 0]!;
    throw programError(fault.reason, line, offset);
  }
  return program;
}

interface Row {
  readonly text: string;
  /** The line's number from 1. */
  readonly line: number;
  /** Where it starts, in characters from 0. */
  readonly offset: number;
}

function numberedRows(text: string): Row[] {
  let offset = 0;
  return text
    .split('\n')
    .map((raw, index) => {
      const row = { text: raw.replace(/#.*/, '').trim(), line: index + 1, offset };
      offset += raw.length + 1;
      return row;
    })
    .filter((row) => row.text !== '');
}

function parseRow({ text, line, offset }: Row): FilterInstruction {
  const parts = /^(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$/.exec(text);
  if (parts === null) {
    const reason = `'${text}' isn't four numbers (code, jump if true, jump if false, operand)`;
    throw programError(reason, line, offset);
  }
  const [code, jt, jf, k] = parts.slice(1).map(Number) as [number, number, number, number];
  const limits = [
    ['a code', code, 0xffff],
    ['a jump', Math.max(jt, jf), 0xff],
    ['an operand', k, 0xffff_ffff],
  ] as const;
  for (const [what, value, most] of limits) {
    if (value > most) throw programError(`${what} of ${value} is too large`, line, offset);
  }
  return { code, jt, jf, k };
}

function programError(reason: string, line: number, offset: number): FormatError {
  const where = line === 0 ? '' : `, line ${line}`;
  return new FormatError('BAD_FILTER_PROGRAM', `This is no filter program${where}: ${reason}.`, {
    offset,
    hint: "Programs are what 'tcpdump -ddd EXPRESSION' prints.",
  });
}

const NAMES: Readonly<Record<Opcode, string>> = {
  [Opcode.LD_W_ABS]: 'ld',
  [Opcode.LD_H_ABS]: 'ldh',
  [Opcode.LD_B_ABS]: 'ldb',
  [Opcode.LD_W_IND]: 'ld',
  [Opcode.LD_H_IND]: 'ldh',
  [Opcode.LD_B_IND]: 'ldb',
  [Opcode.LD_IMM]: 'ld',
  [Opcode.LD_MEM]: 'ld',
  [Opcode.LD_LEN]: 'ld',
  [Opcode.LDX_IMM]: 'ldx',
  [Opcode.LDX_MEM]: 'ldx',
  [Opcode.LDX_LEN]: 'ldx',
  [Opcode.LDX_MSH]: 'ldxb',
  [Opcode.ST]: 'st',
  [Opcode.STX]: 'stx',
  [Opcode.ADD_K]: 'add',
  [Opcode.ADD_X]: 'add',
  [Opcode.SUB_K]: 'sub',
  [Opcode.SUB_X]: 'sub',
  [Opcode.MUL_K]: 'mul',
  [Opcode.MUL_X]: 'mul',
  [Opcode.DIV_K]: 'div',
  [Opcode.DIV_X]: 'div',
  [Opcode.OR_K]: 'or',
  [Opcode.OR_X]: 'or',
  [Opcode.AND_K]: 'and',
  [Opcode.AND_X]: 'and',
  [Opcode.LSH_K]: 'lsh',
  [Opcode.LSH_X]: 'lsh',
  [Opcode.RSH_K]: 'rsh',
  [Opcode.RSH_X]: 'rsh',
  [Opcode.NEG]: 'neg',
  [Opcode.MOD_K]: 'mod',
  [Opcode.MOD_X]: 'mod',
  [Opcode.XOR_K]: 'xor',
  [Opcode.XOR_X]: 'xor',
  [Opcode.JA]: 'ja',
  [Opcode.JEQ_K]: 'jeq',
  [Opcode.JEQ_X]: 'jeq',
  [Opcode.JGT_K]: 'jgt',
  [Opcode.JGT_X]: 'jgt',
  [Opcode.JGE_K]: 'jge',
  [Opcode.JGE_X]: 'jge',
  [Opcode.JSET_K]: 'jset',
  [Opcode.JSET_X]: 'jset',
  [Opcode.RET_K]: 'ret',
  [Opcode.RET_A]: 'ret',
  [Opcode.TAX]: 'tax',
  [Opcode.TXA]: 'txa',
};

/** libpcap's names for what the kernel knows of a frame besides its bytes, by SKF_AD_ number. */
const ANCILLARY_NAMES = new Map([
  [0, 'proto'],
  [4, 'type'],
  [8, 'ifidx'],
  [12, 'nla'],
  [16, 'nlan'],
  [20, 'mark'],
  [24, 'queue'],
  [28, 'hatype'],
  [32, 'rxhash'],
  [36, 'cpu'],
  [40, 'xor_x'],
  [44, 'vlan_tci'],
  [48, 'vlanp'],
  [52, 'poff'],
  [56, 'random'],
  [60, 'vlan_tpid'],
]);

/** The operand's bit that says: the index register, not the constant (BPF_X). */
const USES_INDEX = 0x08;

function formatInstruction(instruction: FilterInstruction, index: number): string {
  const { code, jt, jf } = instruction;
  const number = `(${String(index).padStart(3, '0')})`;
  if (!isOpcode(code)) return `${number} ${'unimp'.padEnd(8)} 0x${code.toString(16)}`;
  const start = `${number} ${NAMES[code].padEnd(8)} `;
  const operand = operandOf(code, instruction.k, index);
  if ((code & CLASS_MASK) !== CLASS_JMP || code === Opcode.JA) return start + operand;
  return `${start}${operand.padEnd(16)} jt ${index + 1 + jt}\tjf ${index + 1 + jf}`;
}

function operandOf(code: Opcode, k: number, index: number): string {
  switch (code) {
    case Opcode.LD_W_ABS:
    case Opcode.LD_H_ABS:
    case Opcode.LD_B_ABS:
      return `[${ANCILLARY_NAMES.get(k - ANCILLARY_OFFSET) ?? k}]`;
    case Opcode.LD_W_IND:
    case Opcode.LD_H_IND:
    case Opcode.LD_B_IND:
      return `[x + ${k}]`;
    case Opcode.LD_LEN:
    case Opcode.LDX_LEN:
      return '#pktlen';
    case Opcode.LDX_MSH:
      return `4*([${k}]&0xf)`;
    case Opcode.LD_MEM:
    case Opcode.LDX_MEM:
    case Opcode.ST:
    case Opcode.STX:
      return `M[${k}]`;
    case Opcode.JA:
      // libpcap's loops (`protochain`) jump back; the kernel takes no such program.
      return String(index + 1 + (k | 0));
    case Opcode.NEG:
    case Opcode.TAX:
    case Opcode.TXA:
    case Opcode.RET_A:
      return '';
    case Opcode.RET_K:
    case Opcode.ADD_K:
    case Opcode.SUB_K:
    case Opcode.MUL_K:
    case Opcode.DIV_K:
    case Opcode.MOD_K:
    case Opcode.LSH_K:
    case Opcode.RSH_K:
      return `#${k | 0}`;
    case Opcode.LD_IMM:
    case Opcode.LDX_IMM:
      return `#0x${k.toString(16)}`;
    default:
      return (code & USES_INDEX) === 0 ? `#0x${k.toString(16)}` : 'x';
  }
}
