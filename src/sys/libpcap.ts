/**
 * The system's libpcap through koffi: the compiler of filter expressions, loaded when one is asked for.
 *
 * Only the compiler is used. For an interface that can be captured from, a handle is opened on it
 * just to compile: libpcap then knows that the kernel takes VLAN tags out of the bytes, and lets the
 * program ask for them otherwise (pcap-linux.c: BPF_SPECIAL_VLAN_HANDLING). The handle never reads a
 * frame and is closed before this returns.
 */

import { ArgumentError, UnsupportedError } from '../core/errors.js';
import { LinkType } from '../core/link-type.js';
import type { FilterProgram } from './filter-program.js';
import { SockFilter } from './layouts.js';
import { type Pointer, tryLoadLibrary, viewMemory } from './libc.js';

/** The functions of libpcap that gapcap uses, under their own names; see the manual pages. */
interface Libpcap {
  pcap_lib_version(): string;
  pcap_create(source: string, errors: Pointer): bigint | null;
  pcap_set_snaplen(handle: bigint, bytes: number): number;
  pcap_set_promisc(handle: bigint, on: number): number;
  pcap_set_buffer_size(handle: bigint, bytes: number): number;
  pcap_activate(handle: bigint): number;
  pcap_datalink(handle: bigint): number;
  pcap_open_dead(linkType: number, snapshotLength: number): bigint | null;
  pcap_lookupnet(device: string, network: Pointer, mask: Pointer, errors: Pointer): number;
  pcap_compile(
    handle: bigint,
    program: Pointer,
    expression: string,
    optimize: number,
    netmask: number,
  ): number;
  pcap_geterr(handle: bigint): string;
  pcap_freecode(program: Pointer): void;
  pcap_close(handle: bigint): void;
}

/** What an expression is compiled for. */
export interface CompileOptions {
  /** LINKTYPE_ number of the frames. */
  readonly linkType: LinkType;
  /** What the program returns for a frame that it takes, in bytes, 1 … 2^31 − 1. */
  readonly snapshotLength: number;
  /** The interface that is to be captured from; undefined for frames as they are in a file. */
  readonly interfaceName?: string | undefined;
  /** Whether to let libpcap shorten the program; true unless given. */
  readonly optimize?: boolean | undefined;
}

const LIBRARY_NAMES = ['libpcap.so.1', 'libpcap.so.0.8', 'libpcap.so'];

/** Bytes of a buffer for messages (PCAP_ERRBUF_SIZE). */
const ERROR_BUFFER_BYTES = 256;
/** The netmask that says that there is none (PCAP_NETMASK_UNKNOWN). */
const NETMASK_UNKNOWN = 0xffff_ffff;
/** The link type's number in the interface, where it isn't that in files (DLT_RAW on Linux). */
const DLT_RAW = 12;
/** Longest snapshot that a handle takes (MAXIMUM_SNAPLEN); it replaces larger ones by this. */
const LONGEST_SNAPSHOT = 262_144;
/** Size of the ring of a handle that never reads: one frame. */
const SMALL_RING_BYTES = 262_144;
/** struct bpf_program: u32 count at 0, pointer to the instructions at 8. */
const BPF_PROGRAM_BYTES = 16;
const INSTRUCTIONS_AT = 8;

let loaded: Libpcap | undefined;

/** What the system's libpcap says of itself, such as `libpcap version 1.10.3 (…)`; undefined for none. */
export function tryLibpcapVersion(): string | undefined {
  return tryLibpcap()?.pcap_lib_version();
}

/**
 * Compiles a filter expression (pcap-filter(7)).
 *
 * The program is for frames as the link type has them, but that on Ethernet with an
 * `interfaceName`, as in a kernel, the outer VLAN tag isn't in the bytes. Names in the expression
 * are looked up in the system's databases and in DNS, which may take its time.
 *
 * @throws {UnsupportedError} `NO_LIBPCAP` where it isn't installed; `NO_LIVE_VLAN_FILTER` for
 *   `vlan` where the interface can't be opened
 * @throws {ArgumentError} `BAD_FILTER`, with libpcap's words; `hint` says how much was understood
 */
