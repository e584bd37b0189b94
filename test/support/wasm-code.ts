/**
 * The instructions of a compiled WebAssembly module, as far as tests of the loops want to know them.
 *
 * Source: WebAssembly core specification, section 5 (binary format), with the vector instructions.
 */

/** One instruction of a function. */
export interface WasmInstruction {
  /** Its first byte; of those with a prefix (0xfc, 0xfd) that, and the number behind it times 256. */
  readonly opcode: number;
  /** Loops that it stands in. */
  readonly loopDepth: number;
}

const EXPORT_SECTION = 7;
const CODE_SECTION = 10;

class Bytes {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.#bytes[this.at++]!;
  }

  /** An integer in LEB128; of a signed or a long one only the end is right. */
  integer(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  name(): string {
    const length = this.integer();
    this.at += length;
    return Buffer.from(this.#bytes.subarray(this.at - length, this.at)).toString();
  }
}

/** Where sections begin, by their number. */
function findSections(module: Uint8Array): Map<number, number> {
  const sections = new Map<number, number>();
  const bytes = new Bytes(module, 8);
  while (bytes.at < module.length) {
    const id = bytes.byte();
    const length = bytes.integer();
    sections.set(id, bytes.at);
    bytes.at += length;
  }
  return sections;
}

/** @throws {Error} for an instruction that isn't known here */
function skipImmediates(bytes: Bytes, opcode: number): void {
  const integers = (count: number): void => {
    for (let i = 0; i < count; i++) bytes.integer();
  };
  const vector = opcode >>> 8;
  if ((opcode & 0xff) === 0xfd) {
    if (vector <= 11) integers(2);
    else if (vector === 12 || vector === 13) bytes.at += 16;
    else if (vector >= 21 && vector <= 34) bytes.at++;
    else if (vector >= 84 && vector <= 93) throw new Error(`Vector instruction ${vector}`);
  } else if ((opcode & 0xff) === 0xfc) {
    if (vector === 10) integers(2);
    else if (vector === 11) integers(1);
    else if (vector > 7) throw new Error(`Instruction 0xfc ${vector}`);
  } else if (opcode >= 0x02 && opcode <= 0x04) integers(1);
  else if (opcode === 0x0e) integers(bytes.integer() + 1);
  else if (opcode === 0x11 || (opcode >= 0x28 && opcode <= 0x3e)) integers(2);
  else if (opcode === 0x0c || opcode === 0x0d || opcode === 0x10) integers(1);
  else if (opcode >= 0x20 && opcode <= 0x24) integers(1);
  else if (opcode === 0x3f || opcode === 0x40) integers(1);
  else if (opcode === 0x41 || opcode === 0x42) integers(1);
  else if (opcode === 0x43) bytes.at += 4;
  else if (opcode === 0x44) bytes.at += 8;
  else {
    const isPlain = opcode <= 0x01 || opcode === 0x05 || opcode === 0x0b || opcode === 0x0f;
    const isSum = opcode === 0x1a || opcode === 0x1b || (opcode >= 0x45 && opcode <= 0xc4);
    if (!isPlain && !isSum) throw new Error(`Instruction 0x${opcode.toString(16)}`);
  }
}

function readBody(bytes: Bytes): WasmInstruction[] {
  const length = bytes.integer();
  const end = bytes.at + length;
  for (let left = bytes.integer(); left > 0; left--) {
    bytes.integer();
    bytes.byte();
  }
  const instructions: WasmInstruction[] = [];
  const blocks: boolean[] = [];
  while (bytes.at < end) {
    const first = bytes.byte();
    const opcode = first === 0xfc || first === 0xfd ? first + bytes.integer() * 256 : first;
    skipImmediates(bytes, opcode);
    if (opcode === 0x0b) blocks.pop();
    instructions.push({ opcode, loopDepth: blocks.filter((isLoop) => isLoop).length });
    if (opcode >= 0x02 && opcode <= 0x04) blocks.push(opcode === 0x03);
  }
  return instructions;
}

/**
 * The instructions of a function that a module exports; the module imports no function.
 *
 * @throws {Error} where there is none of that name, or it has instructions that aren't known here
 */
export function wasmInstructions(module: Uint8Array, functionName: string): WasmInstruction[] {
  const sections = findSections(module);
  const exports = new Bytes(module, sections.get(EXPORT_SECTION)!);
  for (let left = exports.integer(); left > 0; left--) {
    const name = exports.name();
    const kind = exports.byte();
    const index = exports.integer();
    if (kind !== 0 || name !== functionName) continue;
    const code = new Bytes(module, sections.get(CODE_SECTION)!);
    code.integer();
    for (let before = index; before > 0; before--) {
      const length = code.integer();
      code.at += length;
    }
    return readBody(code);
  }
  throw new Error(`No function ${functionName}`);
}
