/** The endpoints of a flow as text, out of its key. */

import { formatIpv4, formatIpv6 } from '../headers/address.js';

/** Both endpoints, the one that comes first in the key first: `192.0.2.1:443`, `[2001:db8::1]:443`. */
export function endpointsOf(key: string): [low: string, high: string] {
  const isIpv4 = key.charCodeAt(0) >>> 8 === 4;
  const units = isIpv4 ? 2 : 8;
  const ports = 1 + units * 2;
  const endpoint = (first: number, port: number): string => {
    const bytes = new Uint8Array(units * 2);
    for (let i = 0; i < units; i += 1) {
      const unit = key.charCodeAt(first + i);
      bytes[i * 2] = unit >>> 8;
      bytes[i * 2 + 1] = unit;
    }
    const address = isIpv4 ? formatIpv4(bytes, 0) : `[${formatIpv6(bytes, 0)}]`;
    return `${address}:${key.charCodeAt(port)}`;
  };
  return [endpoint(1, ports), endpoint(1 + units, ports + 1)];
}