export function compileExpression(expression: string, options: CompileOptions): FilterProgram {
  const pcap = libpcap();
  const handle = openHandle(pcap, expression, options);
  try {
    const netmask = lookUpNetmask(pcap, options.interfaceName);
    const optimize = options.optimize === false ? 0 : 1;
    const compile = (text: string): FilterProgram | undefined =>
      tryCompile(pcap, handle, text, optimize, netmask);
    const program = compile(expression);
    if (program !== undefined) return program;
    const message = pcap.pcap_geterr(handle);
    throw badFilter(expression, message, options, (text) => compile(text) !== undefined);
  } finally {
    pcap.pcap_close(handle);
  }
}

function tryLibpcap(): Libpcap | undefined {
  if (loaded !== undefined) return loaded;
  const library = process.platform === 'linux' ? tryLoadLibrary(LIBRARY_NAMES) : undefined;
  if (library === undefined) return undefined;
  loaded = {
    pcap_lib_version: library.func('str pcap_lib_version()'),
    pcap_create: library.func('void *pcap_create(str, void *)'),
    pcap_set_snaplen: library.func('int pcap_set_snaplen(void *, int)'),
    pcap_set_promisc: library.func('int pcap_set_promisc(void *, int)'),
    pcap_set_buffer_size: library.func('int pcap_set_buffer_size(void *, int)'),
    pcap_activate: library.func('int pcap_activate(void *)'),
    pcap_datalink: library.func('int pcap_datalink(void *)'),
    pcap_open_dead: library.func('void *pcap_open_dead(int, int)'),
    pcap_lookupnet: library.func('int pcap_lookupnet(str, void *, void *, void *)'),
    pcap_compile: library.func('int pcap_compile(void *, void *, str, int, uint32_t)'),
    pcap_geterr: library.func('str pcap_geterr(void *)'),
    pcap_freecode: library.func('void pcap_freecode(void *)'),
    pcap_close: library.func('void pcap_close(void *)'),
  } as unknown as Libpcap;
  return loaded;
}

function libpcap(): Libpcap {
  const pcap = tryLibpcap();
  if (pcap !== undefined) return pcap;
  throw new UnsupportedError(
    'NO_LIBPCAP',
    "Filter expressions need the system's libpcap, and there is none.",
    {
      feature: 'libpcap',
      hint: "Install the package libpcap0.8 (Debian, Ubuntu) or libpcap (Fedora, Arch, Alpine), or give the program that 'tcpdump -ddd' prints elsewhere with --bpf-file.",
    },
  );
}

function openHandle(pcap: Libpcap, expression: string, options: CompileOptions): bigint {
  const { interfaceName } = options;
  // Only here do the bytes in the kernel differ from those in a file in a way that libpcap knows of.
  if (interfaceName !== undefined && options.linkType === LinkType.Ethernet) {
    const live = tryOpenLive(pcap, interfaceName, options.snapshotLength);
    if (live !== undefined) return live;
    if (/\bvlan\b/.test(expression)) {
      throw new UnsupportedError(
        'NO_LIVE_VLAN_FILTER',
        `A filter with 'vlan' has to be compiled on ${interfaceName} itself, which can't be opened.`,
        {
          feature: 'vlan in a live filter',
          hint: 'It needs CAP_NET_RAW and an interface that is up.',
        },
      );
    }
  }
  const linkType = options.linkType === LinkType.RawIp ? DLT_RAW : options.linkType;
  const dead = pcap.pcap_open_dead(linkType, options.snapshotLength);
  if (dead === null) throw new Error('pcap_open_dead has no memory');
  return dead;
}

function tryOpenLive(
  pcap: Libpcap,
  interfaceName: string,
  snapshotLength: number,
): bigint | undefined {
  const handle = pcap.pcap_create(interfaceName, new Uint8Array(ERROR_BUFFER_BYTES));
  if (handle === null) return undefined;
  pcap.pcap_set_snaplen(handle, Math.min(snapshotLength, LONGEST_SNAPSHOT));
  pcap.pcap_set_promisc(handle, 0);
  pcap.pcap_set_buffer_size(handle, SMALL_RING_BYTES);
  // Positive results are warnings.
  const usable = pcap.pcap_activate(handle) >= 0;
  if (usable && pcap.pcap_datalink(handle) === LinkType.Ethernet) return handle;
  pcap.pcap_close(handle);
  return undefined;
}

/**
 * The mask of the interface's IPv4 network, which `ip broadcast` asks for.
 *
 * pcap_lookupnet() gives it in network order, and the compiler uses it as a number (gencode.c:
 * gen_broadcast()).
 */
