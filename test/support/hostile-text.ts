/** Texts that would do something to a terminal, and a capture file that has them wherever it has text. */

import {
  block,
  concat,
  END_OF_OPTIONS,
  enhancedPacket,
  fields,
  interfaceDescription,
  option,
  sectionHeader,
} from './block-bytes.js';

/** Every control character but NUL, and sequences that move, hide, retitle or answer. */
const CONTROLS: string = String.fromCharCode(
  ...Array.from({ length: 31 }, (_, i) => i + 1),
  ...Array.from({ length: 33 }, (_, i) => i + 0x7f),
);

/** Texts that a file may hold, as bytes. */
export const HOSTILE_TEXTS: readonly Uint8Array[] = [
  Buffer.from(CONTROLS),
  Buffer.from('\x1b[2J\x1b[H\x1b]0;title\x07\x1b[6n\x1b[8mhidden'),
  Buffer.from('\u009b31m\u009d0;title\u009c'),
  Buffer.from('a\r\ngapcap: all is well\rover'),
  Buffer.from('\u202egnp.exe\u2066\u2069\u200e\u200f\u061c\u2028\u2029\ufeff'),
  // Bytes that are C1 controls where a terminal isn't in UTF-8, broken and overlong sequences.
  Uint8Array.of(0x9b, 0x32, 0x4a, 0x80, 0xc0, 0x9b, 0xe2, 0x82, 0x1b, 0x5b, 0x32, 0x4a, 0xff),
  // Half of a surrogate pair in the encoding that isn't UTF-8 (CESU).
  Uint8Array.of(0xed, 0xa0, 0x80, 0x1b, 0x63),
];

/** A name for a file: what of the above the file system takes, without a slash or a line end. */
export const HOSTILE_FILE_NAME = 'x\x1b[2J\x1b]0;t\x07\u009b31m\u202e\x7f.pcapng';

/** The bytes of an Ethernet frame with a DNS question for a name of these labels. */
function dnsQuestion(labels: readonly Uint8Array[], id: number): Uint8Array {
  const name = concat(
    ...labels.map((label) => concat(Uint8Array.of(Math.min(63, label.length)), label.slice(0, 63))),
    Uint8Array.of(0),
  );
  const message = concat(
    Uint8Array.of(0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    name,
    Uint8Array.of(0, 1, 0, 1),
  );
  const frame = new Uint8Array(42 + message.length);
  const view = new DataView(frame.buffer);
  view.setUint16(12, 0x0800);
  frame.set([0x45, 0, 0, 0, 0, id, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], 14);
  view.setUint16(16, frame.length - 14);
  view.setUint16(34, 5353);
  view.setUint16(36, 53);
  view.setUint16(38, 8 + message.length);
  frame.set(message, 42);
  return frame;
}

/**
 * A file with hostile names, descriptions, filters, comments, programs, domain names, and losses, so
 * that all of them are told.
 */
export function hostileTextFile(): Uint8Array {
  const text = (code: number, i: number): Uint8Array =>
    option('little', code, new Uint8Array(HOSTILE_TEXTS[i % HOSTILE_TEXTS.length]!));
  const start = 1_795_355_060_000_000n;
  return concat(
    sectionHeader('little', text(1, 0), text(2, 1), text(3, 2), text(4, 3), END_OF_OPTIONS),
    ...HOSTILE_TEXTS.map((_, i) =>
      interfaceDescription(
        'little',
        0,
        text(2, i), // if_name
        text(3, i + 1), // if_description
        option('little', 11, new Uint8Array([0, ...HOSTILE_TEXTS[i]!])), // if_filter
        text(12, i + 2), // if_os
        text(15, i + 3), // if_hardware
        text(1, i),
        END_OF_OPTIONS,
      ),
    ),
    // A name resolution block: 10.0.0.1 has these names.
    block(
      'little',
      4,
      ...HOSTILE_TEXTS.map((name) => {
        const value = concat(Uint8Array.of(10, 0, 0, 1), name, Uint8Array.of(0));
        const padding = new Uint8Array((4 - (value.length % 4)) % 4);
        return fields('little', [1, 2], [value.length, 2], value, padding);
      }),
      [0, 4],
    ),
    ...HOSTILE_TEXTS.flatMap((_, id) =>
      [0, 1, 2].map((tick) =>
        enhancedPacket(
          'little',
          id,
          start + BigInt(3 * id + tick),
          dnsQuestion([HOSTILE_TEXTS[id]!, HOSTILE_TEXTS[(id + tick) % 7]!], tick),
          text(1, id + tick),
          option('little', 4, [BigInt(tick), 8]), // epb_dropcount
          END_OF_OPTIONS,
        ),
      ),
    ),
    ...HOSTILE_TEXTS.map((_, id) =>
      block(
        'little',
        5,
        [id, 4],
        [0, 4],
        [0, 4],
        text(1, id),
        option('little', 6, [9n, 8]),
        option('little', 7, [5n, 8]),
        END_OF_OPTIONS,
      ),
    ),
  );
}

/**
 * What in a program's output a terminal would act on; undefined: nothing.
 *
 * @param output raw bytes
 * @param own sequences that the program may use itself
 */
export function findHarm(output: Uint8Array, own: RegExp = /(?!)/g): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(output);
  } catch {
    return 'bytes that are no UTF-8';
  }
  for (const [at, character] of [...text.replace(/\r+\n/g, '\n').replace(own, '')].entries()) {
    const code = character.codePointAt(0)!;
    const isControl =
      (code < 0x20 && code !== 0x0a && code !== 0x09) || (code > 0x7e && code < 0xa0);
    const isHidden =
      (code >= 0x200b && code <= 0x200f) ||
      (code >= 0x2028 && code <= 0x202e) ||
      (code >= 0x2066 && code <= 0x2069) ||
      code === 0x061c ||
      code === 0xfeff;
    if (isControl || isHidden) return `U+${code.toString(16)} at character ${at}`;
  }
  return undefined;
}
