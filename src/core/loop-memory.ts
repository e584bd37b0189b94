/**
 * Memory that both TypeScript and a WebAssembly module reach: for loops that are worth it.
 *
 * Nothing native is called here: `PacketRing` maps a ring into such memory.
 */

/** As much of a WebAssembly module as is used: it has one memory, and functions of numbers. */
export type LoopFunction = (...numbers: number[]) => number;

/** The part of the WebAssembly interface that gapcap uses; Node's types don't have it. */
interface WebAssemblyApi {
  readonly Memory: new (shape: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
  readonly Module: new (code: Uint8Array) => object;
  readonly CompileError: new () => Error;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { exports: Readonly<Record<string, LoopFunction>> };
}

const PAGE_BYTES = 65_536;
/** The most that a 32-bit address reaches, less a page. */
const MOST_BYTES = 2 ** 32 - PAGE_BYTES;

/** Memory of a WebAssembly module, of one size for good: it never moves. */
export class LoopMemory {
  /** All of it. Pages that nobody has touched take no memory. */
  readonly buffer: ArrayBuffer;
  readonly #api: WebAssemblyApi;
  readonly #memory: { readonly buffer: ArrayBuffer };

  private constructor(api: WebAssemblyApi, pages: number) {
    this.#api = api;
    this.#memory = new api.Memory({ initial: pages, maximum: pages });
    this.buffer = this.#memory.buffer;
  }

  /**
   * Memory of at least that many bytes, all 0; undefined where there is none to be had: without a
   * compiler (`node --jitless`), beyond 4 GiB, or where the process may not reserve the addresses
   * (`ulimit -v`; V8 takes some 8 to 10 GiB of them, and no memory for them. From Node 24 on it does with
   * as many bytes where there aren't more, and checks each access).
   */
  static allocate(sizeBytes: number): LoopMemory | undefined {
    const api = (globalThis as unknown as { WebAssembly?: WebAssemblyApi }).WebAssembly;
    if (api === undefined || sizeBytes > MOST_BYTES) return undefined;
    try {
      return new LoopMemory(api, Math.ceil(sizeBytes / PAGE_BYTES));
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /**
   * The functions of a module over this memory, by name; undefined where this processor can't run it,
   * as one without instructions for vectors (SIMD).
   *
   * @param code the module, which imports its memory as `env.memory`
   */
  load(code: Uint8Array): Readonly<Record<string, LoopFunction>> | undefined {
    const { CompileError, Instance, Module } = this.#api;
    try {
      return new Instance(new Module(code), { env: { memory: this.#memory } }).exports;
    } catch (error) {
      if (error instanceof CompileError) return undefined;
      throw error;
    }
  }
}
