/** Control messages that recvmsg hands over with a frame, in the bytes an application gets. */

/** The numbers of the socket API that the model speaks (Linux uapi; x86-64). */
export const SocketNumber = {
  SOL_SOCKET: 1,
  SO_RXQ_OVFL: 40,
  SOL_PACKET: 263,
  PACKET_AUXDATA: 8,
  /** As commit 977750076d98 had it; today this number is PACKET_VNET_HDR. */
  PACKET_GAPDATA: 15,
  MSG_PEEK: 0x02,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
} as const;

/** One control message. */
export interface ControlMessage {
  /** cmsg_level. */
  readonly level: number;
  /** cmsg_type. */
  readonly type: number;
  /** The payload, in little-endian (host) order. */
  readonly data: Uint8Array;
}

/** A control message that carries one unsigned 32-bit number. */
export function controlMessage32(level: number, type: number, value32: number): ControlMessage {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setUint32(0, value32 >>> 0, true);
  return { level, type, data };
}

/** What struct tpacket_auxdata tells of a frame. */
export interface AuxiliaryData {
  /** tp_len: bytes on the wire. */
  readonly originalLength: number;
  /** tp_snaplen: bytes kept. */
  readonly capturedLength: number;
}

/**
 * PACKET_AUXDATA as packet_recvmsg() fills it in for a frame without VLAN tag.
 *
 *     0 tp_status  4 tp_len  8 tp_snaplen  12 tp_mac  14 tp_net  16 tp_vlan_tci  18 tp_vlan_tpid
 */
export function auxiliaryMessage(frame: AuxiliaryData): ControlMessage {
  const data = new Uint8Array(20);
  const view = new DataView(data.buffer);
  const statusUser = 1;
  const networkOffset = 14;
  view.setUint32(0, statusUser, true);
  view.setUint32(4, frame.originalLength, true);
  view.setUint32(8, frame.capturedLength, true);
  view.setUint16(14, networkOffset, true);
  return { level: SocketNumber.SOL_PACKET, type: SocketNumber.PACKET_AUXDATA, data };
}

/** The 32-bit number of the first control message of a kind; undefined where there is none. */
export function findControl32(
  control: readonly ControlMessage[],
  level: number,
  type: number,
): number | undefined {
  const found = control.find((message) => message.level === level && message.type === type);
  if (found === undefined) return undefined;
  const { buffer, byteOffset, byteLength } = found.data;
  return new DataView(buffer, byteOffset, byteLength).getUint32(0, true);
}
