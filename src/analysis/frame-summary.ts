/** Frame → protocol, source, destination and info as text, made only when asked for. */

import { linkTypeName } from '../core/link-type.js';
import { formatMac } from '../headers/address.js';
import { Dissection } from '../headers/dissection.js';
import { DnsPort, dnsKinName } from '../headers/dns.js';
import { etherTypeName } from '../headers/ether-type.js';
import { LlcField, ServiceAccessPoint } from '../headers/ethernet.js';
import { IpProtocol, ipProtocolName } from '../headers/ip-protocol.js';
import { AddressCache } from './address-cache.js';
import type { AsciiWriter } from './ascii-writer.js';
import { frameInfo, isDns, vlanIdentifiers } from './frame-info.js';
import { writeFrameInfo } from './frame-info-writer.js';

const NO_VLANS: readonly number[] = [];

/**
 * The texts that describe one frame after the other.
 *
 * `open` looks at the headers and makes no text; the properties make theirs each time they are read.
 * They describe the frame opened last, and read its bytes: they are valid as long as those are.
 * Every text is printable ASCII, whatever the frame holds. Not opened: tunnels, DNS over TCP.
 */
export class FrameSummary {
  /** The headers of the frame opened last. */
  readonly dissection: Dissection = new Dissection();
  readonly #addresses = new AddressCache();

  /**
   * Takes the next frame; the parameters are those of `Dissection.dissect`. Allocates nothing and
   * never throws.
   */
  open(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    originalLength: number,
    linkType: number,
  ): void {
    this.dissection.dissect(bytes, offset, capturedLength, originalLength, linkType);
  }

  /**
   * The highest protocol that was opened, such as `TCP`, `DNS` or `ARP`; an EtherType as `0x88b5`,
   * an IP protocol as `IP-253` or a link type where gapcap has no name.
   */
  get protocol(): string {
    const d = this.dissection;
    if (d.protocol === IpProtocol.Tcp) return 'TCP';
    if (d.ipVersion !== 0) {
      if (isDns(d)) return dnsName(d);
      return ipProtocolName(d.protocol);
    }
    if (d.etherType >= 0) return etherTypeName(d.etherType);
    if (d.llcOffset >= 0) return llcName(d);
    if (d.vlanOffset >= 0) return 'VLAN';
    return linkTypeName(d.linkType);
  }

  /** The identifiers of the frame's VLAN tags, the outermost first; empty where it has none. */
  get vlans(): readonly number[] {
    const d = this.dissection;
    return d.vlanCount === 0 ? NO_VLANS : vlanIdentifiers(d);
  }

  /** The source's IP address, else its MAC address; empty where neither is known. */
  get source(): string {
    const d = this.dissection;
    if (d.ipVersion !== 0) return this.#ip(d.sourceAddressOffset);
    return d.sourceMacOffset < 0 ? '' : formatMac(d.bytes, d.sourceMacOffset);
  }

  /** The destination's IP address, else its MAC address; empty where neither is known. */
  get destination(): string {
    const d = this.dissection;
    if (d.ipVersion !== 0) return this.#ip(d.destinationAddressOffset);
    return d.destinationMacOffset < 0 ? '' : formatMac(d.bytes, d.destinationMacOffset);
  }

  /**
   * The frame in a few words, such as `51234 > 443 [SYN] seq=1 win=64240 len=0`, behind `VLAN 100, `
   * where it has a tag; empty where there is nothing to add to the other columns.
   *
   * TCP numbers are as on the wire, not relative to the connection's first. Ends with
   * `[malformed]` where a header contradicts its specification or the frame's length.
   */
  get info(): string {
    return frameInfo(this.dissection);
  }

  /** Appends `info` without making a string of it, where that is possible. */
  writeInfo(out: AsciiWriter): void {
    writeFrameInfo(this.dissection, out);
  }

  /** Appends `source`; the same, without a string where that is possible. */
  writeSource(out: AsciiWriter): void {
    const d = this.dissection;
    if (d.ipVersion === 4) out.ipv4(d.bytes, d.sourceAddressOffset);
    else if (d.ipVersion !== 0) out.text(this.source);
    else if (d.sourceMacOffset >= 0) out.mac(d.bytes, d.sourceMacOffset);
  }

  /** Appends `destination`; the same, without a string where that is possible. */
  writeDestination(out: AsciiWriter): void {
    const d = this.dissection;
    if (d.ipVersion === 4) out.ipv4(d.bytes, d.destinationAddressOffset);
    else if (d.ipVersion !== 0) out.text(this.destination);
    else if (d.destinationMacOffset >= 0) out.mac(d.bytes, d.destinationMacOffset);
  }

  /** Whether the frame was longer on the wire than what was captured. */
  get truncated(): boolean {
    return this.dissection.truncated;
  }

  #ip(at: number): string {
    const d = this.dissection;
    return d.ipVersion === 4
      ? this.#addresses.ipv4(d.bytes, at)
      : this.#addresses.ipv6(d.bytes, at);
  }
}

function dnsName(d: Dissection): string {
  const { sourcePort, destinationPort } = d;
  for (const port of [DnsPort.Dns, DnsPort.Mdns]) {
    if (sourcePort === port || destinationPort === port) return dnsKinName(port);
  }
  return dnsKinName(DnsPort.Llmnr);
}

function llcName(d: Dissection): string {
  const destination = d.bytes[d.llcOffset + LlcField.DestinationSap];
  if (destination === ServiceAccessPoint.SpanningTree) return 'STP';
  if (destination === ServiceAccessPoint.Ipx) return 'IPX';
  return destination === ServiceAccessPoint.Osi ? 'OSI' : 'LLC';
}
