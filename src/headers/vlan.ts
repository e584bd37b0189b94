/**
 * VLAN tags: IEEE 802.1Q, the 802.1ad service tag, and the 0x9100 that came before it.
 *
 * A tag sits where the EtherType would be; what is called a tag here begins after that type:
 *
 *      0                       2       4
 *     ┌───┬─┬─────────────────┬───────┬─────────
 *     │pri│d│ identifier (12) │ type  │ payload or next tag
 *     └───┴─┴─────────────────┴───────┴─────────
 */

import { EtherType } from './ether-type.js';
import { readUint16 } from './network-order.js';

/** Byte offsets in a tag. */
export const VlanField = { Control: 0, Type: 2 } as const;

/** Length of one tag. */
export const VLAN_TAG_LENGTH = 4;

/** Tags followed in one frame; what lies under a deeper stack isn't opened. */
export const MAX_VLAN_TAGS = 8;

/** Whether a tag follows this EtherType. */
export function isVlanType(etherType: number): boolean {
  return (
    etherType === EtherType.Vlan ||
    etherType === EtherType.ServiceVlan ||
    etherType === EtherType.OldServiceVlan
  );
}

/** The VLAN's number, 0 … 4,095 (0: priority only), of the tag at `at`; two bytes captured. */
export function vlanIdentifier(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + VlanField.Control) & 0x0fff;
}

/** The type that follows the tag at `at`; four bytes captured. */
export function vlanInnerType(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + VlanField.Type);
}
