/**
 * The packets on the pipes between an extcap program and Wireshark's toolbar (Wireshark User's Guide,
 * "Extcap: Control Messages"): `T`, three bytes of length in network order, a control's number, a
 * command, the payload. The length counts number, command and payload.
 */

/** What a packet asks for. */
export const ControlCommand = {
  /** From Wireshark: the toolbar is ready, its values have been sent. */
  Initialized: 0,
  Set: 1,
  Add: 2,
  Remove: 3,
  Enable: 4,
  Disable: 5,
  StatusBar: 6,
  Information: 7,
  Warning: 8,
  Error: 9,
} as const;

/** One packet. */
export interface ControlPacket {
  readonly control: number;
  /** One of `ControlCommand`; others may come from newer versions. */
  readonly command: number;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 4;
const NUMBER_AND_COMMAND_BYTES = 2;
const FIRST_BYTE = 0x54;
/** Longest payload that Wireshark takes. */
const PAYLOAD_LIMIT = 65_535;

/** Encodes one packet; the text should have at most 65,535 bytes. */
export function encodeControlPacket(control: number, command: number, text: string): Uint8Array {
  const payload = new TextEncoder().encode(text);
  const packet = new Uint8Array(HEADER_BYTES + NUMBER_AND_COMMAND_BYTES + payload.length);
  const length = NUMBER_AND_COMMAND_BYTES + payload.length;
  packet.set([FIRST_BYTE, length >>> 16, (length >>> 8) & 0xff, length & 0xff, control, command]);
  packet.set(payload, HEADER_BYTES + NUMBER_AND_COMMAND_BYTES);
  return packet;
}

/** Finds the packets in what comes through a pipe, in pieces of any size. */
export class ControlPacketReader {
  #pending: Uint8Array = new Uint8Array(0);
  #broken: boolean;

  constructor() {
    this.#broken = false;
  }

  /**
   * Takes a piece and returns the packets that are complete with it. After bytes that are no packet
   * nothing comes any more: where the next one begins isn't known.
   */
  take(piece: Uint8Array): ControlPacket[] {
    const packets: ControlPacket[] = [];
    if (this.#broken) return packets;
    const bytes = new Uint8Array(this.#pending.length + piece.length);
    bytes.set(this.#pending);
    bytes.set(piece, this.#pending.length);
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES + NUMBER_AND_COMMAND_BYTES) {
      const length = (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
      if (
        bytes[at] !== FIRST_BYTE ||
        length < NUMBER_AND_COMMAND_BYTES ||
        length > PAYLOAD_LIMIT + NUMBER_AND_COMMAND_BYTES
      ) {
        this.#broken = true;
        break;
      }
      const end = at + HEADER_BYTES + length;
      if (end > bytes.length) break;
      const [control, command] = bytes.subarray(at + HEADER_BYTES);
      const payload = bytes.slice(at + HEADER_BYTES + NUMBER_AND_COMMAND_BYTES, end);
      packets.push({ control: control!, command: command!, payload });
      at = end;
    }
    this.#pending = bytes.slice(at);
    return packets;
  }
}
