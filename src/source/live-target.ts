/** The interface that a live source is to take frames from, found by name or number. */

import { constants } from 'node:os';
import { SystemCallError } from '../core/errors.js';
import { LinkType } from '../core/link-type.js';
import { listInterfaces } from '../sys/capture-interfaces.js';
import { readLinkSpeed } from '../sys/ethtool.js';
import type { LiveTarget } from './live-options.js';

/** The hardware type of loopback interfaces (include/uapi/linux/if_arp.h). */
const ARPHRD_LOOPBACK = 772;

/** The name that stands for all interfaces at once. */
export const ANY_INTERFACE = 'any';

/**
 * Finds an interface by name, or by number as text; 0 is the number of all at once.
 *
 * @throws {SystemCallError} `ENODEV`, naming the interfaces there are
 */
export function findTarget(nameOrNumber: string): LiveTarget {
  if (nameOrNumber === ANY_INTERFACE || nameOrNumber === '0') {
    return {
      ifindex: 0,
      name: ANY_INTERFACE,
      linkType: LinkType.LinuxSll2,
      loopback: true,
      description: 'all interfaces',
    };
  }
  const interfaces = listInterfaces();
  const found =
    interfaces.find(({ name }) => name === nameOrNumber) ??
    interfaces.find(({ index }) => String(index) === nameOrNumber);
  if (found === undefined) {
    const names = [...interfaces.map(({ name }) => name), ANY_INTERFACE].join(', ');
    throw new SystemCallError('ENODEV', `There is no interface '${nameOrNumber}'.`, {
      syscall: 'bind',
      errno: constants.errno.ENODEV,
      hint: `There are: ${names}.`,
    });
  }
  return {
    ifindex: found.index,
    name: found.name,
    linkType: found.linkType,
    loopback: found.arphrd === ARPHRD_LOOPBACK,
    description: found.description,
    macAddress: found.macAddress,
    speedBps: readLinkSpeed(found.name),
  };
}