function lookUpNetmask(pcap: Libpcap, interfaceName: string | undefined): number {
  if (interfaceName === undefined) return NETMASK_UNKNOWN;
  const network = new Uint32Array(1);
  const mask = new DataView(new ArrayBuffer(4));
  const errors = new Uint8Array(ERROR_BUFFER_BYTES);
  const status = pcap.pcap_lookupnet(interfaceName, network, mask, errors);
  return status === 0 ? mask.getUint32(0, false) : NETMASK_UNKNOWN;
}

/** @returns undefined where the expression is bad */
function tryCompile(
  pcap: Libpcap,
  handle: bigint,
  expression: string,
  optimize: number,
  netmask: number,
): FilterProgram | undefined {
  const compiled = new Uint8Array(new ArrayBuffer(BPF_PROGRAM_BYTES));
  if (pcap.pcap_compile(handle, compiled, expression, optimize, netmask) !== 0) return undefined;
  try {
    const view = new DataView(compiled.buffer);
    const count = view.getUint32(0, true);
    const instructions = view.getBigUint64(INSTRUCTIONS_AT, true);
    return decode(new DataView(viewMemory(instructions, count * SockFilter.size)), count);
  } finally {
    pcap.pcap_freecode(compiled);
  }
}

function decode(view: DataView, count: number): FilterProgram {
  return Array.from({ length: count }, (_, index) => {
    const at = index * SockFilter.size;
    return {
      code: view.getUint16(at + SockFilter.code, true),
      jt: view.getUint8(at + SockFilter.jt),
      jf: view.getUint8(at + SockFilter.jf),
      k: view.getUint32(at + SockFilter.k, true),
    };
  });
}

/** What libpcap says of words that ask for an Ethernet header. */
const LINK_LEVEL_WORDS = /VLAN|ethernet|MPLS|PPPoE/i;
const COOKED_HINT =
  "Frames of all interfaces at once ('any') have a cooked header in place of Ethernet's; name the interface to filter by what is in its own.";

function badFilter(
  expression: string,
  message: string,
  { linkType }: CompileOptions,
  compiles: (text: string) => boolean,
): ArgumentError {
  const hint =
    whereItFails(expression, message, compiles) ??
    (linkType === LinkType.LinuxSll2 && LINK_LEVEL_WORDS.test(message) ? COOKED_HINT : undefined);
  return new ArgumentError('BAD_FILTER', `Can't compile the filter '${expression}': ${message}.`, {
    argument: 'filter',
    value: expression,
    expected: 'an expression as pcap-filter(7) describes them',
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * Says where a syntax error is: libpcap itself tells the reason alone. The longest beginning of the
 * expression that compiles, with the words that join it to what follows, is what it understood; the
 * error is at the word after that or later.
 */
function whereItFails(
  expression: string,
  message: string,
  compiles: (text: string) => boolean,
): string | undefined {
  if (!message.includes('syntax error')) return undefined;
  const words = [...expression.matchAll(/[^\s()]+|[()]/g)].map(({ 0: word, index }) => ({
    word,
    start: index,
    end: index + word.length,
  }));
  const before = (count: number): string => expression.slice(0, words[count - 1]?.end ?? 0);
  const parentheses = ')'.repeat(Math.max(0, openParentheses(expression)));
  if (parentheses !== '' && compiles(expression + parentheses)) {
    return `It is right but for its end: '${parentheses}' is missing there.`;
  }
  let count = words.length - 1;
  while (count > 0 && !compiles(before(count))) count--;
  while (JOINING_WORDS.has(words[count]?.word ?? '') && goesOn(before(count + 1), compiles))
    count++;
  if (count === 0) return undefined;
  const begun = `It is right up to '${before(count)}'`;
  const next = words[count];
  if (next === undefined) return `${begun}, but something has to follow.`;
  const last = count === words.length - 1;
  const rest = last ? ', or something has to follow it' : ', or what follows it';
  return `${begun}; '${next.word}' at character ${next.start + 1} doesn't fit${rest}.`;
}

/** Words of an expression that end nothing: a primitive has to follow. */
const JOINING_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', '&&', '||', '!', '(']);

/** Whether a beginning that ends in a joining word is right so far. */
function goesOn(begun: string, compiles: (text: string) => boolean): boolean {
  return compiles(`${begun} less 99${')'.repeat(Math.max(0, openParentheses(begun)))}`);
}

function openParentheses(text: string): number {
  return text.split('(').length - text.split(')').length;
}
